/** How steps are written down: small makers, so that each file of this folder reads as a list of what happens. */
import { ROUTER_NAME } from '../../model/labels.ts';
import type { Action, ArchiveEntry, RunCommand, Stdin, Step } from '../../model/plan.ts';
import { quote } from '../../model/quote.ts';

/** A step; lists that are left out are empty. */
export function step(
  id: string,
  host: string,
  action: Action,
  reason: string,
  rest: Partial<Omit<Step, 'id' | 'host' | 'action' | 'reason'>>,
): Step {
  const { needs = NONE, commands = NONE, undo = NONE, diagnose = NONE, checkpoint } = rest;
  const made = { id, host, action, reason, needs, commands, undo, diagnose };
  return checkpoint === undefined ? made : { ...made, checkpoint };
}

/** One empty list for all: of a large plan most lists are empty. */
export const NONE: readonly never[] = [];

/** A shell line with its time limit; default one minute. */
export function run(text: string, options: { stdin?: Stdin | undefined; timeoutMs?: number } = {}): RunCommand {
  const { stdin, timeoutMs = MINUTE } = options;
  return stdin === undefined ? { kind: 'run', line: text, timeoutMs } : { kind: 'run', line: text, timeoutMs, stdin };
}

/** One minute, the limit of an ordinary docker command. */
export const MINUTE = 60_000;

/** Prints the last log lines of a container under a heading. */
export function logsLine(container: string, lines: number): string {
  const heading = quote(`last log lines of ${container}:`);
  return `echo ${heading}; docker logs --tail ${lines} ${quote(container)} 2>&1 | sed 's/^/  /'`;
}

/** What explains a step that failed in the router. */
export const EXPLAIN_ROUTER = [logsLine(ROUTER_NAME, 10)];

/** Text files as a tar stream. */
export function textFiles(files: Readonly<Record<string, string>>): Stdin {
  const entries = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]): ArchiveEntry => ({ path, mode: 0o644, uid: 0, gid: 0, content: { kind: 'text', text } }));
  return { kind: 'archive', entries };
}

/** Ids of all steps of the given list. */
export function idsOf(steps: readonly Step[]): string[] {
  return steps.map(({ id }) => id);
}

/** Ids of the steps, by their host. */
export function idsByHost(steps: readonly Step[]): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const { id, host } of steps) {
    const ids = hosts.get(host);
    if (ids === undefined) hosts.set(host, [id]);
    else ids.push(id);
  }
  return hosts;
}

/** A step that does nothing: many wait for it, and it waits for many. Each of its needs stands there once. */
export function gate(id: string, host: string, reason: string, needs: readonly string[]): Step {
  return step(id, host, { kind: 'gate' }, reason, { needs });
}

/** The step with more needs; doubles are dropped, order kept. */
export function needing(one: Step, ...needs: readonly (readonly string[])[]): Step {
  const all = united(one.needs, ...needs);
  return all.length === one.needs.length ? one : { ...one, needs: all };
}

/** All ids of lists that have each id once, in the order in which they come first. Of one list with ids it is that list. */
export function united(...lists: readonly (readonly string[])[]): readonly string[] {
  const [first = NONE, ...others] = lists.filter(({ length }) => length > 0);
  return others.length === 0 ? first : [...new Set([...first, ...others.flat()])];
}

/** The same steps, each after all that it needs; the order is kept where needs allow. */
export function needsFirst(steps: readonly Step[]): Step[] {
  return isInOrder(steps) ? [...steps] : ordered(steps);
}

/** Nearly always so, and known without a look at any step twice. */
function isInOrder(steps: readonly Step[]): boolean {
  const done = new Set<string>();
  for (const { id, needs } of steps) {
    for (const need of needs) if (!done.has(need)) return false;
    done.add(id);
  }
  return true;
}

function ordered(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((one) => [one.id, one]));
  const seen = new Set<Step>();
  const result: Step[] = [];
  const visit = (one: Step): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const id of one.needs) {
      const needed = byId.get(id);
      if (needed !== undefined) visit(needed);
    }
    result.push(one);
  };
  for (const one of steps) visit(one);
  return result;
}

/** The step without anything to take back: a failure leaves it as it is. */
export function settled(one: Step): Step {
  return { ...one, undo: [] };
}

/** The parts of a plan put together: with the files that its steps carry, and its digest. */
import type { Intent, Plan, Stdin, Step } from '../model/plan.ts';
import type { ReleaseBody } from '../model/release.ts';
import { keepersOf, type PlanParts } from './context.ts';
import type { World } from './desire/world.ts';
import { planDigest } from './digest.ts';
import { carriedIn } from './sequence/carry.ts';

/** The plan. */
export function finish(world: World, intent: Intent, parts: PlanParts): Plan {
  const keepers = keepersOf(world.inventory).map(({ name }) => name);
  const stdins = stdinsOf(parts.steps);
  const used = usedFiles(stdins);
  const files = Object.fromEntries(
    Object.entries(parts.files)
      .filter(([key]) => used.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const { room, warnings, carried, body: recorded, ...rest } = parts;
  const body = {
    version: 1 as const,
    app: world.playbook.app,
    fleet: world.inventory.name,
    intent,
    hosts: world.up.length,
    edges: world.up.filter(({ roles }) => roles.includes('edge')).length,
    keepers,
    ...rest,
    files,
  };
  // Steps name what is carried by its digest, and records name the playbook by its own.
  const laid = carriedIn(stdins, carried);
  const digest = planDigest(body);
  const isRecorded = [...stdins].some(({ kind }) => kind === 'body');
  if (recorded === undefined || !isRecorded) return { ...body, digest, carried: laid, room, warnings };
  return { ...body, digest, carried: { ...laid, ...carried }, body: withoutCarried(recorded), room, warnings };
}

/** What is carried stands in the plan once; the executor puts it back. */
function withoutCarried(body: ReleaseBody): ReleaseBody {
  const names = Object.keys(body.playbook.carried).sort();
  return { ...body, playbook: { ...body.playbook, carried: Object.fromEntries(names.map((name) => [name, []])) } };
}

/** What the steps' commands read; what many of them read as one value stands there once. */
function stdinsOf(steps: readonly Step[]): ReadonlySet<Stdin> {
  const stdins = new Set<Stdin>();
  for (const { commands } of steps) {
    for (const command of commands) {
      if (command.kind === 'run' && command.stdin !== undefined) stdins.add(command.stdin);
    }
  }
  return stdins;
}

/** Digests of files that archives have. */
function usedFiles(stdins: ReadonlySet<Stdin>): ReadonlySet<string> {
  const used = new Set<string>();
  for (const stdin of stdins) {
    if (stdin.kind !== 'archive') continue;
    for (const { content } of stdin.entries) if (content.kind === 'file') used.add(content.digest);
  }
  return used;
}

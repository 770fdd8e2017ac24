/** The digest of a plan: two plans with the same digest do the same. */
import { createHash } from 'node:crypto';
import { sha256 } from '../model/digest.ts';
import type { Command, Plan, RouterChange, Step } from '../model/plan.ts';

/** The parts of a plan that say what it does. */
export type Doing = Omit<Plan, 'digest' | 'room' | 'warnings' | 'carried'>;

/**
 * The first 12 hex digits of a SHA-256 over the plan's JSON. Compiling gives equal plans key by key, so nothing is
 * sorted here. Probes, router files and their texts stand in a plan once per host: each enters as its own digest.
 */
export function planDigest({ steps, routers, ...rest }: Doing): string {
  const folded = new Folded();
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const router of routers) hash.update(JSON.stringify(folded.router(router)));
  for (const step of steps) hash.update(JSON.stringify(folded.step(step)));
  return hash.digest('hex').slice(0, 12);
}

/** Shorter lists enter a digest as they are. */
const MANY = 100;

/** Remembers the digests of what stands in the plan many times. */
class Folded {
  readonly #known = new Map<unknown, string>();

  step(step: Step): unknown {
    const { action, commands } = step;
    if (!commands.some(isLarge)) return step;
    const folded = commands.map((one) => this.#command(one));
    // A probe names all that it asks, on each host: of many it enters as a digest, too.
    if (action.kind !== 'probe' || action.replicas.length < MANY) return { ...step, commands: folded };
    return { ...step, action: { ...action, replicas: this.#digest(action.replicas) }, commands: folded };
  }

  router({ host, file, before, after }: RouterChange): unknown {
    return { host, file, before: this.#digest(before), after: this.#digest(after) };
  }

  #command(command: Command): unknown {
    if (command.kind === 'probe') return { ...command, targets: this.#digest(command.targets) };
    if (command.kind !== 'run' || command.stdin?.kind !== 'archive') return command;
    return { ...command, stdin: { kind: 'archive', entries: this.#digest(command.stdin.entries) } };
  }

  #digest(part: unknown): string {
    const digest = this.#known.get(part) ?? sha256(JSON.stringify(part));
    this.#known.set(part, digest);
    return digest;
  }
}

function isLarge(command: Command): boolean {
  return command.kind === 'probe' || (command.kind === 'run' && command.stdin?.kind === 'archive');
}

/** Carries out a plan on simulated machines in any order that its needs allow, and stops or fails where a test wants. */
import { securedBy } from '../../../src/execute/undo.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';
import type { ReleaseBody } from '../../../src/model/release.ts';
import type { Simulator } from './simulator.ts';

/** How a run goes. */
export interface RunOptions {
  /** Chooses among n steps that may begin; default: the first. */
  readonly choose?: (n: number) => number;
  /** Ends after so many steps, as kill -9 does. */
  readonly killAfter?: number;
  /** The step during which the kill comes is half done. */
  readonly halfDone?: boolean;
  /** The n-th step fails, and what began is taken back. */
  readonly failAt?: number;
  /** Whether the failing step did its work before it failed; default: it did not. */
  readonly failure?: 'early' | 'late';
  /** Called before the first and after every step. */
  readonly look?: (step: Step | undefined) => void;
}

/** Runs the plan; ids of the steps that were done, in order. */
export function runPlan(plan: Plan, fleet: Simulator, options: RunOptions = {}): string[] {
  const { choose = () => 0, killAfter = Number.POSITIVE_INFINITY, failAt = Number.POSITIVE_INFINITY } = options;
  const done: Step[] = [];
  const doneIds = new Set<string>();
  let waiting = [...plan.steps];
  // Keepers get it with the record; here it is enough that it is known once somebody began to write it.
  if (plan.body !== undefined) fleet.bodies.set(plan.release, bodyOf(plan, plan.body));
  options.look?.(undefined);
  while (waiting.length > 0) {
    const ready = waiting.filter(({ needs }) => needs.every((id) => doneIds.has(id)));
    const next = ready[choose(ready.length)];
    if (next === undefined) throw new Error(`no step can begin: ${waiting.map(({ id }) => id).join(', ')}`);
    if (done.length === killAfter) {
      if (options.halfDone === true) fleet.applyHalf(next);
      return ids(done);
    }
    if (done.length === failAt) {
      if (options.failure === 'late' && next.action.kind !== 'commit') fleet.apply(next);
      if (!done.some(({ action }) => action.kind === 'commit')) takeBack(plan, { done, next }, fleet);
      return ids(done);
    }
    fleet.apply(next);
    options.look?.(next);
    done.push(next);
    doneIds.add(next.id);
    waiting = waiting.filter((step) => step !== next);
  }
  return ids(done);
}

/** Undoes in reverse order of the starts, so that needers come first. */
function takeBack(
  { steps }: Plan,
  { done, next }: { readonly done: readonly Step[]; readonly next: Step },
  fleet: Simulator,
): void {
  const secured = securedBy(new Map(steps.map((step) => [step.id, step])), new Set(ids(done)));
  for (const step of [...done, next].reverse()) if (!secured.has(step.id)) fleet.undo(step);
}

/** A small seeded generator (mulberry32), so that a counterexample of fast-check can be run again. */
export function seeded(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

function ids(steps: readonly Step[]): string[] {
  return steps.map(({ id }) => id);
}

/** The body as the executor sends it: with what is carried. */
export function bodyOf({ carried }: Plan, body: ReleaseBody): ReleaseBody {
  const whole = Object.keys(body.playbook.carried).map((digest) => [digest, carried[digest] ?? []]);
  return { ...body, playbook: { ...body.playbook, carried: Object.fromEntries(whole) } };
}

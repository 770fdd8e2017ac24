/** Everybody who answers a problem: fleet and the baselines, each timed. */
import type { Task } from '../../../src/compile/place/planned.ts';
import { cpuMs } from '../../support/bench/placed.ts';
import { BASELINES } from './baselines.ts';
import { seatedByFleet } from './fleet.ts';
import { faultsOf, type Problem, type Seating, seatedIn, wantedIn } from './problem.ts';

/** An answer to one problem. */
export interface Answer {
  readonly method: string;
  readonly seating: Seating;
  /** Every replica has a host. */
  readonly isWhole: boolean;
  readonly cpuMs: number;
}

/** The answers of all to a problem; the task must be of the same. Whoever breaks a rule is an error of the bench or of fleet. */
export function answersOf(problem: Problem, task: Task): Answer[] {
  return METHODS.map(({ name, seat }) => {
    const from = cpuMs();
    const seating = seat(problem, task);
    const took = cpuMs() - from;
    const faults = faultsOf(problem, seating);
    if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}`);
    return { method: name, seating, isWhole: seatedIn(seating) === wantedIn(problem), cpuMs: took };
  });
}

/** Names and ways, fleet first. */
export const METHODS: readonly { readonly name: string; readonly seat: (problem: Problem, task: Task) => Seating }[] = [
  { name: 'fleet', seat: (problem, task) => seatedByFleet(task, problem) },
  ...BASELINES,
];

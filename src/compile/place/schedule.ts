/** The waves that fit best: the quick way first, and what is tried when that leaves something without a host. */
import { noRoomInTime } from './explain.ts';
import { neededNew, tooEarly } from './needs.ts';
import type { Schedule, Start, Task } from './planned.ts';
import { rearranged } from './repair/rearrange.ts';
import { type Rank, wavesOf } from './waves.ts';

/**
 * Plans the waves. Pure; services and hosts in any order give the same waves. Where room is so short that something
 * would start in an earlier wave than what it needs, what is needed is placed first; a job that is still too early is a
 * problem.
 */
export function schedule(task: Task): Schedule {
  const { situations, world, jobs } = task;
  const packed = fitted(task, new Set());
  if (tooEarly(packed.waves, situations, jobs).length === 0) return packed;
  const ordered = fitted(task, neededNew(situations, jobs));
  const wrong = tooEarly(ordered.waves, situations, jobs);
  // A service waits for what it needs by itself, as after a reboot; a job would fail.
  const failing = wrong.filter(({ service }) => jobs.some(({ name }) => name === service));
  return { ...ordered, problems: [...ordered.problems, ...failing.map((one) => noRoomInTime(world, one))] };
}

/**
 * The hard ones first, which fits most; where that leaves something out, the same with others of the plan making room, and
 * then those of greater priority first.
 */
function fitted(task: Task, first: ReadonlySet<string>): Schedule {
  const packed = improved(task, (one) => (first.has(one.name) ? 0 : 1));
  const hasPriorities = task.situations.some(({ desired }) => desired.service.priority !== undefined);
  if (packed.problems.length === 0 || !hasPriorities) return packed;
  return improved(task, (one) => (first.has(one.name) ? 0 : 10_000) - (one.priority ?? 0));
}

function improved(task: Task, rank: Rank): Schedule {
  const quick = wavesOf(task, rank);
  if (quick.problems.length === 0) return quick;
  const assignment = rearranged(task.situations, task.world, startsIn(quick));
  if (assignment === undefined) return quick;
  const second = wavesOf(task, rank, assignment);
  return startsIn(second).length > startsIn(quick).length ? second : quick;
}

function startsIn({ waves }: Schedule): Start[] {
  return waves.flatMap(({ starts }) => starts);
}

/** One service's queue while waves are made, and the rules that say how much of it moves at once. */
import type { Rollout } from '../../model/playbook.ts';
import { isWell } from '../desire/copies.ts';
import type { Situation } from '../desire/situation.ts';
import type { Vacancy } from '../desire/vacancies.ts';
import type { Existing, World } from '../desire/world.ts';

/** What is left to do for a service. */
export interface Queue {
  readonly situation: Situation;
  pending: Vacancy[];
  blues: Existing[];
  readonly architectures: readonly string[];
  placed: number;
  /** Blue replicas that must go first in the next wave, because nothing else makes room. */
  forced: number;
}

/** Slots in their order, those of sick replicas first: what works goes last, and is never the only one that may. */
export function inTurn({ vacancies, blues }: Situation, world: World): Pick<Queue, 'pending' | 'blues'> {
  const sick = new Set(blues.filter((blue) => !isWell(blue, world)).map(({ container }) => container.slot));
  const byTurn = (a: number, b: number): number => Number(sick.has(b)) - Number(sick.has(a)) || a - b;
  return {
    pending: [...vacancies].sort((a, b) => byTurn(a.slot, b.slot)),
    blues: [...blues].sort((a, b) => byTurn(a.container.slot, b.container.slot)),
  };
}

/** True while one that stays, or has not gone yet, is well: a sick one serves nobody. */
export function isServed({ situation, blues }: Queue, world: World): boolean {
  return [...blues, ...situation.stays].some((one) => isWell(one, world));
}

/** Replicas of one service to start in this wave. Without blue there is nothing to be careful of. */
export function waveSize({ situation, pending }: Queue, index: number): number {
  const { rollout } = situation.desired.service;
  if (situation.blues.length === 0) return pending.length;
  if (index === 0 && finishes(situation) && isStopFirst(rollout)) return 0;
  switch (rollout.kind) {
    case 'rolling':
      return rollout.parallelism === 0 ? pending.length : rollout.parallelism;
    case 'canary':
      return index === 0 ? Math.max(1, Math.floor((pending.length * rollout.percent) / 100)) : pending.length;
    case 'blue-green':
    case 'recreate':
      return pending.length;
    default:
      return rollout satisfies never;
  }
}

/** Blue replicas that must be gone before this wave's starts. */
export function stopFirstCount(queue: Queue, index: number): number {
  const { rollout } = queue.situation.desired.service;
  if (queue.pending.length === 0) return 0;
  if (rollout.kind === 'recreate') return queue.blues.length;
  if (isStopFirst(rollout)) return Math.min(waveSize(queue, index), queue.blues.length);
  return queue.forced;
}

/**
 * True when a run that was cut off left replicas that serve nobody yet. The first wave brings them in, and stops nobody
 * before: those that serve now may be the last.
 */
export function finishes({ unserved, resumed }: Situation): boolean {
  return unserved.size + resumed.length > 0;
}

function isStopFirst(rollout: Rollout): boolean {
  return rollout.kind === 'rolling' && rollout.order === 'stop-first';
}

/** The blue replicas of the given slots first, then others from the lowest slot. */
export function takeBlues(queue: Queue, count: number, slots: readonly Vacancy[]): Existing[] {
  if (count === 0) return [];
  const wanted = new Set(slots.map(({ slot }) => slot));
  const ordered = [...queue.blues].sort(
    (a, b) => Number(wanted.has(b.container.slot)) - Number(wanted.has(a.container.slot)),
  );
  const going = ordered.slice(0, count);
  queue.blues = queue.blues.filter((blue) => !going.includes(blue));
  return going;
}

/** Hard ones first: pinned, then constrained, then large; the name last, so the order is total. */
export function byDifficulty(a: Situation, b: Situation): number {
  const weight = ({ vacancies, desired: { service } }: Situation): number[] => [
    vacancies.some(({ pinned }) => pinned !== undefined) ? 0 : 1,
    service.constraints.length > 0 ? 0 : 1,
    -service.reservation.memoryBytes,
    -service.reservation.cpus,
  ];
  const left = weight(a);
  const right = weight(b);
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value - other;
  }
  return a.desired.service.name < b.desired.service.name ? -1 : 1;
}

/** Pause after the wave, milliseconds: for canary and update delay, as long as anybody is still to be replaced. */
export function holdAfter(queues: readonly Queue[], index: number): number {
  const going = queues.filter(({ pending, situation }) => pending.length > 0 && situation.blues.length > 0);
  const holds = going.map(({ situation: { desired } }) => {
    const { rollout, update } = desired.service;
    return Math.max(update.delayMs, rollout.kind === 'canary' && index === 0 ? rollout.holdMs : 0);
  });
  return Math.max(0, ...holds);
}

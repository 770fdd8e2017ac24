/** Slots whose repairs failed: they are left alone for growing times, so that all others are repaired meanwhile. */
import { earlier, entriesOf, type Failing, type Memory } from './memory.ts';
import { growingPause } from './settings.ts';

const FIRST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** So long after a rest a slot that did not fail again is like any other. */
const FORGET_MS = 10 * 60_000;

/** What is known of slots that failed. */
interface Rests extends Pick<Memory, 'failing'> {
  /** "APP/SERVICE.SLOT", sorted: nothing is started there now. */
  readonly held: readonly string[];
  readonly wakeAt?: number;
}

/** Which slots rest at this moment. */
export function judgeFailing(failing: Memory['failing'], now: number): Rests {
  const kept = Object.entries(failing).filter(([, { restsUntil }]) => now - restsUntil < FORGET_MS);
  const resting = kept.filter(([, { restsUntil }]) => restsUntil > now);
  const wakeAt = resting.map(([, { restsUntil }]) => restsUntil).reduce<number | undefined>(earlier, undefined);
  return {
    failing: entriesOf(kept),
    held: resting.map(([slot]) => slot).sort(),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

/** A repair of these slots ("APP/SERVICE.SLOT") has failed. */
export function failedIn(failing: Memory['failing'], slots: readonly string[], at: number): Memory['failing'] {
  const failed = slots.map((slot): [string, Failing] => {
    const times = (failing[slot]?.times ?? 0) + 1;
    return [slot, { times, restsUntil: at + growingPause(times, FIRST_MS, LONGEST_MS) }];
  });
  return { ...failing, ...Object.fromEntries(failed) };
}

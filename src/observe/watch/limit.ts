/** A limit by the clock for one question, which knows when it was this process that was late. */
import { follow } from '../../model/follow.ts';
import type { Clock } from '../../model/shell.ts';

/** A limit that was noticed so much too late that this process must have stood still: what came meanwhile is unread. */
export const STALLED_MS = 500;

/** Why the wait for the end of a limit is given up; a value, as an error with its stack is not free. */
const ANSWERED = 'answered';

/** Aborts when the time is over or when the outer signal does. */
export interface Limit {
  readonly signal: AbortSignal;
  /** True when the time was over long before it was noticed: a missing answer then means nothing. */
  readonly stalled: () => boolean;
  /** Must be called when the question is over. */
  readonly stop: () => void;
}

/** A limit so many milliseconds from now. */
export function limitBy(clock: Clock, ms: number, outer: AbortSignal): Limit {
  const controller = new AbortController();
  const over = new AbortController();
  const until = clock.now() + ms;
  let stalled = false;
  const end = () => {
    stalled = clock.now() > until + STALLED_MS;
    controller.abort();
  };
  clock.sleep(ms, over.signal).then(end, () => undefined);
  const letGo = follow(controller, outer);
  const stop = () => {
    over.abort(ANSWERED);
    letGo();
  };
  return { signal: controller.signal, stalled: () => stalled, stop };
}

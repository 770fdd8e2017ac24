/** Time on the SSH side: pauses before another attempt, and deadlines. */
import { follow } from '../model/follow.ts';

/** Resolves after the pause of an attempt (0 is the first): doubling from `firstMs`, up to half of it more by chance. */
export function pause(attempt: number, firstMs: number): Promise<void> {
  const ms = firstMs * 2 ** attempt * (1 + Math.random() / 2);
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The outcome of the work, or the signal's reason when that comes first; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A signal that aborts after a time, or with another signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when it was the time that ended it. */
  readonly passed: () => boolean;
  /** Must be called when the work is over. */
  readonly stop: () => void;
}

/** A deadline so many milliseconds from now. */
export function deadline(ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  // Most work ends in time, and an error is dear: its stack.
  let reason: Error | undefined;
  const timer = setTimeout(() => {
    reason = new Error(`no end after ${formatMs(ms)}`);
    controller.abort(reason);
  }, ms);
  const letGo = follow(controller, ...(outer === undefined ? [] : [outer]));
  const stop = () => {
    clearTimeout(timer);
    letGo();
  };
  return { signal: controller.signal, passed: () => reason !== undefined && controller.signal.reason === reason, stop };
}

/** `10 s`, `250 ms`. */
export function formatMs(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`;
}

/** A clock whose time passes only when everybody waits: no test sleeps, and an hour takes no time. */
import type { Clock } from '../../src/model/shell.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Jumps to the next sleeper's time as soon as nothing else is going on. */
export class FakeClock implements Clock {
  #now: number;
  #busy = 0;
  #ticking = false;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort);
      this.#tick();
    });
  }

  /** How many wait for a time to come. */
  sleepers(): number {
    return this.#sleepers.size;
  }

  /** Time that passes while nobody can notice: the process is stopped, the laptop is shut. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Time stands still until the returned function is called: real work is going on. */
  busy(): () => void {
    this.#busy += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#busy -= 1;
      this.#tick();
    };
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    setImmediate(() => {
      this.#ticking = false;
      this.#wakeNext();
    });
  }

  #wakeNext(): void {
    if (this.#busy > 0) return;
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (next === undefined || sleeper.until < next.until) next = sleeper;
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.until);
    this.#sleepers.delete(next);
    next.wake();
    this.#tick();
  }
}

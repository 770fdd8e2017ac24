/** When to look: every so often, soon after something happened, and never twice at once. */
import type { Clock } from '../model/shell.ts';

/** Events that come together are looked at together. */
const DEBOUNCE_MS = 200;
/** However much happens, no look begins so soon after the last one ended. */
const BETWEEN_MS = 1000;

/** The time table of looks. */
export class Looks {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #isUnderWay = false;
  #at: number;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#at = clock.now();
  }

  /** When the next look is due; never while one is under way. */
  get dueAt(): number {
    return this.#isUnderWay ? Number.POSITIVE_INFINITY : this.#at;
  }

  /** Something happened: what a look that is under way has already passed is seen by the next one. */
  soon(afterMs: number = DEBOUNCE_MS): void {
    this.by(this.#clock.now() + afterMs);
  }

  /** At that time at the latest. */
  by(at: number): void {
    this.#at = Math.min(this.#at, Math.max(at, this.#endedAt + BETWEEN_MS));
  }

  /** Looks. Rejects as the look does. */
  async go<T>(look: () => Promise<T>): Promise<T> {
    this.#isUnderWay = true;
    this.#at = Number.POSITIVE_INFINITY;
    try {
      return await look();
    } finally {
      this.#isUnderWay = false;
      this.#endedAt = this.#clock.now();
      this.#at = Math.max(Math.min(this.#at, this.#endedAt + this.#everyMs), this.#endedAt + BETWEEN_MS);
    }
  }
}

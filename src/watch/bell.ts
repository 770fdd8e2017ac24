/** What wakes the watcher before its time. */
import type { Clock } from '../model/shell.ts';

/** Rung from anywhere; heard by the one who waits, or by the next one who does. */
export class Bell {
  #isRung = false;
  #wake: AbortController | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.abort();
  }

  /** Resolves when it is rung, or after so many milliseconds. */
  async wait(ms: number, clock: Clock): Promise<void> {
    if (!this.#isRung) {
      this.#wake = new AbortController();
      await clock.sleep(Math.max(0, ms), this.#wake.signal).catch(() => undefined);
      this.#wake = undefined;
    }
    this.#isRung = false;
  }
}

/** What was read stays true for a moment: many hosts at once share one reading. */

interface Reading<T> {
  readonly value: Promise<T>;
  /** When it began, by the clock of `now`. */
  readonly at: number;
}

/** Readings by key. One that failed is not kept. */
export class Fresh<T> {
  readonly #now: () => number;
  readonly #ms: number;
  readonly #readings = new Map<string, Reading<T>>();

  /** `now` and `ms` in milliseconds: an older reading is made anew. */
  constructor(now: () => number, ms: number) {
    this.#now = now;
    this.#ms = ms;
  }

  /** The reading of the key: the last one while it is fresh, also while it is being made. Rejects as `read` does. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const at = this.#now();
    const last = this.#readings.get(key);
    if (last !== undefined && at - last.at < this.#ms) return last.value;
    const reading = { value: read(), at };
    this.#readings.set(key, reading);
    reading.value.catch(() => {
      if (this.#readings.get(key) === reading) this.#readings.delete(key);
    });
    return reading.value;
  }
}

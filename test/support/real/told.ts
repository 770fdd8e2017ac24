/** What was told so far, and a wait for what is told next: no test looks again and again. */

/** One thing that was told, and when. */
export interface TellingOf<T> {
  readonly what: T;
  /** Milliseconds, as performance.now() has them. */
  readonly at: number;
}

/** Takes things in as they come. */
export class Told<T> {
  readonly all: TellingOf<T>[] = [];
  readonly #waiting = new Set<(telling: TellingOf<T>) => void>();

  /** Something is told now. */
  tell(what: T): void {
    const telling = { what, at: performance.now() };
    this.all.push(telling);
    for (const take of this.#waiting) take(telling);
  }

  /** Resolves with the first thing from now on that fits; rejects when none came in time. */
  next(fits: (what: T) => boolean, limitMs: number): Promise<TellingOf<T>> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(take);
      };
      const take = (telling: TellingOf<T>) => {
        if (!fits(telling.what)) return;
        end();
        resolve(telling);
      };
      const timer = setTimeout(() => {
        end();
        const last = this.all.slice(-10).map(({ what }) => JSON.stringify(what));
        reject(new Error(`nothing that fits within ${limitMs} ms; the last that came: ${last.join(' ')}`));
      }, limitMs);
      this.#waiting.add(take);
    });
  }
}

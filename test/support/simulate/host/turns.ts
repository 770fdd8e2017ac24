/**
 * Turns among all hosts of a process. Real hosts do not slow each other down; here all share a core, and without turns each of
 * a thousand lines would end as late as the last of them.
 */

const AT_ONCE = 8;

/** Who has no turn waits; who sleeps needs none. */
export class Turns {
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];
  readonly #urgent: (() => void)[] = [];

  /** Works in its turn. What is urgent goes before all that wait: a lease must be renewed in time. */
  async take<T>(isUrgent: boolean, work: () => Promise<T>): Promise<T> {
    await this.#begin(isUrgent ? this.#urgent : this.#waiting);
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  /** Called by work that has a turn: others have it meanwhile. */
  async sleep(ms: number): Promise<void> {
    this.#end();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.#begin(this.#waiting);
  }

  async #begin(line: (() => void)[]): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
  }

  #end(): void {
    const next = this.#urgent.shift() ?? this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    // Between two lines the connections have their turn: an interpreter in this process never waits by itself.
    else setImmediate(next);
  }
}

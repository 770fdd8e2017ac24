/** A tournament over numbers: who has the least is known at once, and another number costs one walk to the root. */

/**
 * A complete binary tree whose inner nodes name the winner of the two below (Knuth, TAOCP 3, 5.4.1). Of equal numbers the
 * first one wins, so entrants in the order of names give the answer that a scan by name gives.
 */
export class Tournament {
  readonly #keys: Float64Array;
  readonly #winners: Int32Array;
  readonly #leaves: number;

  constructor(keys: Float64Array) {
    this.#keys = keys;
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, keys.length)));
    this.#winners = new Int32Array(2 * this.#leaves).fill(-1);
    for (let entrant = 0; entrant < keys.length; entrant++) this.#winners[this.#leaves + entrant] = entrant;
    for (let node = this.#leaves - 1; node > 0; node--) this.#play(node);
  }

  /** The entrant with the least number; Infinity is out of the game. Undefined when all are out. */
  get best(): number | undefined {
    const winner = this.#winners[1] ?? -1;
    return this.keyOf(winner) === Number.POSITIVE_INFINITY ? undefined : winner;
  }

  /** The number of an entrant; of nobody Infinity. */
  keyOf(entrant: number): number {
    return this.#keys[entrant] ?? Number.POSITIVE_INFINITY;
  }

  /** Gives an entrant another number. */
  set(entrant: number, key: number): void {
    this.#keys[entrant] = key;
    for (let node = (this.#leaves + entrant) >> 1; node > 0; node >>= 1) this.#play(node);
  }

  #play(node: number): void {
    const left = this.#winners[2 * node] ?? -1;
    const right = this.#winners[2 * node + 1] ?? -1;
    this.#winners[node] = right !== -1 && this.keyOf(right) < this.keyOf(left) ? right : left;
  }
}

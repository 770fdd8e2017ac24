/** Seats while they change: who is on each host, and what is taken there. */
import type { Board } from './board.ts';
import type { Seats } from './seats.ts';

/** Begins with the given seats, which it does not change. */
export class Occupancy {
  readonly seats: Seats;
  /** By host: the kinds that it has. */
  readonly present: readonly ReadonlySet<number>[];
  /** By host: what is taken of either resource. */
  readonly cpus: Float64Array;
  readonly memoryBytes: Float64Array;
  readonly #board: Board;
  readonly #present: readonly Set<number>[];

  constructor(board: Board, seats: Seats) {
    this.#board = board;
    this.seats = seats.map((row) => new Int32Array(row.length));
    this.#present = Array.from({ length: board.hosts }, () => new Set<number>());
    this.present = this.#present;
    this.cpus = new Float64Array(board.hosts);
    this.memoryBytes = new Float64Array(board.hosts);
    for (const [kind, row] of seats.entries())
      for (const [host, count] of row.entries()) if (count > 0) this.#seat(kind, host, count);
  }

  countOn(kind: number, host: number): number {
    return this.seats[kind]?.[host] ?? 0;
  }

  /** One of the kind goes from one host to another. */
  move(kind: number, from: number, to: number): void {
    this.#seat(kind, from, -1);
    this.#seat(kind, to, 1);
  }

  #seat(kind: number, host: number, count: number): void {
    const row = this.seats[kind];
    const { cpus = 0, memoryBytes = 0 } = this.#board.kinds[kind] ?? {};
    if (row === undefined) return;
    row[host] = (row[host] ?? 0) + count;
    if (row[host] === 0) this.#present[host]?.delete(kind);
    else this.#present[host]?.add(kind);
    this.cpus[host] = (this.cpus[host] ?? 0) + count * cpus;
    this.memoryBytes[host] = (this.memoryBytes[host] ?? 0) + count * memoryBytes;
  }
}

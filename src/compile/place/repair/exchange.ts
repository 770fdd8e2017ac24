/**
 * Exchanges: all vacancies are seated, some hosts above what they have, and moves of one replica and swaps of two take the
 * excess away. The best move is made even where it is none for the better; what has left a host does not come back for a
 * while (Glover, Tabu search, part I, 1989), and what stays too full weighs more and more (the breakout method: Morris, 1993).
 * Deterministic, and given up after a bounded number of looks.
 */
import type { Board } from './board.ts';
import { Occupancy } from './occupancy.ts';
import type { Seats } from './seats.ts';

/** Turns for which what left a host may not come back, at least and below. */
const TENURE = [3, 8] as const;

/** What one turn without a better move adds to the weight of each excess, which begins at 1. */
const GROWTH = 0.25;

/** After so many looks all weights begin anew: by then they tell more of the way than of the place. */
const LOOKS_PER_ROUND = 250_000;

/** A replica of kind `kind` goes from one host to another, and one of kind `back`, if any, the other way. */
interface Move {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly back?: number;
  /** Of the weighted excess: below zero is better. */
  readonly change: number;
}

/** Seats of all such that no host has more than it has room for; undefined when none were found within so many looks at moves. */
export function exchanged(board: Board, seats: Seats, looks: number): Seats | undefined {
  for (let left = looks, exchange = new Exchange(board, seats); left > 0; left -= LOOKS_PER_ROUND) {
    const found = exchange.round(Math.min(left, LOOKS_PER_ROUND));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One resource on all hosts: what they have of it, what is taken, and what a unit of excess weighs. */
class Amounts {
  readonly #free: Float64Array;
  readonly #used: Float64Array;
  readonly #weights: Float64Array;
  /** Excess is counted in what an average host has. */
  readonly #unit: number;

  constructor(free: Float64Array, used: Float64Array) {
    this.#free = free;
    this.#used = used;
    this.#weights = new Float64Array(free.length).fill(1);
    const sum = free.reduce((all, one) => all + one, 0);
    this.#unit = sum > 0 ? sum / free.length : 1;
  }

  /** Weighted excess of a host that has so much more taken. */
  excess(host: number, more: number): number {
    const over = (this.#used[host] ?? 0) + more - (this.#free[host] ?? 0);
    return over > 0 ? (over / this.#unit) * (this.#weights[host] ?? 1) : 0;
  }

  weighMore(host: number): void {
    if (this.excess(host, 0) > 0) this.#weights[host] = (this.#weights[host] ?? 1) + GROWTH;
  }

  weighAnew(): void {
    this.#weights.fill(1);
  }
}

class Exchange {
  readonly #board: Board;
  readonly #now: Occupancy;
  readonly #cpus: Amounts;
  readonly #memory: Amounts;
  /** By kind and host: the turn at which the kind may come back. */
  readonly #back: readonly Int32Array[];
  #turn = 0;
  #looks = 0;
  #random = 1;

  constructor(board: Board, seats: Seats) {
    this.#board = board;
    this.#now = new Occupancy(board, seats);
    this.#cpus = new Amounts(board.freeCpus, this.#now.cpus);
    this.#memory = new Amounts(board.freeMemory, this.#now.memoryBytes);
    this.#back = board.kinds.map(() => new Int32Array(board.hosts));
  }

  round(looks: number): Seats | undefined {
    this.#looks = looks;
    this.#cpus.weighAnew();
    this.#memory.weighAnew();
    for (;;) {
      const full = this.#overfull();
      if (full.length === 0) return this.#now.seats;
      if (this.#looks <= 0) return undefined;
      this.#turn++;
      const move = this.#bestFrom(full);
      if (move === undefined || move.change >= 0) this.#weighMore(full);
      if (move !== undefined) this.#make(move);
    }
  }

  #overfull(): number[] {
    const full: number[] = [];
    for (let host = 0; host < this.#board.hosts; host++) if (this.#excess(host, 0, 0) > 0) full.push(host);
    return full;
  }

  #weighMore(full: readonly number[]): void {
    for (const host of full) {
      this.#cpus.weighMore(host);
      this.#memory.weighMore(host);
    }
  }

  #bestFrom(full: readonly number[]): Move | undefined {
    let best: Move | undefined;
    for (const from of full) {
      for (const kind of this.#now.present[from] ?? []) {
        for (let to = 0; to < this.#board.hosts && this.#looks > 0; to++) {
          const move = to === from ? undefined : this.#bestOf(kind, from, to);
          if (move !== undefined && (best === undefined || move.change < best.change)) best = move;
        }
      }
    }
    return best;
  }

  /** The best way to bring the kind there: alone, or for one of another kind. */
  #bestOf(kind: number, from: number, to: number): Move | undefined {
    this.#looks--;
    if (!this.#mayCome(kind, to)) return undefined;
    const now = this.#excess(from, 0, 0) + this.#excess(to, 0, 0);
    const { cpus, memoryBytes } = this.#sizeOf(kind);
    const change = this.#excess(from, -cpus, -memoryBytes) + this.#excess(to, cpus, memoryBytes) - now;
    let best: Move = { kind, from, to, change };
    for (const back of this.#now.present[to] ?? []) {
      if (back === kind || !this.#mayCome(back, from)) continue;
      this.#looks--;
      const other = this.#sizeOf(back);
      const [moreCpus, moreMemory] = [cpus - other.cpus, memoryBytes - other.memoryBytes];
      const its = this.#excess(from, -moreCpus, -moreMemory) + this.#excess(to, moreCpus, moreMemory) - now;
      if (its < best.change) best = { kind, from, to, back, change: its };
    }
    return best;
  }

  #mayCome(kind: number, host: number): boolean {
    const isLate = (this.#back[kind]?.[host] ?? 0) <= this.#turn;
    return isLate && this.#now.countOn(kind, host) < (this.#board.kinds[kind]?.limits[host] ?? 0);
  }

  #excess(host: number, cpus: number, memoryBytes: number): number {
    return this.#cpus.excess(host, cpus) + this.#memory.excess(host, memoryBytes);
  }

  #make({ kind, from, to, back }: Move): void {
    this.#move(kind, from, to);
    if (back !== undefined) this.#move(back, to, from);
  }

  #move(kind: number, from: number, to: number): void {
    this.#now.move(kind, from, to);
    const [least, below] = TENURE;
    // A linear congruential generator (Numerical Recipes): always the same sequence, and no two turns in step.
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    const back = this.#back[kind];
    if (back !== undefined) back[from] = this.#turn + least + ((this.#random >>> 8) % (below - least));
  }

  #sizeOf(kind: number): { readonly cpus: number; readonly memoryBytes: number } {
    return this.#board.kinds[kind] ?? { cpus: 0, memoryBytes: 0 };
  }
}

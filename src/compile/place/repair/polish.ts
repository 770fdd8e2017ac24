/**
 * Polishing: a seating in which all fits is made better by the aims of the order, one move of a replica or swap of two at a
 * time, until none is for the better: replicas of a service even over the zones that it asks for, then even over hosts, then
 * hosts evenly full. Even is the least sum of squares. Given up after a bounded number of looks.
 */
import type { Resources } from '../../../model/inventory.ts';
import { dominantShare } from '../order/load.ts';
import type { Board, Kind } from './board.ts';
import { Occupancy } from './occupancy.ts';
import type { Seats } from './seats.ts';

/** Another label counts so much less than the one before it. */
const NEXT_LABEL = 2 ** -20;

/** Shares of hosts that differ by less are equal: sums of fractions drift. */
const TINY = 1e-9;

const NOTHING: Resources = { cpus: 0, memoryBytes: 0 };

/** A change of the aims by a move; below zero is better, and what comes first counts first. */
interface Change {
  readonly zones: number;
  readonly hosts: number;
  readonly load: number;
}

/** Seats in which no host has more than it has room for, at least as good as the given ones, which have that, too. */
export function polished(board: Board, seats: Seats, looks: number): Seats {
  return new Polish(board, seats, looks).run();
}

class Polish {
  readonly #board: Board;
  readonly #now: Occupancy;
  /** By kind, for each of its labels: replicas by number of the value. */
  readonly #tallies: readonly (readonly Int32Array[])[];
  #looks: number;

  constructor(board: Board, seats: Seats, looks: number) {
    this.#board = board;
    this.#now = new Occupancy(board, seats);
    this.#looks = looks;
    this.#tallies = board.kinds.map((kind, at) => talliesOf(kind, seats[at]));
  }

  run(): Seats {
    let isBetter = true;
    while (isBetter && this.#looks > 0) {
      isBetter = false;
      for (const kind of this.#board.kinds.keys()) isBetter = this.#improve(kind) || isBetter;
    }
    return this.#now.seats;
  }

  #improve(kind: number): boolean {
    let isBetter = false;
    for (let from = 0; from < this.#board.hosts; from++) {
      for (let to = 0; to < this.#board.hosts && this.#now.countOn(kind, from) > 0; to++) {
        if (--this.#looks <= 0) return isBetter;
        if (to === from || !this.#mayCome(kind, to)) continue;
        isBetter = this.#tryMove(kind, from, to) || this.#trySwap(kind, from, to) || isBetter;
      }
    }
    return isBetter;
  }

  #tryMove(kind: number, from: number, to: number): boolean {
    const { zones, hosts } = this.#spreadBy(kind, from, to);
    const load = this.#loadBy(from, to, this.#sizeOf(kind));
    if (load === undefined || !isForTheBetter({ zones, hosts, load })) return false;
    this.#move(kind, from, to);
    return true;
  }

  #trySwap(kind: number, from: number, to: number): boolean {
    const spread = this.#spreadBy(kind, from, to);
    const { cpus, memoryBytes } = this.#sizeOf(kind);
    for (const back of this.#now.present[to] ?? []) {
      if (back === kind || !this.#mayCome(back, from)) continue;
      this.#looks--;
      const other = this.#sizeOf(back);
      const its = this.#spreadBy(back, to, from);
      const more = { cpus: cpus - other.cpus, memoryBytes: memoryBytes - other.memoryBytes };
      const [zones, hosts] = [spread.zones + its.zones, spread.hosts + its.hosts];
      if (zones > 0 || (zones === 0 && hosts > 0)) continue;
      const load = this.#loadBy(from, to, more);
      if (load === undefined || !isForTheBetter({ zones, hosts, load })) continue;
      this.#move(kind, from, to);
      this.#move(back, to, from);
      return true;
    }
    return false;
  }

  #mayCome(kind: number, host: number): boolean {
    return this.#now.countOn(kind, host) < (this.#board.kinds[kind]?.limits[host] ?? 0);
  }

  /** One more where `to` are and one less where `from` are: 2 (to - from + 1) more in the sum of squares. */
  #spreadBy(kind: number, from: number, to: number): Pick<Change, 'zones' | 'hosts'> {
    const { there, domains = [] } = this.#board.kinds[kind] ?? {};
    let zones = 0;
    let weight = 1;
    for (const [rank, numbers] of domains.entries()) {
      const tally = this.#tallies[kind]?.[rank];
      const [left, come] = [numbers[from] ?? 0, numbers[to] ?? 0];
      if (left !== come) zones += weight * ((tally?.[come] ?? 0) - (tally?.[left] ?? 0) + 1);
      weight *= NEXT_LABEL;
    }
    const countOn = (host: number): number => this.#now.countOn(kind, host) + (there?.[host] ?? 0);
    return { zones, hosts: countOn(to) - countOn(from) + 1 };
  }

  /** Change of the squares of both hosts' dominant shares; undefined when one would have more than it has room for. */
  #loadBy(from: number, to: number, more: Resources): number | undefined {
    const less = { cpus: -more.cpus, memoryBytes: -more.memoryBytes };
    if (!this.#fits(from, less) || !this.#fits(to, more)) return undefined;
    const now = this.#shareOn(from, NOTHING) ** 2 + this.#shareOn(to, NOTHING) ** 2;
    return this.#shareOn(from, less) ** 2 + this.#shareOn(to, more) ** 2 - now;
  }

  #fits(host: number, more: Resources): boolean {
    const { freeCpus, freeMemory } = this.#board;
    const cpus = (this.#now.cpus[host] ?? 0) + more.cpus;
    return (
      cpus <= (freeCpus[host] ?? 0) && (this.#now.memoryBytes[host] ?? 0) + more.memoryBytes <= (freeMemory[host] ?? 0)
    );
  }

  /** Of all that the host has. */
  #shareOn(host: number, more: Resources): number {
    const { capacities, freeCpus, freeMemory } = this.#board;
    const capacity = capacities[host] ?? NOTHING;
    const cpus = capacity.cpus - (freeCpus[host] ?? 0) + (this.#now.cpus[host] ?? 0) + more.cpus;
    const memoryBytes =
      capacity.memoryBytes - (freeMemory[host] ?? 0) + (this.#now.memoryBytes[host] ?? 0) + more.memoryBytes;
    return dominantShare({ used: { cpus, memoryBytes }, capacity });
  }

  #move(kind: number, from: number, to: number): void {
    this.#now.move(kind, from, to);
    for (const [rank, numbers] of (this.#board.kinds[kind]?.domains ?? []).entries()) {
      add(this.#tallies[kind]?.[rank], numbers[from], -1);
      add(this.#tallies[kind]?.[rank], numbers[to], 1);
    }
  }

  #sizeOf(kind: number): Resources {
    return this.#board.kinds[kind] ?? NOTHING;
  }
}

function isForTheBetter({ zones, hosts, load }: Change): boolean {
  if (zones !== 0) return zones < 0;
  return hosts !== 0 ? hosts < 0 : load < -TINY;
}

function talliesOf({ domains, there }: Kind, row: Int32Array | undefined): Int32Array[] {
  return domains.map((numbers) => {
    const tally = new Int32Array(numbers.length);
    for (const [host, number] of numbers.entries()) add(tally, number, (row?.[host] ?? 0) + (there[host] ?? 0));
    return tally;
  });
}

function add(tally: Int32Array | undefined, number: number | undefined, by: number): void {
  if (tally !== undefined && number !== undefined) tally[number] = (tally[number] ?? 0) + by;
}

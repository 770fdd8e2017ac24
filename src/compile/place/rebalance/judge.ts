/** What a move of one service is good for, by the aims of placing: its zones, its hosts, and how full hosts are. */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import type { Account } from '../order/account.ts';
import type { Books } from '../order/books.ts';
import type { Asker, Field } from '../order/fields.ts';
import { dominantShare, share } from '../order/load.ts';

/** From one host to another, by their indexes. */
export interface Way {
  readonly from: number;
  readonly to: number;
}

/**
 * Which aim it serves (the first that it changes; better in front, as -0, -1, …), by how much, and what it does to the
 * spread over hosts and to the load.
 */
export type Gain = readonly [aim: number, amount: number, spread: number, load: number];

/** Of two hosts the fuller one must be at least so much fuller (share of its dominant resource) before one gives. */
const LEAST_GAP = 0.05;

/** Sums of fractions drift. */
const TINY = 1e-9;

/** True when it helps more: aims in their order, then amounts. */
export function isMore(left: Gain, right: Gain): boolean {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (Math.abs(difference) > TINY) return difference > 0;
  }
  return false;
}

/** Replicas of the service by the values of one preferred label. */
interface Domains {
  /** By index of the host: the number of its value. */
  readonly numbers: Int32Array;
  readonly counts: Int32Array;
}

/** Stands for the books as they are when it is made. */
export class Judge {
  readonly #service: Service;
  readonly #books: Books;
  readonly #account: Account;
  readonly #field: Field;
  /** By index of the host: replicas of the service. */
  readonly #here: Int32Array;
  readonly #fewest: number;
  readonly #domains: readonly Domains[];
  readonly #reservesNothing: boolean;

  constructor(asker: Asker, books: Books) {
    const { service } = asker;
    this.#service = service;
    this.#books = books;
    this.#account = books.accountOf(service);
    this.#field = books.fields.of(asker);
    this.#here = this.#account.counts;
    this.#reservesNothing = this.#account.reservesNothing;
    this.#fewest = this.#here.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY);
    this.#domains = service.spread.map((label) => domainsOf(books.fields.labels.valuesOf(label), this.#here));
  }

  /** Whether the host may take one more. */
  fits(to: number): boolean {
    return this.#field.domainOf[to] !== -1 && this.#account.keyOn(to) < Number.POSITIVE_INFINITY;
  }

  /** A gain that no move from the host exceeds. It costs no look at any other host. */
  most(from: number): Gain {
    const spread = (this.#here[from] ?? 0) - this.#fewest - 1;
    for (const [rank, { numbers, counts }] of this.#domains.entries()) {
      const amount = (counts[numbers[from] ?? 0] ?? 0) - Math.min(...counts) - 1;
      if (amount > 0) return [-rank, amount, spread, Number.POSITIVE_INFINITY];
    }
    if (spread > 0) return [-this.#domains.length, spread, spread, Number.POSITIVE_INFINITY];
    const load = this.#reservesNothing ? this.#books.totalOn(from) : this.#relief(from);
    return [this.#loadAim, load, 0, load];
  }

  /** Undefined when it serves no aim, or hurts one that comes before. */
  gain(way: Way): Gain | undefined {
    const { from, to } = way;
    if (from === to) return undefined;
    const spread = (this.#here[from] ?? 0) - (this.#here[to] ?? 0) - 1;
    for (let rank = 0; rank < this.#domains.length; rank++) {
      const amount = zoneGain(this.#domains[rank], way);
      if (amount < 0) return undefined;
      if (amount > 0) return [-rank, amount, spread, this.#load(way)];
    }
    if (spread < 0) return undefined;
    if (spread > 0) return [-this.#domains.length, spread, spread, this.#load(way)];
    if (!this.#evens(way)) return undefined;
    const load = this.#load(way);
    return [this.#loadAim, load, spread, load];
  }

  /** What reserves something comes before what is only counted. */
  get #loadAim(): number {
    return -this.#domains.length - (this.#reservesNothing ? 2 : 1);
  }

  /** What the squares of both shares lose, so that the fullest host gives first; of what reserves nothing the numbers even out. */
  #load({ from, to }: Way): number {
    if (this.#reservesNothing) return this.#books.totalOn(from) - this.#books.totalOn(to) - 1;
    return this.#relief(from) + this.#books.shareOn(to) ** 2 - this.#shareAfter(to, 1) ** 2;
  }

  /** What the square of the host's own share loses when one goes. */
  #relief(from: number): number {
    return this.#books.shareOn(from) ** 2 - this.#shareAfter(from, -1) ** 2;
  }

  /**
   * What reserves something must take at least half of its own share off the fuller one of the two hosts, and that one must
   * be fuller by `LEAST_GAP`.
   */
  #evens({ from, to }: Way): boolean {
    if (this.#reservesNothing) return this.#books.totalOn(from) - this.#books.totalOn(to) > 1;
    const before = this.#books.shareOn(from);
    if (before - this.#books.shareOn(to) < LEAST_GAP - TINY) return false;
    const { cpus, memoryBytes } = this.#service.reservation;
    const capacity = this.#books.candidates[from]?.capacity ?? this.#service.reservation;
    const own = Math.max(share(cpus, capacity.cpus), share(memoryBytes, capacity.memoryBytes));
    const fall = before - Math.max(this.#shareAfter(from, -1), this.#shareAfter(to, 1));
    return fall > TINY && fall >= own / 2 - TINY;
  }

  /** The dominant share of the host with so many replicas more. */
  #shareAfter(index: number, by: 1 | -1): number {
    const { cpus, memoryBytes } = this.#books.usedOn(index);
    const { reservation } = this.#service;
    const used: Resources = {
      cpus: cpus + by * reservation.cpus,
      memoryBytes: memoryBytes + by * reservation.memoryBytes,
    };
    return dominantShare({ used, capacity: this.#books.candidates[index]?.capacity ?? used });
  }
}

/** One less here and one more there: above 0 when the two differ by two or more, 0 when nothing gets better or worse. */
function zoneGain(domains: Domains | undefined, { from, to }: Way): number {
  if (domains === undefined) return 0;
  const [left = 0, right = 0] = [domains.numbers[from], domains.numbers[to]];
  return left === right ? 0 : (domains.counts[left] ?? 0) - (domains.counts[right] ?? 0) - 1;
}

function domainsOf(
  { numbers, byValue }: { readonly numbers: Int32Array; readonly byValue: ReadonlyMap<string, number> },
  here: Int32Array,
): Domains {
  const counts = new Int32Array(byValue.size);
  for (const [index, number] of numbers.entries()) counts[number] = (counts[number] ?? 0) + (here[index] ?? 0);
  return { numbers, counts };
}

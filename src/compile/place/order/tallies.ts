/** How many replicas of one service each value of its preferred labels has, on whichever hosts. */
import { type Books, labelOf } from './books.ts';

/** Replicas of the service on all hosts with one value of a preferred label. */
export interface Tally {
  count: number;
}

/** Counted on all hosts, also those that may take no more. */
export class Tallies {
  readonly #labels: readonly string[];
  readonly #service: string;
  readonly #books: Books;
  /** For each label, by its value. */
  readonly #byValue: readonly Map<string, Tally>[];

  /** `labels` are the preferred ones of the service, the most important first. */
  constructor(service: string, labels: readonly string[], books: Books) {
    this.#service = service;
    this.#labels = labels;
    this.#books = books;
    this.#byValue = labels.map(() => new Map<string, Tally>());
    if (labels.length === 0) return;
    for (const index of books.holdersOf(service)) this.count(index, this.on(index));
  }

  /** The tally of each label for hosts with these values; they change while replicas are counted. */
  of(values: readonly string[]): readonly Tally[] {
    return values.map((value, rank) => this.#tallyOf(rank, value));
  }

  /** Replicas of the service on the host. */
  on(index: number): number {
    return this.#books.candidates[index]?.counts.get(this.#service) ?? 0;
  }

  count(index: number, by: number): void {
    const candidate = this.#books.candidates[index];
    if (candidate === undefined) return;
    for (let rank = 0; rank < this.#labels.length; rank++)
      this.#tallyOf(rank, labelOf(candidate, this.#labels[rank] ?? '')).count += by;
  }

  #tallyOf(rank: number, value: string): Tally {
    const known = this.#byValue[rank]?.get(value);
    if (known !== undefined) return known;
    const tally = { count: 0 };
    this.#byValue[rank]?.set(value, tally);
    return tally;
  }
}

/** Below zero when hosts with the left tallies come first: those of the most important label decide. */
export function compareTallies(left: readonly Tally[], right: readonly Tally[]): number {
  for (let rank = 0; rank < left.length; rank++) {
    const difference = (left[rank]?.count ?? 0) - (right[rank]?.count ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

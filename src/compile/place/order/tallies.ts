/** How many replicas of one service each value of its preferred labels has, on whichever hosts. */
import type { Labels, Values } from './labels.ts';

/** Replicas of the service on all hosts with one value of a preferred label. */
export interface Tally {
  count: number;
}

/** The tallies of one label, by the number of its value. */
interface Rank {
  readonly values: Values;
  readonly tallies: readonly Tally[];
}

/** Counted on all hosts, also those that may take no more. */
export class Tallies {
  readonly #ranks: readonly Rank[];

  /** `wanted` are the preferred labels of the service, the most important first; `counts` its replicas by index of the host. */
  constructor(wanted: readonly string[], counts: Int32Array, labels: Labels) {
    this.#ranks = wanted.map((label) => {
      const values = labels.valuesOf(label);
      return { values, tallies: Array.from(values.byValue, () => ({ count: 0 })) };
    });
    if (wanted.length === 0) return;
    for (let index = 0; index < counts.length; index++) {
      const count = counts[index] ?? 0;
      if (count !== 0) this.count(index, count);
    }
  }

  /** The tally of each label for hosts with these values; they change while replicas are counted. */
  of(domain: readonly string[]): readonly Tally[] {
    return this.#ranks.map(
      ({ values, tallies }, rank) => tallies[values.byValue.get(domain[rank] ?? '') ?? -1] ?? { count: 0 },
    );
  }

  /** So many replicas more on the host. */
  count(index: number, by: number): void {
    for (const { values, tallies } of this.#ranks) {
      const tally = tallies[values.numbers[index] ?? -1];
      if (tally !== undefined) tally.count += by;
    }
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

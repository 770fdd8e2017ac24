/** Values of hosts' labels by number, so that replicas are counted by value without a look at any text. */
import type { Candidate } from '../filters.ts';

/** The values of one label. */
export interface Values {
  /** By index of the host: the number of its value. */
  readonly numbers: Int32Array;
  /** Value -> its number, from 0. */
  readonly byValue: ReadonlyMap<string, number>;
}

/** Each label is read once. */
export class Labels {
  readonly #candidates: readonly Candidate[];
  readonly #known = new Map<string, Values>();

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates;
  }

  valuesOf(label: string): Values {
    const known = this.#known.get(label) ?? valuesOf(this.#candidates.map((one) => labelOf(one, label)));
    this.#known.set(label, known);
    return known;
  }
}

/** The host's value of a label; hosts without it are one domain. */
export function labelOf({ host }: Pick<Candidate, 'host'>, label: string): string {
  return host.labels[label] ?? '';
}

function valuesOf(texts: readonly string[]): Values {
  const byValue = new Map([...new Set(texts)].map((value, number) => [value, number]));
  return { numbers: Int32Array.from(texts, (value) => byValue.get(value) ?? 0), byValue };
}

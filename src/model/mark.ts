/** Marks: what people said of a host by command. They are kept on the keepers, so every caller sees the same. */

/**
 * "cordoned": gets nothing new. "drained": gets nothing new and keeps nothing that may move. "none": a mark that was
 * taken away; it stays, so that an older one on a keeper that was away does not come back.
 */
export interface HostMark {
  readonly kind: 'cordoned' | 'drained' | 'none';
  /** Epoch milliseconds by the recording machine's clock, but later than any mark that it knew; the latest counts. */
  readonly at: number;
  /** ann@laptop */
  readonly by: string;
  /** For people: "maintain", "disk is failing"; "" when nobody said. */
  readonly why: string;
}

/** The one that counts of the marks that keepers have of a host, in any order. Of two of one time the stricter one. */
export function newestMark(marks: readonly HostMark[]): HostMark | undefined {
  return [...marks].sort((a, b) => b.at - a.at || STRICTNESS[b.kind] - STRICTNESS[a.kind] || byWords(a, b))[0];
}

const STRICTNESS = { none: 0, cordoned: 1, drained: 2 } as const;

function byWords(a: HostMark, b: HostMark): number {
  const [left, right] = [`${a.by}\0${a.why}`, `${b.by}\0${b.why}`];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

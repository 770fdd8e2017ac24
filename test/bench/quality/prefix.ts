/** How few of a row of things are enough. */

/** What came out of a search. */
export interface Fewest {
  /** Undefined when not even all were enough. */
  readonly count: number | undefined;
  /** Of the neighbours that were tried, more were always enough, too, and fewer never. */
  readonly isMonotone: boolean;
}

/** Neighbours on both sides that are tried after halving, which is right only where more never do harm. */
const NEIGHBOURS = 8;

/** The smallest count from `least` to `most` that is enough, as far as halving and the neighbours of its answer tell. */
export function fewest(isEnough: (count: number) => boolean, least: number, most: number): Fewest {
  if (!isEnough(most)) return { count: undefined, isMonotone: true };
  let [below, count] = [least - 1, most];
  while (count - below > 1) {
    const middle = (below + count) >> 1;
    if (isEnough(middle)) count = middle;
    else below = middle;
  }
  const above = rangeOf(count + 1, Math.min(most, count + NEIGHBOURS));
  let isMonotone = above.every(isEnough);
  for (;;) {
    const lower = rangeOf(Math.max(least, count - NEIGHBOURS), count - 1).find(isEnough);
    if (lower === undefined) return { count, isMonotone };
    [count, isMonotone] = [lower, false];
  }
}

function rangeOf(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

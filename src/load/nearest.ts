/** Did you mean: the known word nearest to a wrong one. */
import { distance } from 'fastest-levenshtein';

/** The word among `known` that a slip of the finger would turn into `word`; absent when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const most = (one: string) => Math.max(1, Math.floor(Math.max(word.length, one.length) / 3));
  const near = [...known]
    .sort()
    // Fewer steps than the lengths differ by there can not be; counting them for a word of a megabyte would take minutes.
    .filter((one) => Math.abs(word.length - one.length) <= most(one))
    .map((one) => ({ one, steps: stepsBetween(lower, one.toLowerCase()) }))
    .filter(({ one, steps }) => steps <= most(one))
    .sort((left, right) => left.steps - right.steps);
  return near[0]?.one;
}

/** `did you mean "image"?`, when there is a near word. */
export function nearestHint(word: string, known: readonly string[]): string | undefined {
  const found = nearest(word, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** Two letters swapped ("egde") are one slip, not two. */
function stepsBetween(left: string, right: string): number {
  const steps = distance(left, right);
  const sorted = (text: string) => [...text].sort().join('');
  return steps === 2 && sorted(left) === sorted(right) ? 1 : steps;
}

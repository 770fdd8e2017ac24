/** Did you mean: the known word nearest to a wrong one. */
import { closest, distance } from 'fastest-levenshtein';

/** The word among `known` that a slip of the finger would turn into `word`; absent when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const sorted = [...known].sort();
  const lower = word.toLowerCase();
  const best = closest(lower, sorted);
  const allowed = Math.max(1, Math.floor(Math.max(word.length, best.length) / 3));
  return distance(lower, best.toLowerCase()) <= allowed ? best : undefined;
}

/** `did you mean "image"?`, when there is a near word. */
export function nearestHint(word: string, known: readonly string[]): string | undefined {
  const found = nearest(word, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** From offsets in a text to lines and columns. */
import type { Location } from '../model/error.ts';
import type { Source } from './source.ts';

/** The place of what stands between two offsets. */
export type Locator = (start: number, end: number) => Location;

/** Places of a text. It counts lines itself: the parser's own counter misses some behind a document that is wrong. */
export function locator({ path, text }: Source): Locator {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const last = Math.max(0, text.trimEnd().length - 1);
  return (from, end) => {
    // What is missing at the end of the file is shown at its last letter.
    const start = Math.min(from, last);
    const line = lineOf(start, starts);
    const column = start - (starts[line - 1] ?? 0) + 1;
    const whole = text.slice(starts[line - 1], (starts[line] ?? text.length + 1) - 1);
    const shown = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
    const length = Math.max(1, Math.min(end - start, shown.length - column + 1));
    return { file: path, line, column, text: shown, length };
  };
}

/** The number of the last line that starts at or before the offset, from 1. */
function lineOf(offset: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

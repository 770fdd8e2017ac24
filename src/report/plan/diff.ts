/** The difference of two texts by lines, as `diff -u` shows it. */

/** A line of a difference: kept, taken out or put in. */
interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** How many lines around a change are shown. */
const CONTEXT = 3;

/** Lines put in and taken out. */
export function diffStat(before: string, after: string): { readonly added: number; readonly removed: number } {
  const edits = editsOf(linesOf(before), linesOf(after));
  return {
    added: edits.filter((edit) => edit.sign === '+').length,
    removed: edits.filter((edit) => edit.sign === '-').length,
  };
}

/** A unified difference without file names: hunks with three lines of context. Empty when the texts are equal. */
export function unifiedDiff(before: string, after: string): string[] {
  const edits = editsOf(linesOf(before), linesOf(after));
  const at = { index: 0, before: 0, after: 0 };
  return hunksOf(edits).flatMap(([from, to]) => formatHunk(edits, from, to, at));
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Equal lines at both ends are cut off first, so the table stays small for the usual small change. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [
    ...before.slice(0, head).map(kept),
    ...middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(kept),
  ];
}

/** A larger table of two texts would cost too much memory: those are cut at their anchors first. */
const MOST_ENTRIES = 4_000_000;

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  return (before.length + 1) * (after.length + 1) <= MOST_ENTRIES ? walked(before, after) : anchored(before, after);
}

/**
 * Lines that stand once in both texts, in an order that both have, are kept, and what lies between them is compared for
 * itself (patience difference, B. Cohen). Router files are nearly all such lines. Without any, all is taken out and put in.
 */
function anchored(before: readonly string[], after: readonly string[]): Edit[] {
  const anchors = anchorsOf(before, after);
  if (anchors.length === 0) return [...before.map(taken), ...after.map(put)];
  const edits: Edit[] = [];
  let [row, column] = [0, 0];
  for (const [left, right] of [...anchors, [before.length, after.length] as const]) {
    for (const edit of editsOf(before.slice(row, left), after.slice(column, right))) edits.push(edit);
    const line = before[left];
    if (line !== undefined) edits.push(kept(line));
    [row, column] = [left + 1, right + 1];
  }
  return edits;
}

/** Places of the anchors in both texts, in order: the longest series of them that rises in both (M. Fredman, 1975). */
function anchorsOf(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const left = onceIn(before);
  const right = onceIn(after);
  const pairs = [...left].flatMap(([line, row]): [number, number][] => {
    const column = right.get(line);
    return row < 0 || column === undefined || column < 0 ? [] : [[row, column]];
  });
  pairs.sort(([a], [b]) => a - b);
  const ends: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  for (const [index, [, column]] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < column) low = middle + 1;
      else high = middle;
    }
    previous[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  }
  const series: (readonly [number, number])[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) series.push(pair);
  }
  return series.reverse();
}

/** Line -> its place; -1 for those that stand there more than once. */
function onceIn(lines: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [index, line] of lines.entries()) places.set(line, places.has(line) ? -1 : index);
  return places;
}

/** Walks the table of longest common subsequences from its start. */
function walked(before: readonly string[], after: readonly string[]): Edit[] {
  const longest = commonLengths(before, after);
  const at = (row: number, column: number): number => longest[row]?.[column] ?? 0;
  const edits: Edit[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const left = before[row];
    const right = after[column];
    if (left !== undefined && left === right) {
      edits.push(kept(left));
      row += 1;
      column += 1;
    } else if (left !== undefined && (right === undefined || at(row + 1, column) >= at(row, column + 1))) {
      edits.push(taken(left));
      row += 1;
    } else if (right !== undefined) {
      edits.push(put(right));
      column += 1;
    }
  }
  return edits;
}

/** Entry [r][c]: length of the longest common subsequence of `before` from r and `after` from c. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row -= 1) {
    const here = table[row];
    const below = table[row + 1];
    if (here === undefined || below === undefined) continue;
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const same = before[row] === after[column];
      here[column] = same ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, here[column + 1] ?? 0);
    }
  }
  return table;
}

/** Ranges [from, to) of edits that hold changes with their context, merged where they touch. */
function hunksOf(edits: readonly Edit[]): [number, number][] {
  const hunks: [number, number][] = [];
  for (const [index, edit] of edits.entries()) {
    if (edit.sign === ' ') continue;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(edits.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

/** `at` is how far earlier hunks have counted: the edit, and the lines of both texts before it. */
function formatHunk(
  edits: readonly Edit[],
  from: number,
  to: number,
  at: { index: number; before: number; after: number },
): string[] {
  const count = (until: number): void => {
    for (; at.index < until; at.index++) {
      const sign = edits[at.index]?.sign;
      if (sign !== '+') at.before++;
      if (sign !== '-') at.after++;
    }
  };
  count(from);
  const [before, after] = [at.before, at.after];
  count(to);
  const places = `-${range(before, at.before - before)} +${range(after, at.after - after)}`;
  return [`@@ ${places} @@`, ...edits.slice(from, to).map((edit) => `${edit.sign}${edit.line}`)];
}

function range(start: number, length: number): string {
  return `${start + (length === 0 ? 0 : 1)},${length}`;
}

function kept(line: string): Edit {
  return { sign: ' ', line };
}

function taken(line: string): Edit {
  return { sign: '-', line };
}

function put(line: string): Edit {
  return { sign: '+', line };
}

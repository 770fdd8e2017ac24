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
  return hunksOf(edits).flatMap(([from, to]) => formatHunk(edits, from, to));
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

/** Walks the table of longest common subsequences from its start. */
function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
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
      edits.push({ sign: '-', line: left });
      row += 1;
    } else if (right !== undefined) {
      edits.push({ sign: '+', line: right });
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

function formatHunk(edits: readonly Edit[], from: number, to: number): string[] {
  const earlier = edits.slice(0, from);
  const hunk = edits.slice(from, to);
  return [
    `@@ -${range(earlier, hunk, '+')} +${range(earlier, hunk, '-')} @@`,
    ...hunk.map((edit) => `${edit.sign}${edit.line}`),
  ];
}

function range(earlier: readonly Edit[], hunk: readonly Edit[], other: '-' | '+'): string {
  const length = hunk.filter((edit) => edit.sign !== other).length;
  const start = earlier.filter((edit) => edit.sign !== other).length + (length === 0 ? 0 : 1);
  return `${start},${length}`;
}

function kept(line: string): Edit {
  return { sign: ' ', line };
}

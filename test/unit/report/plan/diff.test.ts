import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffStat, unifiedDiff } from '../../../../src/report/plan/diff.ts';

const lines = (...numbers: number[]): string => numbers.map((number) => `line ${number}\n`).join('');

test('a change in the middle shows three lines on both sides and its place', () => {
  const before = lines(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const after = before.replace('line 5\n', 'line five\nand a half\n');
  expect(unifiedDiff(before, after)).toEqual([
    '@@ -2,7 +2,8 @@',
    ' line 2',
    ' line 3',
    ' line 4',
    '-line 5',
    '+line five',
    '+and a half',
    ' line 6',
    ' line 7',
    ' line 8',
  ]);
});

test('changes far from each other are two hunks', () => {
  const before = lines(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const after = before.replace('line 1\n', '').replace('line 12\n', '');
  expect(unifiedDiff(before, after).filter((line) => line.startsWith('@@'))).toEqual([
    '@@ -1,4 +1,3 @@',
    '@@ -9,4 +8,3 @@',
  ]);
});

test('a new file is all put in, and equal texts have no difference', () => {
  expect(unifiedDiff('', 'a\nb\n')).toEqual(['@@ -0,0 +1,2 @@', '+a', '+b']);
  expect(unifiedDiff('a\n', 'a\n')).toEqual([]);
});

test('the lines without "+" are the text before, the lines without "-" the text after', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((all) => all.map((line) => `${line}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      // With context of three, short texts are one hunk that holds every line from the first change's context on.
      const { added, removed } = diffStat(before, after);
      expect(before.split('\n').length - removed + added).toBe(after.split('\n').length);
      const edits = unifiedDiff(before, after).filter((line) => !line.startsWith('@@'));
      const olds = edits.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
      const news = edits.filter((line) => !line.startsWith('-')).map((line) => line.slice(1));
      expect(isSubsequence(olds, before.split('\n'))).toBe(true);
      expect(isSubsequence(news, after.split('\n'))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

function isSubsequence(some: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const line of all) if (line === some[at]) at += 1;
  return at === some.length;
}

test('two long texts are compared by the lines that stand once in both', () => {
  const numbers = Array.from({ length: 12_000 }, (_, index) => index);
  const before = lines(...numbers);
  const after = lines(...numbers.flatMap((number) => (number % 60 === 7 ? [-number] : [number])));
  expect(diffStat(before, after)).toEqual({ added: 200, removed: 200 });
  const difference = unifiedDiff(before, after);
  expect(difference.slice(0, 5)).toEqual(['@@ -5,7 +5,7 @@', ' line 4', ' line 5', ' line 6', '-line 7']);
  expect(difference.filter((line) => line.startsWith('@@')).at(-1)).toBe('@@ -11945,7 +11945,7 @@');
});

test('long texts without a line in common are taken out and put in', () => {
  const before = lines(...Array.from({ length: 3000 }, (_, index) => index));
  const after = lines(...Array.from({ length: 3000 }, (_, index) => -1 - index));
  expect(diffStat(before, after)).toEqual({ added: 3000, removed: 3000 });
});

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

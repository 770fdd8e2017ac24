import { expect, test } from 'vitest';
import { lineReader } from '../../../src/model/lines.ts';

function linesOf(...chunks: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const reader = lineReader((line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

test('lines come whole, however they were cut, and the last one needs no end', () => {
  expect(linesOf('a\nb', 'c\n', '\nd')).toEqual(['a', 'bc', '', 'd']);
  expect(linesOf('a\n')).toEqual(['a']);
});

test('a line without an end does not fill the memory, and what comes after it is read', () => {
  const flood = Array.from({ length: 40 }, () => 'x'.repeat(100_000));
  expect(linesOf('a\n', ...flood, '\nb\n')).toEqual(['a', 'b']);
});

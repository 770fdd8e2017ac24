import { expect, test } from 'vitest';
import { maskOf } from '../../../src/execute/mask.ts';
import { quote } from '../../../src/model/quote.ts';

function maskFor(...values: readonly string[]): (text: string) => string {
  return maskOf(new Map(values.map((value, index) => [`s${index}`, Buffer.from(value)])));
}

test('a value is masked as it is, trimmed, quoted, escaped, in base64 and in a URL', () => {
  const value = 'pa$$ "wörd\'/+\n';
  const mask = maskFor(value);
  const shown = [
    value,
    value.trim(),
    quote(value.trim()),
    JSON.stringify(value.trim()),
    Buffer.from(value).toString('base64'),
    Buffer.from(value.trim()).toString('base64'),
    encodeURIComponent(value.trim()),
  ];
  for (const text of shown) expect(mask(`<${text}>`)).toMatch(/^<["']?\*\*\*=*["']?>$/);
});

test('each line of a key file is masked', () => {
  expect(maskFor('first line\nsecond line\n')('got second line')).toBe('got ***');
});

test('of two values one in the other the longer one is masked whole', () => {
  expect(maskFor('swordfish', 'swordfish-2026')('is swordfish-2026')).toBe('is ***');
});

test('a value under four characters masks nothing', () => {
  expect(maskFor('abc', '', '\n')('abc')).toBe('abc');
});

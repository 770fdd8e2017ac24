import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { filled, line, quote } from '../../../src/model/quote.ts';

// A busy machine may take its time over hundreds of shells; what is tested is not speed.
vi.setConfig({ testTimeout: 60_000 });

test('a plain word stays as it is', () => {
  expect(quote('nginx:1.30')).toBe('nginx:1.30');
});

test('an empty word is two quotes', () => {
  expect(quote('')).toBe("''");
});

test('a NUL byte is refused', () => {
  expect(() => quote('a\0b')).toThrow('NUL');
});

test('any words come back from a real shell as they went in, and nothing in them runs', () => {
  const word = fc.string({ unit: fc.constantFrom(...'ab \'"$`\\\n\t;&|<>(){}[]*?!#~=%ü€\u{1F600}'.split(/(?:)/u)) });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const printed = execFileSync('/bin/sh', ['-c', line('printf', '%s\\0', ...words)]).toString();
      expect(printed.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 150 },
  );
});

test('a line that is filled in is the line that is made, whatever the word', () => {
  const make = (word: string): string => `docker rm ${quote(word)} || ! docker inspect ${quote(word)}`;
  const fill = filled(make);
  fc.assert(fc.property(fc.string(), (word) => word.includes('\0') || fill(word) === make(word)));
  expect(fill("it's $& shop.web.1.1")).toBe(make("it's $& shop.web.1.1"));
  expect(fill('shop.web.1.1')).toBe('docker rm shop.web.1.1 || ! docker inspect shop.web.1.1');
});

import { expect, test } from 'vitest';
import { once, pairwise } from '../../../src/compile/pairwise.ts';

test('what was made of a value is given again, also when it is nothing', () => {
  const asked: string[] = [];
  const make = once((word: string) => {
    asked.push(word);
    return word === 'a' ? [word] : undefined;
  });
  expect(make('a')).toBe(make('a'));
  expect([make('b'), make('b')]).toEqual([undefined, undefined]);
  expect(asked).toEqual(['a', 'b']);
});

test('what was made of two values is given for those two only', () => {
  const make = pairwise((one: object, other: string) => ({ one, other }));
  const [first, second] = [{}, {}];
  expect(make(first, 'a')).toBe(make(first, 'a'));
  expect(make(first, 'a')).not.toBe(make(first, 'b'));
  expect(make(first, 'a')).not.toBe(make(second, 'a'));
});

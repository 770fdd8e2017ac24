import { expect, test } from 'vitest';
import { canonicalJson, digestOf, foldedDigest } from '../../../src/model/digest.ts';

const LONG = 'x'.repeat(2000);
const list = (last: number) => [1, 2, 3, 4, { b: last, a: LONG }];

test('canonical JSON sorts keys at every depth and leaves out what is undefined', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined, A: 'ü"\n' })).toBe(
    '{"A":"ü\\"\\n","b":[{"c":null,"d":1}]}',
  );
});

test('equal values have equal digests, whatever their order of keys', () => {
  expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
  expect(foldedDigest({ a: 1, b: list(7) })).toBe(foldedDigest({ b: list(7), a: 1 }));
});

test('a folded digest is the same for one list in two places and for two equal lists', () => {
  const shared = list(1);
  expect(foldedDigest([shared, shared])).toBe(foldedDigest([list(1), list(1)]));
});

test.each([
  ['deep in a long list', { a: list(1) }, { a: list(2) }],
  ['at the end of a long text', [LONG], [`${LONG}y`]],
  ['between a list and its own text', [list(1)], [canonicalJson(list(1))]],
  ['in the order of a list', [1, 2, 3, 4], [1, 2, 4, 3]],
])('a folded digest tells a difference %s', (_, left, right) => {
  expect(foldedDigest(left)).not.toBe(foldedDigest(right));
});

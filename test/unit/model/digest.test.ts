import { expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../../../src/model/digest.ts';

test('canonical JSON sorts keys at every depth and leaves out what is undefined', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined, A: 'ü"\n' })).toBe(
    '{"A":"ü\\"\\n","b":[{"c":null,"d":1}]}',
  );
});

test('equal values have equal digests, whatever their order of keys', () => {
  expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
});

import fc from 'fast-check';
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

test('keys are in order as text, also those that are numbers', () => {
  expect(canonicalJson({ web: { 9: 'b', 10: 'a', '-1': 'c' }, '01': 1 })).toBe(
    '{"01":1,"web":{"-1":"c","10":"a","9":"b"}}',
  );
});

test('any value is read back from its canonical JSON, and one with other keys first has the same', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const);
    return Object.fromEntries(entries.reverse());
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = canonicalJson(value);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(json);
    }),
  );
});

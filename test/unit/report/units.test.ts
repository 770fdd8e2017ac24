import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTime } from '../../../src/report/units.ts';

test('a time is UTC to the second, as the calendar has it', () => {
  const years = { min: 0, max: Date.UTC(9999, 11, 31) };
  fc.assert(
    fc.property(fc.integer(years), (at) => {
      expect(formatTime(at)).toBe(new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'));
    }),
  );
  expect(formatTime(Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toBe('2024-02-29T23:59:59Z');
  expect(formatTime(Date.UTC(2100, 2, 1))).toBe('2100-03-01T00:00:00Z');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronProblem, formatMoment, instantOf, isTimeZone, nextStart } from '../../../src/model/calendar.ts';
import type { ScaleWindow } from '../../../src/model/scale.ts';
import { isHeld, spansOf } from '../../../src/model/windows.ts';

const at = (iso: string): number => Date.parse(iso);
const next = (cron: string, timeZone: string, after: string): string =>
  new Date(nextStart({ cron, timeZone }, at(after)) ?? Number.NaN).toISOString();

test.each([
  ['@daily', undefined],
  ['0 8 * * MON-FRI', undefined],
  ['*/5 0-6 L * *', undefined],
  ['0 8 * *', 'it does not have five fields'],
  ['2026-11-27T08:00:00', 'it does not have five fields'],
  ['? 8 * * *', '"?" has no meaning of its own'],
  ['0 8 31 6 *', 'no such day ever comes'],
  ['61 * * * *', 'Invalid value for minute: 61'],
])('the cron line "%s" has the problem %j', (cron, problem) => {
  expect(cronProblem(cron)).toBe(problem);
});

test('a start is later than the time asked for, also when that is a start itself or a part of a second past', () => {
  expect(next('0 8 * * *', 'UTC', '2026-11-25T07:59:59.999Z')).toBe('2026-11-25T08:00:00.000Z');
  expect(next('0 8 * * *', 'UTC', '2026-11-25T08:00:00.000Z')).toBe('2026-11-26T08:00:00.000Z');
  expect(next('0 8 * * *', 'UTC', '2026-11-25T08:00:00.001Z')).toBe('2026-11-26T08:00:00.000Z');
});

test('summer time: what is skipped comes right after, and what comes twice counts once', () => {
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
});

test('local times become instants, and instants local times', () => {
  expect(instantOf('2026-11-27T08:00:00', 'Europe/Berlin')).toBe(at('2026-11-27T07:00:00Z'));
  expect(instantOf('2026-07-27T08:00:00', 'Europe/Berlin')).toBe(at('2026-07-27T06:00:00Z'));
  expect(instantOf('2026-03-29T02:30:00', 'Europe/Berlin')).toBe(at('2026-03-29T01:30:00Z'));
  expect(formatMoment(at('2026-11-26T23:05:09Z'), 'Europe/Berlin')).toBe('2026-11-27 00:05 Europe/Berlin');
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Europe/Berln', false],
  ['+01:00', false],
  ['', false],
])('that "%s" is a time zone is %s', (name, is) => {
  expect(isTimeZone(name)).toBe(is);
});

const daily: ScaleWindow = {
  kind: 'cron',
  cron: '0 8 * * *',
  durationMs: 7_200_000,
  replicas: 4,
  timeZone: 'Europe/Berlin',
  warmUpMs: 600_000,
};

test('a window is held from its warm-up until just before its end', () => {
  const held = ['06:49:59.999Z', '06:50:00.000Z', '08:59:59.999Z', '09:00:00.000Z'].map((time) =>
    isHeld(daily, at(`2026-11-27T${time}`)),
  );
  expect(held).toEqual([false, true, true, false]);
  const dates: ScaleWindow = {
    kind: 'dates',
    startAt: 10_000,
    endAt: 20_000,
    replicas: 4,
    timeZone: 'UTC',
    warmUpMs: 1000,
  };
  expect([8999, 9000, 19_999, 20_000].map((time) => isHeld(dates, time))).toEqual([false, true, true, false]);
});

test('a window is held exactly when one of its spans says so, on every day of a year', () => {
  const year = { from: at('2026-01-01T00:00:00Z'), until: at('2027-01-01T00:00:00Z'), most: 1000 };
  const spans = spansOf(daily, year);
  expect(spans).toHaveLength(365);
  fc.assert(
    fc.property(fc.integer({ min: year.from, max: year.until - 86_400_000 }), (time) => {
      const inside = spans.some(({ heldFrom, endAt }) => heldFrom <= time && time < endAt);
      expect(isHeld(daily, time)).toBe(inside);
    }),
    { numRuns: 200 },
  );
});

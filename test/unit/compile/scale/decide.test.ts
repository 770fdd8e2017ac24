import { expect, test } from 'vitest';
import { type AppScale, decideScale, noteScale, type ScaleSight } from '../../../../src/compile/scale/decide.ts';
import type { ScalePolicy, ScaleWindow } from '../../../../src/model/scale.ts';
import { service } from '../../../support/compile/worlds.ts';

const NOW = Date.parse('2026-11-27T07:00:00Z');
const HOUR = 3_600_000;

const policy = (more: Partial<ScalePolicy>): ScalePolicy => ({ upAfterMs: 0, downAfterMs: 0, windows: [], ...more });

const window = (from: number, until: number, replicas: number): ScaleWindow => ({
  ...{ kind: 'dates', replicas, timeZone: 'UTC', warmUpMs: 0 },
  ...{ startAt: NOW + from, endAt: NOW + until },
});

const sight = (more: Partial<ScaleSight>): ScaleSight => ({
  ...{ services: [], record: {}, now: NOW, load: {}, cpuSince: undefined, memory: {} },
  ...more,
});

test('services that want another number are named with it, sorted, and all others are left alone', () => {
  const held = policy({ windows: [window(-HOUR, HOUR, 6)] });
  const services = [
    service('web', { replicas: 3, scale: held }),
    service('api', { replicas: 2, scale: held }),
    service('enough', { replicas: 7, scale: held }),
    service('plain', { replicas: 1 }),
  ];
  const because = 'window of 2026-11-27 06:00 UTC: at least 6';
  const { changes, isSettled } = decideScale(sight({ services }));
  expect(changes).toEqual([
    { service: 'api', from: 2, to: 6, because, measured: {} },
    { service: 'web', from: 3, to: 6, because, measured: {} },
  ]);
  expect(isSettled).toBe(false);
});

test('after a window a service goes back to what people declared, not to what the watcher asked for', () => {
  const services = [service('web', { replicas: 3, scale: policy({ windows: [window(-HOUR, 0, 9)] }) })];
  const record = { replicas: { web: 4 }, scaled: { web: 9 } };
  expect(decideScale(sight({ services, record })).changes).toMatchObject([{ service: 'web', from: 9, to: 4 }]);
});

test('it is known when the calendar asks for something else next, within a day', () => {
  const next = (...windows: ScaleWindow[]) =>
    decideScale(sight({ services: [service('web', { scale: policy({ windows }) })] })).nextAt;
  expect(next(window(2 * HOUR, 5 * HOUR, 9))).toBe(NOW + 2 * HOUR);
  expect(next(window(-HOUR, HOUR, 9), window(2 * HOUR, 5 * HOUR, 9))).toBe(NOW + HOUR);
  expect(next(window(-HOUR, 0, 9))).toBeUndefined();
  expect(next(window(48 * HOUR, 50 * HOUR, 9))).toBeUndefined();
  const cron: ScaleWindow = {
    ...{ kind: 'cron', cron: '0 8 * * *', durationMs: 2 * HOUR },
    ...{ replicas: 9, timeZone: 'UTC', warmUpMs: 600_000 },
  };
  expect(next(cron)).toBe(NOW + HOUR - 600_000);
});

test('cpu that was measured since before the number changed is not believed', () => {
  const services = [service('web', { replicas: 3, scale: policy({ max: 20, cpuShare: 0.5 }) })];
  const load = { web: { cpuShare: 1 } };
  const look = (at: number, cpuSince: number | undefined, memory: AppScale, scaled?: number) =>
    decideScale(
      sight({ services, load, cpuSince, memory, now: NOW + at, record: scaled ? { scaled: { web: scaled } } : {} }),
    );
  const first = look(0, undefined, {});
  expect(first.changes).toEqual([]);
  const second = look(30_000, NOW, first.memory);
  expect(second.changes).toMatchObject([{ from: 3, to: 6, measured: { cpuShare: 1 } }]);
  const third = look(60_000, NOW + 30_000, second.memory, 6);
  expect(third.changes).toEqual([]);
  expect(look(90_000, NOW + 60_000, third.memory, 6).changes).toMatchObject([{ from: 6, to: 12 }]);
});

test('a service whose change failed rests for growing times, and the others do not', () => {
  const held = policy({ windows: [window(-HOUR, HOUR, 6)] });
  const services = [service('api', { scale: held }), service('web', { scale: held })];
  const at = (ms: number, memory: AppScale) => decideScale(sight({ services, memory, now: NOW + ms }));
  const names = ({ changes }: ReturnType<typeof at>) => changes.map((change) => change.service);
  const failed = (memory: AppScale, ms: number) =>
    noteScale(memory, { services: ['web'], end: 'failed', at: NOW + ms });
  const once = failed(at(0, {}).memory, 0);
  const resting = at(10_000, once);
  expect([names(resting), resting.isSettled, resting.nextAt]).toEqual([['api'], false, NOW + 30_000]);
  expect(names(at(30_000, once))).toEqual(['api', 'web']);
  const twice = failed(once, 30_000);
  expect([names(at(89_000, twice)), names(at(90_000, twice))]).toEqual([['api'], ['api', 'web']]);
  const done = noteScale(twice, { services: ['web'], end: 'done', at: NOW + 90_000 });
  expect(at(90_000, done).memory.web).toMatchObject({ failures: 0, restsUntil: 0 });
});

test('a service that a person scaled to nothing is left alone, whatever the calendar says', () => {
  const services = [service('web', { replicas: 3, scale: policy({ windows: [window(-HOUR, HOUR, 6)] }) })];
  expect(decideScale(sight({ services, record: { replicas: { web: 0 } } }))).toMatchObject({
    changes: [],
    isSettled: true,
  });
});

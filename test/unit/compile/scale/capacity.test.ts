import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { windowsAhead } from '../../../../src/compile/scale/ahead.ts';
import { instantOf } from '../../../../src/model/calendar.ts';
import type { ScalePolicy, ScaleWindow } from '../../../../src/model/scale.ts';
import { deployed, planOf, now as seen } from '../../../support/compile/deployed.ts';
import { MIB, service, world } from '../../../support/compile/worlds.ts';

const ZONE = 'Europe/Berlin';
const at = (local: string): number => instantOf(local, ZONE);
const dates = (start: string, end: string, replicas: number): ScaleWindow => ({
  kind: 'dates',
  startAt: at(start),
  endAt: at(end),
  replicas,
  timeZone: ZONE,
  warmUpMs: 600_000,
});
const scale = (...windows: ScaleWindow[]): ScalePolicy => ({ upAfterMs: 30_000, downAfterMs: 300_000, windows });
const weekdays: ScaleWindow = {
  kind: 'cron',
  cron: '0 8 * * 1-5',
  durationMs: 36_000_000,
  replicas: 3,
  timeZone: ZONE,
  warmUpMs: 300_000,
};

const campaign = dates('2026-11-27T08:00:00', '2026-11-30T23:59:00', 12);
const NOW = at('2026-11-25T12:00:00');

test('moments are when windows begin to be held, with what all services want then', () => {
  const moments = windowsAhead({
    services: [
      { name: 'web', replicas: 4, scale: scale(campaign, dates('2026-11-28T10:00:00', '2026-11-28T11:00:00', 20)) },
      { name: 'api', replicas: 5, scale: scale(weekdays) },
      { name: 'db', replicas: 1 },
    ],
    now: NOW,
    days: 4,
  });
  expect(moments).toEqual([
    { at: NOW, replicas: { api: 5 }, opening: [{ service: 'api', start: '2026-11-25 08:00 Europe/Berlin' }] },
    {
      at: at('2026-11-26T07:55:00'),
      replicas: { api: 5 },
      opening: [{ service: 'api', start: '2026-11-26 08:00 Europe/Berlin' }],
    },
    {
      at: at('2026-11-27T07:50:00'),
      replicas: { web: 12 },
      opening: [{ service: 'web', start: '2026-11-27 08:00 Europe/Berlin' }],
    },
    {
      at: at('2026-11-27T07:55:00'),
      replicas: { api: 5, web: 12 },
      opening: [{ service: 'api', start: '2026-11-27 08:00 Europe/Berlin' }],
    },
    {
      at: at('2026-11-28T09:50:00'),
      replicas: { web: 20 },
      opening: [{ service: 'web', start: '2026-11-28 10:00 Europe/Berlin' }],
    },
  ]);
});

test('a window that is over, and one that is more than the days away, are no moments', () => {
  const services = [{ name: 'web', replicas: 4, scale: scale(campaign) }];
  expect(windowsAhead({ services, now: at('2026-11-19T07:00:00'), days: 7 })).toEqual([]);
  expect(windowsAhead({ services, now: campaign.kind === 'dates' ? campaign.endAt : 0, days: 7 })).toEqual([]);
});

/** Three hosts of 4 cpus and 8 GiB: eleven of web fit beside one api that reserves as much. */
const shop = (...windows: ScaleWindow[]) =>
  world({
    hosts: 3,
    services: [
      service('web', {
        replicas: 4,
        ports: ['8080'],
        reservation: { cpus: 1, memoryBytes: 512 * MIB },
        scale: scale(...windows),
      }),
      service('api', { ports: ['9000'], reservation: { cpus: 1, memoryBytes: 512 * MIB } }),
    ],
  });

const ahead = (question: ReturnType<typeof shop>, now = NOW): readonly string[] =>
  planOf({ ...question, now })
    .warnings.filter(({ code }) => code.endsWith('_AHEAD'))
    .map(({ code, message }) => `${code} ${message}`);

test('what will not fit is a warning with numbers, days ahead, whether or not anything is to be done now', () => {
  const warning =
    'W_CAPACITY_AHEAD window of 2026-11-27 08:00 Europe/Berlin: web 12: web: 1 of 12 replicas fits nowhere; each needs 1 cpu and 512 MiB; 3 hosts: 3 lack cpu: vm1 has 0 cpu free, vm2 has 0 cpu free, vm3 has 0 cpu free; smallest change that would do: 1 cpu more on vm1, or replicas: 11';
  const question = shop(campaign);
  expect(ahead(question)).toEqual([warning]);
  const running = seen(question, deployed(question));
  expect(planOf(running).steps).toEqual([]);
  expect(ahead(running)).toEqual([warning]);
});

test('what will fit is noted once, however often it comes', () => {
  expect(ahead(shop({ ...weekdays, replicas: 9 }))).toEqual([
    'N_CAPACITY_AHEAD window of 2026-11-25 08:00 Europe/Berlin, and 5 more times within 7 days: web 9: fits, 2 cpu and 19456 MiB stay free',
  ]);
});

test('the time changes nothing of a plan but its warnings, and without it nothing is looked ahead', () => {
  const question = shop(campaign);
  const { warnings: _, ...plan } = planOf({ ...question, now: NOW });
  const { warnings, ...without } = planOf(question);
  expect(plan).toEqual(without);
  expect(warnings.filter(({ code }) => code.endsWith('_AHEAD'))).toEqual([]);
});

test('a window and a priority are no part of what shapes a container', () => {
  const question = shop(campaign);
  const services = question.playbook.services.map(({ scale: _, ...one }) => ({ ...one, priority: 5 }));
  const other = { ...question, playbook: { ...question.playbook, services } };
  const starts = (one: Question): string[] =>
    planOf(one).steps.flatMap(({ id, commands }) => (id.startsWith('start') ? [JSON.stringify(commands)] : []));
  expect(starts(question)).toEqual(starts(other));
});

import { expect, test } from 'vitest';
import { playbookFrom } from '../support/memory.ts';

/** The service `web` with this x-fleet, and what is said about it. */
async function web(fleet: string, more = '') {
  const { playbook, notes } = await playbookFrom(
    `services:\n  web:\n    image: nginx:1.30\n    expose: ["80"]\n${more}    x-fleet:\n      protocol: http\n${fleet}`,
  );
  return { service: playbook.services[0], notes };
}

const CPUS = '    deploy: { resources: { reservations: { cpus: "0.5" } } }\n';
const at = (iso: string): number => Date.parse(iso);

test('targets have their bounds, and times their defaults', async () => {
  const { service, notes } = await web(
    '      scale: { min: 2, max: "8", cpu: 70 %, requests_per_second: 12.5 }\n      priority: -3',
    CPUS,
  );
  expect(service).toMatchObject({ replicas: 2, priority: -3 });
  expect(service?.scale).toEqual({
    min: 2,
    max: 8,
    cpuShare: 0.7,
    requestsPerSecond: 12.5,
    upAfterMs: 30_000,
    downAfterMs: 300_000,
    windows: [],
  });
  expect(notes).toEqual([]);
});

test('windows are times in their zone, and take what they leave out from the scale', async () => {
  const { service } = await web(`
      scale:
        time_zone: Europe/Berlin
        warm_up: 10m
        scale_up_after: 1m
        scale_down_after: 10m
        windows:
          - { start: 2026-11-27 08:00, end: 2026-11-30T23:59:59, replicas: 12 }
          - { start: 2026-07-01 08:00, end: 2026-07-01 09:00, replicas: 4, time_zone: America/New_York, warm_up: 0s }
          - { cron: " 0 8 * * MON-FRI ", duration: 10h, replicas: 3 }`);
  const berlin = { timeZone: 'Europe/Berlin', warmUpMs: 600_000 };
  expect(service).toMatchObject({ replicas: 1 });
  expect(service?.scale).toEqual({
    upAfterMs: 60_000,
    downAfterMs: 600_000,
    windows: [
      {
        kind: 'dates',
        replicas: 12,
        ...berlin,
        startAt: at('2026-11-27T07:00:00Z'),
        endAt: at('2026-11-30T22:59:59Z'),
      },
      {
        kind: 'dates',
        replicas: 4,
        timeZone: 'America/New_York',
        warmUpMs: 0,
        startAt: at('2026-07-01T12:00:00Z'),
        endAt: at('2026-07-01T13:00:00Z'),
      },
      { kind: 'cron', replicas: 3, ...berlin, cron: '0 8 * * MON-FRI', durationMs: 36_000_000 },
    ],
  });
});

test('UTC and five minutes are taken where nothing is said of zone and warm-up', async () => {
  const { service } = await web('      scale: { windows: [{ cron: "@daily", duration: 1h, replicas: 3 }] }');
  expect(service?.scale?.windows).toEqual([
    { kind: 'cron', replicas: 3, timeZone: 'UTC', warmUpMs: 300_000, cron: '@daily', durationMs: 3_600_000 },
  ]);
});

test('without scale and priority a service has neither key', async () => {
  const { service } = await web('      read_timeout: 5s');
  expect(Object.keys(service ?? {}).filter((key) => key === 'scale' || key === 'priority')).toEqual([]);
});

test('windows that overlap with another number are noted, in whatever form they are, those that meet are not', async () => {
  const { notes } = await web(`
      scale:
        warm_up: 0s
        windows:
          - { start: 2026-11-27 08:00, end: 2026-11-28 08:00, replicas: 12 }
          - { start: 2026-11-28 07:00, end: 2026-11-29 08:00, replicas: 8 }
          - { start: 2026-11-29 08:00, end: 2026-11-30 08:00, replicas: 9 }
          - { cron: "0 5 28 * *", duration: 1h, replicas: 5 }
          - { cron: "30 5 * * SAT", duration: 1h, replicas: 6 }
          - { cron: "45 5 * * SAT", duration: 10m, replicas: 6 }
          - { cron: "0 12 * * *", duration: 1h, replicas: 7, warm_up: 10m }`);
  const note = 'services.web.x-fleet.scale.windows';
  expect(notes).toEqual([
    `${note}[1]: overlaps with windows[0], first at 2026-11-28 07:00 UTC: the greater number counts, 12`,
    `${note}[3]: overlaps with windows[0], first at 2026-11-28 05:00 UTC: the greater number counts, 12`,
    `${note}[4]: overlaps with windows[0], first at 2026-11-28 05:30 UTC: the greater number counts, 12`,
    `${note}[4]: overlaps with windows[3], first at 2026-02-28 05:30 UTC: the greater number counts, 6`,
    `${note}[5]: overlaps with windows[0], first at 2026-11-28 05:45 UTC: the greater number counts, 12`,
    `${note}[5]: overlaps with windows[3], first at 2026-02-28 05:45 UTC: the greater number counts, 6`,
    `${note}[6]: overlaps with windows[0], first at 2026-11-27 11:50 UTC: the greater number counts, 12`,
    `${note}[6]: overlaps with windows[1], first at 2026-11-28 11:50 UTC: the greater number counts, 8`,
    `${note}[6]: overlaps with windows[2], first at 2026-11-29 11:50 UTC: the greater number counts, 9`,
  ]);
});

test('a window that asks for no more than is always there is noted', async () => {
  const note = 'services.web.x-fleet.scale.windows[0]: changes nothing, there are never fewer than';
  const daily = (replicas: number) => `windows: [{ cron: "@daily", duration: 1h, replicas: ${replicas} }]`;
  expect((await web(`      scale: { min: 3, ${daily(3)} }`)).notes).toEqual([`${note} 3 replicas`]);
  expect((await web(`      scale: { ${daily(4)} }`, '    deploy: { replicas: 4 }\n')).notes).toEqual([
    `${note} 4 replicas`,
  ]);
  const measured = `      scale: { min: 2, max: 9, requests_per_second: 5, ${daily(4)} }`;
  expect((await web(measured, '    deploy: { replicas: 4 }\n')).notes).toEqual([]);
});

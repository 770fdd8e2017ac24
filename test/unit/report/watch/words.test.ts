import { expect, test } from 'vitest';
import type { News, Report } from '../../../../src/model/report.ts';
import type { ScaleChange } from '../../../../src/model/scale.ts';
import { PLAIN } from '../../../../src/report/palette.ts';
import { formatReport, formatReportJson } from '../../../../src/report/watch/lines.ts';
import { repairSentences } from '../../../../src/report/watch/repair.ts';
import { reportWords } from '../../../../src/report/watch/words.ts';
import { aPlan, aStep, theUpdate } from '../../../support/plan-builders.ts';

const AT = 1_764_064_800_000;
const message = 'host vm3 (10.0.0.3:22): no answer';
const web = { app: 'shop', service: 'web' } as const;

function change(service: string, from: number, to: number): ScaleChange {
  const because = `window of 2026-11-27 08:00 Europe/Berlin: at least ${to}`;
  return { service, from, to, because, measured: {} };
}

/** Each kind of report once, in the words of people. */
const NEWS: readonly News[] = [
  { kind: 'watch-started', hosts: 6, apps: ['blog', 'shop'] },
  { kind: 'watch-started', hosts: 1, apps: [] },
  { kind: 'watch-ended' },
  { kind: 'cut-off', up: 2, hosts: 6, withoutDocker: 0 },
  { kind: 'cut-off', up: 2, hosts: 6, withoutDocker: 3 },
  { kind: 'cut-off-over', up: 5, hosts: 6, afterMs: 61_000 },
  { kind: 'reloaded', hosts: 7 },
  { kind: 'reload-failed', message: 'inventory/lab.yaml:3:1: unknown key' },
  { kind: 'notify-failed', way: 'webhook', message: 'it answered HTTP 500' },
  { kind: 'notify-failed', way: 'command', message: 'it ended with code 1' },
  { kind: 'trouble', message: 'x is not a function' },
  { kind: 'host-lost', host: 'vm3', cause: 'silent', message, replicas: 4 },
  { kind: 'host-lost', host: 'vm3', cause: 'no-docker', message: 'its daemon does not run', replicas: 1 },
  { kind: 'host-gone', host: 'vm3', afterMs: 10_000, moving: 3 },
  { kind: 'host-gone', host: 'vm3', afterMs: 10_000, moving: 0 },
  { kind: 'volume-waits', host: 'vm3', app: 'shop', services: ['db', 'files'], replicas: 2 },
  { kind: 'host-serving', host: 'vm3', cause: 'silent', message, asked: 4, answered: 4 },
  { kind: 'host-serving', host: 'vm3', cause: 'no-docker', message: 'its daemon does not run', asked: 4, answered: 3 },
  { kind: 'host-untrusted', host: 'vm3', message: 'vm3 (10.0.0.3) is not in known_hosts' },
  { kind: 'host-back', host: 'vm3', afterMs: 134_000 },
  { kind: 'host-flaps', host: 'vm3', times: 3, forMs: 60_000 },
  { kind: 'host-settled', host: 'vm3' },
  { kind: 'disk-low', host: 'vm3', freeBytes: 1_288_490_189 },
  { kind: 'disk-freed', host: 'vm3', freeBytes: 21_474_836_480 },
  { kind: 'clock-off', host: 'vm3', skewMs: -61_000 },
  { kind: 'clock-right', host: 'vm3', skewMs: 10 },
  { kind: 'certificate-ends', app: 'shop', names: ['shop.example'], endsAt: AT + 1_000_000_000, leftMs: 1_000_000_000 },
  { kind: 'certificate-ended', app: 'shop', names: [], endsAt: AT - 1000, leftMs: -1000 },
  { kind: 'replica-sick', ...web, host: 'vm3', container: 'shop.web.6.2', cause: 'unhealthy' },
  { kind: 'replica-sick', ...web, host: 'vm3', container: 'shop.web.6.2', cause: 'hung' },
  { kind: 'replica-well', ...web, host: 'vm3', container: 'shop.web.6.2' },
  { kind: 'service-sick', ...web, replicas: 4 },
  { kind: 'service-sick', ...web, replicas: 4, helped: false },
  { kind: 'service-well', ...web },
  crash([]),
  crash(['starting', 'panic: \u001b[31mno database\u001b[0m']),
  { kind: 'crash-over', ...web, slot: 2 },
  { kind: 'repaired', app: 'shop', what: ['web: started web.6.2 on vm1', 'routers switched on vm1, vm2'], ms: 4200 },
  { kind: 'repair-failed', app: 'shop', why: ['start web.6.2@vm1: port is taken'], ms: 4200 },
  { kind: 'repair-refused', app: 'shop', why: ['a', 'b', 'c', 'd', 'e'] },
  { kind: 'does-not-fit', app: 'shop', why: ['web: 1 of 4 replicas fits nowhere'] },
  { kind: 'fits-again', app: 'shop' },
  { kind: 'repair-interrupted', app: 'shop', ms: 2000 },
  { kind: 'scaled', app: 'shop', changes: [change('api', 2, 4), change('web', 3, 12)], ms: 21_000 },
  { kind: 'scale-wanted', app: 'shop', changes: [change('web', 3, 12)] },
  { kind: 'scale-failed', app: 'shop', why: ['start web.6.9@vm1: port is taken'], ms: 4200 },
  { kind: 'scale-refused', app: 'shop', why: ['web is no service of the release (E_REFERENCE)'] },
  { kind: 'scale-interrupted', app: 'shop', ms: 2000 },
  { kind: 'ceiling', app: 'shop', repairs: 60 },
  { kind: 'ceiling-over', app: 'shop' },
  { kind: 'lease-held', app: 'shop', why: 'shop: another deploy is at work: bob@ci (pid 7 on ci) since 3 s' },
  { kind: 'no-release', app: 'shop', why: 'shop has no release on record: there is nothing to start from' },
];

function crash(logs: readonly string[]): News {
  const where = { ...web, slot: 2, host: 'vm3', container: 'shop.web.6.2' };
  return { kind: 'crash-loop', ...where, deaths: 3, exitCode: 137, pauseMs: 20_000, logs };
}

test('each report is a line that tells who, what, and what is done about it', async () => {
  const text = NEWS.map((news) => formatReport({ at: AT, ...news }, PLAIN)).join('\n');
  await expect(`${text}\n`).toMatchFileSnapshot('../../../golden/reports.txt');
});

test('a report is one line of plain text, whatever hosts and containers wrote', () => {
  const nasty = 'a\u001b]0;x\u0007b\r\nc\u202ed';
  const reports: Report[] = [
    { at: AT, kind: 'host-lost', host: 'vm3', cause: 'silent', message: nasty, replicas: 1 },
    { at: AT, ...crash([nasty]) },
  ];
  for (const report of reports) {
    expect(reportWords(report)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(formatReportJson(report)).not.toMatch(/[\n\u001b]/);
  }
});

test('as JSON a report has its severity and its sentence beside its facts', () => {
  expect(JSON.parse(formatReportJson({ at: AT, kind: 'host-settled', host: 'vm3' }))).toEqual({
    at: AT,
    kind: 'host-settled',
    host: 'vm3',
    severity: 'info',
    text: 'vm3 may get replicas again',
  });
});

test('containers and routers that were started again are told', () => {
  const adopt = { kind: 'adopt', service: 'web', replica: 'shop.web.6.2' } as const;
  const steps = [aStep('adopt web.6.2', 'vm3', { action: adopt }), aStep('router', 'vm2')];
  expect(repairSentences(aPlan({ steps }))).toEqual(['started again web.6.2 on vm3', 'router made again on vm2']);
  expect(repairSentences(aPlan({ steps: [aStep('carry', 'vm2')] }))).toEqual(['1 step done']);
});

test('what a repair changed is told by service, and the routers once', () => {
  expect(repairSentences(theUpdate())).toEqual([
    'backend: started backend.7.1 on vm2, backend.7.2 on vm4, backend.7.3 on vm5, stopped backend.6.1 on vm2, backend.6.2 on vm3',
    'routers switched on vm1, vm2',
  ]);
});

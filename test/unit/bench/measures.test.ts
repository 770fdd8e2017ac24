/** The bench's own judgement: a measure that is wrong would be believed. */
import { expect, test } from 'vitest';
import { shapeLab } from '../../../src/lab/shape.ts';
import { formatSeries } from '../../bench/heal/report.ts';
import { chooseFault, isOfMachine, seeded } from '../../support/repairs/random-faults.ts';
import { createArguments, swarmServices } from '../../support/swarm/services.ts';
import { LabView, type ListedContainer } from '../../support/view/lab-view.ts';
import { upstreamsIn, vipIn } from '../../support/view/routers.ts';
import { heldFrom } from '../../support/view/signs.ts';
import { doubles, type Sample } from '../../support/view/singletons.ts';
import { deviations, type RouterStanding } from '../../support/view/standing.ts';

const view = new LabView(shapeLab({ name: 'paper', hosts: 3, edges: 1, subnet: '10.88.9.0/24' }));

function replica(host: string, service: string, more: Partial<ListedContainer> = {}): ListedContainer {
  const labels = { 'fleet.service': service, 'fleet.slot': '1', 'fleet.ports': '8080/http=20001' };
  const name = `shop.${service}.1.1`;
  return { host, id: `${host}-${service}`, name, state: 'running', health: 'none', labels, ...more };
}

function router(host: string, upstreams: readonly string[], text = 'as written'): RouterStanding {
  return { host, isRunning: true, upstreams: new Set(upstreams), text };
}

test('a fleet in which all is as declared has no deviations', () => {
  const routers = ['vm1', 'vm2', 'vm3'].map((host) => router(host, ['10.88.9.12:20001']));
  const standing = { containers: [replica('vm2', 'web')], routers };
  expect(deviations(standing, { declared: { web: 1 } }, view)).toEqual([]);
});

test('each way in which a fleet is not as declared is a line of its own', () => {
  const routers = [
    router('vm1', ['10.88.9.12:20001', '10.88.9.13:20009']),
    { ...router('vm2', [], 'edited'), isRunning: false },
    router('vm3', ['10.88.9.12:20001']),
  ];
  const sick = replica('vm3', 'api', { health: 'unhealthy' });
  const standing = { containers: [replica('vm2', 'web'), sick], routers };
  expect(deviations(standing, { declared: { web: 1, api: 1 } }, view)).toEqual([
    'api: 0 of 1',
    'shop.api.1.1 on vm3 is running, health unhealthy',
    'the router of vm1 leads to 10.88.9.13:20009',
    'fleet-router on vm2 does not run',
    'the router of vm2 does not know 10.88.9.12:20001',
    'the router files of workers differ',
  ]);
});

test('a replica that hangs counts as missing, although Docker says that it runs', () => {
  const standing = { containers: [replica('vm2', 'worker', { labels: { 'fleet.service': 'worker' } })], routers: [] };
  const expected = { declared: { worker: 1 }, distrusted: new Set(['vm2-worker']) };
  expect(deviations(standing, expected, view)).toEqual([
    'worker: 0 of 1',
    'shop.worker.1.1 on vm2 is running, health none',
  ]);
});

test('a router file leads to its servers, backups included, and not to the stand-in for nobody', () => {
  const file = `upstream shop.web.80 {
  zone shop.web.80 128k;
  server 10.0.0.1:20001 max_fails=1 fail_timeout=5s; # shop.web.1.1
  server 10.0.0.2:20001 max_fails=0 backup; # shop.web.1.2
}
server {
  listen 10.96.0.5:80 reuseport;
}
upstream shop.db.5432 {
  server 127.0.0.1:9 down;
}
`;
  expect([...upstreamsIn(file)]).toEqual(['10.0.0.1:20001', '10.0.0.2:20001']);
  expect(vipIn(file, 'shop.web.80')).toBe('10.96.0.5:80');
  expect(vipIn(file, 'shop.cache.6379')).toBeUndefined();
});

test('a singleton that moved was never there twice; one that overlaps was, for as long as is certain', () => {
  const sample = (answer: string, sentAt: number): Sample => ({ host: 'vm1', sentAt, endedAt: sentAt + 20, answer });
  const old = [0, 100, 200].map((at) => sample('old', at));
  expect(doubles([...old, sample('new', 210), sample('new', 310)])).toEqual([]);
  expect(doubles([...old, sample('new', 110)])).toEqual([{ older: 'old', newer: 'new', ms: 70, until: 200 }]);
});

test('what is so for a moment only does not count; what stays so counts from its beginning', async () => {
  const since = Date.now();
  let looks = 0;
  let lastNot = 0;
  const isSo = () => {
    looks += 1;
    if (looks === 3) lastNot = Date.now();
    return looks !== 3;
  };
  const heldMs = (await heldFrom(since, { everyMs: 1, isSo }, { holdsMs: 30, limitMs: 10_000 })) ?? 0;
  expect(since + heldMs).toBeGreaterThanOrEqual(lastNot);
  expect(Date.now() - since - heldMs).toBeGreaterThanOrEqual(30);
});

test('the same seed chooses the same faults, all of them where they may be', () => {
  const containers = [replica('vm1', 'web'), replica('vm2', 'api', { health: 'healthy' }), replica('vm3', 'worker')];
  const targets = { view, app: 'shop', containers, sound: ['vm1', 'vm2', 'vm3'], machines: 'one-may-fail' } as const;
  const chosen = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 300 }, () => chooseFault(random, targets).fault);
  };
  expect(chosen(7)).toEqual(chosen(7));
  expect(chosen(7)).not.toEqual(chosen(8));
  const faults = chosen(7);
  expect(new Set(faults.map(({ kind }) => kind)).size).toBe(12);
  const whole = faults.filter(isOfMachine);
  expect(new Set(whole.map(({ host }) => host))).toEqual(new Set(['vm2', 'vm3']));
  expect(faults.filter((one) => one.kind === 'freeze' && one.container === 'vm3-worker')).toEqual([]);
});

test('Swarm is given as many replicas as the playbook declares', () => {
  const services = swarmServices('vm2');
  expect(services.reduce((sum, { replicas }) => sum + replicas, 0)).toBe(24);
  const pace = { name: 'quick', heartbeat: '1s', restartDelay: '0s' };
  expect(createArguments({ name: 'web', replicas: 4, port: 8081, words: ['busybox:1', 'sh'] }, pace).join(' ')).toBe(
    'docker service create --detach --quiet --no-resolve-image --name web --replicas 4 --restart-delay 0s ' +
      '--publish mode=host,published=8081,target=8080 busybox:1 sh',
  );
});

test('a series shows the median, the smallest and the largest, and what never happened', () => {
  const runs = [
    { repairedMs: 3_000, failedGet: 0, 'failed: POST status 502': 4 },
    { repairedMs: undefined, failedGet: 2 },
    { repairedMs: 1_000, failedGet: 1 },
  ];
  expect(formatSeries({ title: 'a fault', runs })).toBe(
    [
      'a fault (3 runs)',
      '  repaired                 1.00 s (1.00 s - 3.00 s)  never in 1 of 3',
      '  failed GET               1 (0 - 2)',
      '  failed: POST status 502  0 (0 - 4)',
    ].join('\n'),
  );
});

import { expect, test } from 'vitest';
import type { HostUp } from '../../../../src/model/observed.ts';
import { hostUp } from '../../../support/fake-stages.ts';
import { Mind, NO_DOCKER, replica, SILENT } from '../../../support/heal/sights.ts';

const DAEMON = 'the daemon does not run';
const orderOf = (mind: Mind, now: number) => mind.at(now).orders.shop;

test('with all hosts up and all replicas well, the order is empty and nothing is told', () => {
  const mind = new Mind(3).put('vm1', replica('web', 1));
  expect(mind.at(0)).toMatchObject({
    orders: { shop: { absences: {}, distrusted: [], held: [], avoided: [] } },
    reports: [],
    isCutOff: false,
    wantsLogs: [],
  });
});

test('a silent host is away at once, and gone when the grace is over, not a millisecond before', () => {
  const mind = new Mind(3).put('vm2', replica('web', 1), replica('db', 1, { volumes: ['shop_data'] }));
  mind.at(0);
  mind.pulse('vm2', SILENT);
  const verdict = mind.judgeAt(1000);
  expect(verdict.orders.shop?.absences).toEqual({ vm2: 'away' });
  expect(verdict.wakeAt).toBe(11_000);
  expect(mind.judgeAt(10_999).orders.shop?.absences).toEqual({ vm2: 'away' });
  expect(mind.judgeAt(11_000).orders.shop?.absences).toEqual({ vm2: 'gone' });
  expect(mind.told).toEqual([
    { at: 1000, kind: 'host-lost', host: 'vm2', cause: 'silent', message: 'no answer', replicas: 2 },
    { at: 11_000, kind: 'host-gone', host: 'vm2', afterMs: 10_000, moving: 1 },
    { at: 11_000, kind: 'volume-waits', host: 'vm2', app: 'shop', services: ['db'], replicas: 1 },
  ]);
});

test('the grace of a host counts from its last answer, but not from longer ago than a loss takes to be noticed', () => {
  const mind = new Mind(4).pulse('vm2', { ...SILENT, answeredAt: 7500 }).pulse('vm3', { ...SILENT, answeredAt: 1000 });
  expect(mind.at(10_000).wakeAt).toBe(15_000);
  expect(orderOf(mind, 15_000)?.absences).toEqual({ vm2: 'away', vm3: 'gone' });
  expect(orderOf(mind, 17_499)?.absences).toEqual({ vm2: 'away', vm3: 'gone' });
  expect(orderOf(mind, 17_500)?.absences).toEqual({ vm2: 'gone', vm3: 'gone' });
});

test('what was answered before the watcher was cut off does not count afterwards', () => {
  const mind = new Mind(4);
  for (const host of ['vm2', 'vm3', 'vm4']) mind.pulse(host, { ...SILENT, answeredAt: 0 });
  mind.at(1000);
  for (const host of ['vm3', 'vm4']) mind.pulse(host, 'up');
  mind.at(2000);
  expect(mind.at(4000).wakeAt).toBe(14_000);
});

test('a watcher that has just started gives a silent host the whole grace from its own start', () => {
  const mind = new Mind(3).pulse('vm3', SILENT);
  expect(mind.at(500_000).orders.shop?.absences).toEqual({ vm3: 'away' });
  expect(mind.at(510_000).orders.shop?.absences).toEqual({ vm3: 'gone' });
});

test('a host that is silent to us and answers others goes on serving, and leaves when they can not reach it either', () => {
  const mind = new Mind(3).pulse('vm2', SILENT);
  mind.answering.add('vm2');
  expect(orderOf(mind, 0)?.absences).toEqual({ vm2: 'serving' });
  expect(orderOf(mind, 60_000)?.absences).toEqual({ vm2: 'serving' });
  mind.answering.clear();
  expect(orderOf(mind, 61_000)?.absences).toEqual({ vm2: 'away' });
  expect(orderOf(mind, 70_999)?.absences).toEqual({ vm2: 'away' });
  expect(orderOf(mind, 71_000)?.absences).toEqual({ vm2: 'gone' });
  expect(mind.kinds()).toEqual(['host-serving', 'host-lost', 'host-gone']);
});

test('a host that is away is believed to serve again only when it has answered others for a while', () => {
  const mind = new Mind(3).pulse('vm2', SILENT);
  mind.at(0);
  mind.answering.add('vm2');
  expect(mind.at(1000).wakeAt).toBe(3000);
  expect(orderOf(mind, 2999)?.absences).toEqual({ vm2: 'away' });
  expect(orderOf(mind, 3000)?.absences).toEqual({ vm2: 'serving' });
});

test('what answers behind a host that is gone changes nothing until the host itself can be asked', () => {
  const mind = new Mind(3).pulse('vm2', SILENT);
  mind.at(0);
  mind.at(10_000);
  mind.answering.add('vm2');
  expect(orderOf(mind, 20_000)?.absences).toEqual({ vm2: 'gone' });
  mind.pulse('vm2', 'up');
  expect(orderOf(mind, 30_000)?.absences).toEqual({});
  expect(mind.told.at(-1)).toEqual({ at: 30_000, kind: 'host-back', host: 'vm2', afterMs: 30_000 });
});

test('a host without Docker whose replicas do not answer is away and gone as well, and it is told differently', () => {
  const mind = new Mind(3).pulse('vm2', NO_DOCKER);
  mind.answering.add('vm2');
  expect(orderOf(mind, 0)?.absences).toEqual({ vm2: 'serving' });
  mind.answering.clear();
  expect(orderOf(mind, 1000)?.absences).toEqual({ vm2: 'away' });
  expect(orderOf(mind, 11_000)?.absences).toEqual({ vm2: 'gone' });
  expect(mind.told.slice(0, 2)).toEqual([
    { at: 0, kind: 'host-serving', host: 'vm2', cause: 'no-docker', message: DAEMON, asked: 2, answered: 2 },
    { at: 1000, kind: 'host-lost', host: 'vm2', cause: 'no-docker', message: DAEMON, replicas: 0 },
  ]);
});

test('half of the hosts are enough to act; fewer are none of our business, and both ends of it are told once', () => {
  const mind = new Mind(4).pulse('vm1', SILENT).pulse('vm2', SILENT);
  expect(mind.at(0).isCutOff).toBe(false);
  mind.pulse('vm3', NO_DOCKER);
  expect(mind.at(1000)).toMatchObject({ isCutOff: true, orders: {} });
  mind.at(18_000);
  mind.pulse('vm3', 'up');
  // Hosts come back one after the other, so it waits a moment.
  expect(mind.at(19_000)).toMatchObject({ isCutOff: true, orders: {}, wakeAt: 21_000 });
  expect(mind.at(21_000)).toMatchObject({
    isCutOff: false,
    orders: { shop: { absences: { vm1: 'away', vm2: 'away' } } },
  });
  expect(mind.told.slice(2)).toEqual([
    { at: 1000, kind: 'cut-off', up: 1, hosts: 4, withoutDocker: 1 },
    { at: 21_000, kind: 'cut-off-over', up: 2, hosts: 4, afterMs: 20_000 },
  ]);
});

test('time that passes while the watcher is cut off is no grace', () => {
  const mind = new Mind(3).pulse('vm1', SILENT);
  mind.at(0);
  mind.pulse('vm2', SILENT);
  mind.at(5000);
  mind.at(60_000);
  mind.pulse('vm2', 'up');
  mind.at(61_000);
  expect(orderOf(mind, 63_000)?.absences).toEqual({ vm1: 'away' });
  expect(orderOf(mind, 70_999)?.absences).toEqual({ vm1: 'away' });
  expect(orderOf(mind, 71_000)?.absences).toEqual({ vm1: 'gone' });
});

test('a host that was gone before the watcher was cut off stays gone: its replicas run elsewhere', () => {
  const mind = new Mind(3).pulse('vm1', SILENT);
  mind.at(0);
  mind.at(10_000);
  mind.pulse('vm2', SILENT);
  mind.at(11_000);
  mind.pulse('vm2', 'up');
  mind.at(12_000);
  expect(orderOf(mind, 14_000)?.absences).toEqual({ vm1: 'gone' });
});

test('no answer from anybody is being cut off, even on a fleet of one host', () => {
  expect(new Mind(1).pulse('vm1', SILENT).at(0)).toMatchObject({ isCutOff: true, orders: {} });
});

test('a host that comes back a third time within ten minutes gets nothing new for a minute, then for two', () => {
  const mind = new Mind(3);
  const flap = (at: number): void => {
    mind.pulse('vm2', SILENT).at(at);
    mind.pulse('vm2', 'up').at(at + 1000);
  };
  flap(0);
  flap(60_000);
  expect(orderOf(mind, 62_000)?.avoided).toEqual([]);
  flap(120_000);
  expect(mind.told.at(-1)).toEqual({ at: 121_000, kind: 'host-flaps', host: 'vm2', times: 3, forMs: 60_000 });
  expect(mind.at(122_000)).toMatchObject({ orders: { shop: { avoided: ['vm2'] } }, wakeAt: 181_000 });
  expect(orderOf(mind, 181_000)?.avoided).toEqual([]);
  expect(mind.kinds().at(-1)).toBe('host-settled');
  flap(200_000);
  expect(mind.told.at(-1)).toEqual({ at: 201_000, kind: 'host-flaps', host: 'vm2', times: 4, forMs: 120_000 });
});

test('a host whose SSH comes and goes while its replicas serve does not flap', () => {
  const mind = new Mind(3);
  mind.answering.add('vm2');
  for (let at = 0; at < 500_000; at += 50_000) {
    mind.pulse('vm2', SILENT).at(at);
    mind.pulse('vm2', 'up').at(at + 1000);
  }
  expect(mind.at(600_000).orders.shop?.avoided).toEqual([]);
});

test('a full disk and a wrong clock are told once, and once when they are clearly right again', () => {
  const mind = new Mind(2);
  const report = (freeGiB: number, clockSkewMs: number, at: number): void => {
    const { vm1 } = mind.hosts;
    if (vm1 !== undefined) mind.hosts.vm1 = { ...vm1, diskFreeBytes: freeGiB * 1024 ** 3, clockSkewMs };
    mind.at(at);
  };
  report(1, -9000, 0);
  report(2.5, -4000, 1000);
  report(3.5, 100, 2000);
  expect(mind.told).toEqual([
    { at: 0, kind: 'disk-low', host: 'vm1', freeBytes: 1024 ** 3 },
    { at: 0, kind: 'clock-off', host: 'vm1', skewMs: -9000 },
    { at: 2000, kind: 'disk-freed', host: 'vm1', freeBytes: 3.5 * 1024 ** 3 },
    { at: 2000, kind: 'clock-right', host: 'vm1', skewMs: 100 },
  ]);
});

test('a host with a wrong key counts as silent, and is told once as what it is, until it is up again', () => {
  const wrong = { kind: 'silent', code: 'E_HOST_KEY_CHANGED', message: 'another key' } as const;
  const mind = new Mind(3).pulse('vm2', SILENT);
  mind.at(0);
  for (const [at, pulse] of [wrong, SILENT, wrong].entries()) mind.pulse('vm2', pulse).at(1000 + at);
  expect(orderOf(mind, 10_000)?.absences).toEqual({ vm2: 'gone' });
  expect(mind.kinds()).toEqual(['host-lost', 'host-untrusted', 'host-gone']);
  mind.pulse('vm2', 'up').at(20_000);
  mind.pulse('vm2', wrong).at(21_000);
  expect(mind.kinds().slice(3)).toEqual(['host-back', 'host-untrusted', 'host-lost']);
});

test('a certificate that ends within three weeks is told once a day, whatever number of edges has it, until there is a newer one', () => {
  const day = 86_400_000;
  const serving = (file: string, endsAt: number): HostUp => {
    const shop = { app: 'shop', generation: 'g', services: {}, files: {} };
    const certificates = [{ file, names: ['shop.example'], endsAt }];
    return hostUp({ router: { mainDigest: '', apps: { shop: { ...shop, certificates } } } });
  };
  const mind = new Mind(3);
  for (const host of ['vm1', 'vm2']) mind.hosts[host] = serving('tls/a.crt', 22 * day);
  for (const at of [0, day, day + 1, day + 2, 2 * day, 2 * day + 1, 22.5 * day]) mind.at(at);
  expect(mind.told.map(({ at, kind }) => [at, kind])).toEqual([
    [day + 1, 'certificate-ends'],
    [2 * day + 1, 'certificate-ends'],
    [22.5 * day, 'certificate-ended'],
  ]);
  for (const host of ['vm1', 'vm2']) mind.hosts[host] = serving('tls/b.crt', 112 * day);
  mind.at(30 * day);
  expect(mind.told).toHaveLength(3);
});

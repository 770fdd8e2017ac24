import { expect, test } from 'vitest';
import { DEFAULT_HEAL } from '../../../src/compile/heal/settings.ts';
import { FleetError } from '../../../src/model/error.ts';
import { type HealRequest, heal } from '../../../src/watch/heal.ts';
import { aContainer, hostUp } from '../../support/fake-stages.ts';
import { aPlan } from '../../support/plan-builders.ts';
import { stepOf } from '../../support/plans.ts';
import { aRecord } from '../../support/releases.ts';
import { repairPlan, WatchedFleet } from '../../support/watch/fleet.ts';
import { ScaledFleet } from '../../support/watch/scaled.ts';

function healing(fleet: WatchedFleet, terms: 'apply' | 'show' = 'apply', apps: readonly string[] = []) {
  const signal = new AbortController().signal;
  const manner = { isDecided: false, by: 'ann@laptop', signal, stopNow: signal };
  const request: HealRequest = {
    files: fleet.request().files,
    apps,
    settings: DEFAULT_HEAL,
    terms: terms === 'show' ? 'show' : manner,
  };
  const audience = { review: async () => true, begin: () => undefined, emit: () => undefined };
  return heal(request, fleet.stages, { tell: (report) => fleet.told.push(report), of: () => audience });
}

/** Loses a host for whoever looks. */
function lose(
  fleet: WatchedFleet,
  host: string,
  error = new FleetError('E_HOST_UNREACHABLE', `${host}: no answer`),
): void {
  fleet.lost.add(host);
  fleet.base.shell.onHost(host, /./, { error });
}

test('a fleet that is as declared is looked at, and that is all', async () => {
  const fleet = new WatchedFleet();
  expect(await healing(fleet)).toMatchObject([{ kind: 'applied', app: 'shop', end: { kind: 'nothing' } }]);
  expect(fleet.logged('lease')).toEqual([]);
  expect(fleet.now).toBe(0);
});

test('a silent host is asked again until the grace is over, and its replicas start elsewhere then', async () => {
  const fleet = new WatchedFleet();
  lose(fleet, 'vm3');
  fleet.plan = ({ absences }) => repairPlan(stepOf(`vm3 is ${absences.vm3}`));
  const [end] = await healing(fleet);
  expect(end).toMatchObject({ kind: 'applied', app: 'shop', end: { kind: 'ended', outcome: { kind: 'done' } } });
  expect(fleet.logged('look').slice(0, 6)).toEqual([0, 2000, 4000, 6000, 8000, 10_000].map((at) => `${at} look`));
  expect(fleet.kinds()).toEqual(['0 host-lost', '10000 host-gone']);
  expect(fleet.base.shell.lines()).toContain('vm1: vm3 is gone');
});

test('a host that answers again within the grace is no reason for anything', async () => {
  const fleet = new WatchedFleet();
  fleet.base.shell.onHost('vm3', 'report', () =>
    fleet.now < 5000 ? { error: new FleetError('E_HOST_UNREACHABLE', 'vm3: no answer') } : {},
  );
  expect(await healing(fleet)).toMatchObject([{ end: { kind: 'nothing' } }]);
  expect(fleet.kinds()).toEqual(['0 host-lost', '6000 host-back']);
});

/** What each order distrusts, as plans are asked for. */
function distrustedBy(fleet: WatchedFleet): unknown[] {
  const orders: unknown[] = [];
  fleet.plan = (order) => {
    orders.push(order.distrusted);
    return aPlan();
  };
  return orders;
}

test('an unhealthy replica is looked at twice before it is replaced', async () => {
  const fleet = new WatchedFleet();
  fleet.hosts.vm1 = hostUp({
    ...fleet.hosts.vm1,
    containers: [aContainer('web', { health: 'unhealthy' }), aContainer('web', { slot: 2 })],
  });
  const orders = distrustedBy(fleet);
  await healing(fleet);
  expect(fleet.kinds()).toEqual(['2000 replica-sick']);
  expect(orders).toEqual([['vm1/shop.web.6.1']]);
});

test('a replica that hangs is replaced by a single round, too', async () => {
  const fleet = new WatchedFleet();
  fleet.hosts.vm1 = hostUp({ ...fleet.hosts.vm1, containers: [aContainer('web'), aContainer('web', { slot: 2 })] });
  fleet.hung = ['vm1/shop.web.6.2'];
  const orders = distrustedBy(fleet);
  await healing(fleet);
  expect(fleet.kinds()).toEqual(['2000 replica-sick']);
  expect(orders).toEqual([['vm1/shop.web.6.2']]);
});

test('with fewer than half of the hosts nothing is done', async () => {
  const fleet = new WatchedFleet();
  for (const host of ['vm2', 'vm3']) lose(fleet, host);
  await expect(healing(fleet)).rejects.toThrow('1 of 3 hosts answer: nothing was done');
  expect(fleet.logged('compile')).toEqual([]);
  expect(fleet.base.calls.at(-1)).toBe('close');
});

test('an app that can not be repaired keeps no other from it', async () => {
  const fleet = new WatchedFleet({ apps: ['blog', 'shop'] });
  fleet.plan = (_, app) => {
    if (app === 'blog') throw new FleetError('E_UNPLACEABLE', 'no room');
    return repairPlan(stepOf('fix'));
  };
  expect(await healing(fleet)).toMatchObject([
    { kind: 'refused', app: 'blog', error: { code: 'E_UNPLACEABLE' } },
    { kind: 'applied', app: 'shop', end: { kind: 'ended' } },
  ]);
});

test('only to be shown, nothing is changed and no lease is taken', async () => {
  const fleet = new WatchedFleet({ apps: ['blog', 'shop'] });
  fleet.plan = () => repairPlan(stepOf('fix'));
  const ends = await healing(fleet, 'show', ['shop']);
  expect(ends).toMatchObject([{ kind: 'planned', app: 'shop' }]);
  expect(fleet.logged('lease')).toEqual([]);
  expect(fleet.base.shell.lines()).not.toContain('vm1: fix');
});

/** Shop was removed by release 7 while vm2 was silent; this is what vm2 still has. */
function removedShop(release: number): WatchedFleet {
  const fleet = new WatchedFleet({ apps: [] });
  const removal = aRecord(7, {}, { by: 'ann@laptop', removed: true });
  fleet.hosts.vm1 = hostUp({ releases: { shop: [removal] } });
  fleet.hosts.vm2 = hostUp({
    releases: { shop: [aRecord(6, { web: 'w1 web:1' })] },
    containers: [aContainer('web', { release })],
  });
  return fleet;
}

test('what a host still has of an app that was removed while it was silent is taken away, and not started again', async () => {
  const fleet = removedShop(6);
  fleet.plan = () => repairPlan(stepOf('stop what is left'));
  expect(await healing(fleet)).toMatchObject([{ kind: 'applied', app: 'shop', end: { kind: 'ended' } }]);
  expect(fleet.logged('compile')).toEqual([]);
  expect(fleet.logged('remove')).toEqual(['0 remove shop', '0 remove shop']);
});

test('an app that was removed and of which something newer runs is left alone: its record may be on a silent keeper', async () => {
  const fleet = removedShop(8);
  expect(await healing(fleet)).toMatchObject([
    { kind: 'refused', app: 'shop', error: { code: 'E_RELEASE', message: expect.stringContaining('release 8 runs') } },
  ]);
  expect([...fleet.logged('compile'), ...fleet.logged('remove')]).toEqual([]);
});

test('an app of which only the removal is on record is no app to heal', async () => {
  const fleet = new WatchedFleet({ apps: [] });
  fleet.hosts.vm1 = hostUp({ releases: { shop: [aRecord(7, {}, { removed: true })] } });
  expect(await healing(fleet)).toEqual([]);
});

test('a host with a wrong key is told, and keeps nobody else from being healed', async () => {
  const fleet = new WatchedFleet();
  lose(fleet, 'vm3', new FleetError('E_HOST_KEY_CHANGED', 'vm3 shows another key'));
  fleet.plan = ({ absences }) => repairPlan(stepOf(`vm3 is ${absences.vm3}`));
  expect(await healing(fleet)).toMatchObject([{ kind: 'applied', end: { kind: 'ended', outcome: { kind: 'done' } } }]);
  expect(fleet.kinds()).toEqual(['0 host-untrusted', '0 host-lost', '10000 host-gone']);
});

test('a round does what the calendar asks for, after what is to be repaired', async () => {
  const window = { kind: 'dates', replicas: 6, timeZone: 'UTC', warmUpMs: 0, startAt: 0, endAt: 9e12 } as const;
  const shop = new ScaledFleet({ scale: { windows: [window] } });
  shop.fleet.plan = () => repairPlan(stepOf('fix'));
  expect(await healing(shop.fleet)).toMatchObject([
    { kind: 'applied', app: 'shop', end: { kind: 'ended', outcome: { kind: 'done' } } },
    { kind: 'applied', app: 'shop', end: { kind: 'ended', outcome: { kind: 'done' } } },
  ]);
  expect(shop.asked).toEqual(['0 3 -> 6']);
  const lines = shop.fleet.base.shell.lines().filter((line) => /fix|web=/.test(line));
  expect(lines).toEqual(['vm1: fix', 'vm1: scale web=6', 'vm1: record web=6']);
});

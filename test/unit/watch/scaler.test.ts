import { expect, test } from 'vitest';
import { DEFAULT_HEAL as SETTINGS } from '../../../src/compile/heal/settings.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { ScaleWindow } from '../../../src/model/scale.ts';
import { aPlan } from '../../support/plan-builders.ts';
import { stepOf } from '../../support/plans.ts';
import { repairPlan } from '../../support/watch/fleet.ts';
import { ScaledFleet, START_MS } from '../../support/watch/scaled.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The clock of the tests begins there: 22:13:20 UTC. */
const START = 1_700_000_000_000;

/** A window from and until so long after the start, pre-warmed for five minutes. */
function campaign(from: number, until: number, replicas = 12): ScaleWindow {
  const times = { startAt: START + from, endAt: START + until };
  return { kind: 'dates', replicas, timeZone: 'UTC', warmUpMs: 5 * MINUTE, ...times };
}

test('a campaign window in fast-forward: warm before it starts, held while it lasts, and back after it', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(2 * HOUR, 3 * HOUR)] } });
  await shop.fleet.watch(() => shop.fleet.until(5 * HOUR));
  const [warm, over] = [2 * HOUR - 5 * MINUTE, 3 * HOUR];
  expect(shop.asked).toEqual([`${warm} 3 -> 12`, `${over} 12 -> 3`]);
  expect(shop.history).toEqual([
    { at: warm + START_MS, replicas: 12 },
    { at: over + START_MS, replicas: 3 },
  ]);
  expect(shop.fleet.told.filter(({ kind }) => kind === 'scaled')).toMatchObject([
    { changes: [{ service: 'web', from: 3, to: 12, because: 'window of 2023-11-15 00:13 UTC: at least 12' }] },
    { changes: [{ service: 'web', from: 12, to: 3, because: 'no window is held: as declared' }], ms: START_MS },
  ]);
  expect(shop.fleet.kinds()).toHaveLength(2);
});

test('a window is met to the moment, however seldom the watcher looks', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(61 * MINUTE, 77 * MINUTE)] } });
  await shop.fleet.watch(() => shop.fleet.until(3 * HOUR), { everyMs: 30 * MINUTE });
  expect(shop.asked).toEqual([`${56 * MINUTE} 3 -> 12`, `${77 * MINUTE} 12 -> 3`]);
});

test('a number that a person asks for within a window is the one to go back to', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(HOUR, 2 * HOUR)] } });
  await shop.fleet.watch(async () => {
    await shop.fleet.until(90 * MINUTE + 5000);
    shop.ask(5);
    await shop.fleet.until(3 * HOUR);
  });
  expect(shop.asked.map((text) => text.replace(/^\d+ /, ''))).toEqual(['3 -> 12', '5 -> 12', '12 -> 5']);
  expect(shop.current).toBe(5);
});

test('more than the window asks for is left as a person asked for it', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(HOUR, 2 * HOUR)] } });
  await shop.fleet.watch(async () => {
    await shop.fleet.until(90 * MINUTE + 5000);
    shop.ask(20);
    await shop.fleet.until(3 * HOUR);
  });
  expect(shop.asked.map((text) => text.replace(/^\d+ /, ''))).toEqual(['3 -> 12']);
  expect(shop.current).toBe(20);
});

test('a watcher that begins within a window catches up with it', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(-HOUR, HOUR)] } });
  await shop.fleet.watch(() => shop.fleet.until(MINUTE));
  expect(shop.asked).toEqual(['0 3 -> 12']);
});

test('a watcher that is cut off scales nothing, and catches up when it is not any more', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(10 * MINUTE, HOUR)] } });
  const { fleet } = shop;
  fleet.base.shell.on('report', ({ host }) =>
    fleet.lost.has(host) ? { error: new FleetError('E_HOST_UNREACHABLE', 'no answer') } : {},
  );
  await fleet.watch(async () => {
    await fleet.until(MINUTE);
    for (const host of ['vm2', 'vm3']) fleet.lose(host);
    await fleet.until(20 * MINUTE);
    expect(shop.asked).toEqual([]);
    for (const host of ['vm2', 'vm3']) fleet.find(host);
    await fleet.until(21 * MINUTE);
  });
  expect(shop.asked).toEqual([`${20 * MINUTE + 2000} 3 -> 12`]);
});

test('a host that is lost while the app is scaled goes first, and the scaling goes on after it', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(10 * MINUTE, HOUR)] }, hosts: 4 });
  const { fleet } = shop;
  let isOut = false;
  fleet.plan = ({ absences }) => (absences.vm3 === 'away' && !isOut ? repairPlan(stepOf('vm3 out')) : aPlan());
  fleet.base.shell.on('report', ({ host }) =>
    fleet.lost.has(host) ? { error: new FleetError('E_HOST_UNREACHABLE', 'no answer') } : {},
  );
  fleet.base.shell.on('vm3 out', () => {
    isOut = true;
    return {};
  });
  const warm = 5 * MINUTE;
  await fleet.watch(async () => {
    await fleet.until(warm + 4000);
    fleet.lose('vm3');
    await fleet.until(warm + MINUTE);
  });
  expect(fleet.kinds().slice(0, 3)).toEqual([
    `${warm + 4000} host-lost`,
    `${warm + 6000} scale-interrupted`,
    `${warm + 6000} repaired`,
  ]);
  expect(shop.asked.map((text) => text.replace(/^\d+ /, ''))).toEqual(['3 -> 12', '3 -> 12']);
  expect(shop.current).toBe(12);
});

test('scaling that fails is told once, tried again after growing pauses, and costs no repair', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(-HOUR, HOUR)] } });
  const { fleet } = shop;
  const tried: number[] = [];
  fleet.base.shell.on(/^scale web=/, () => {
    tried.push(fleet.now);
    return { code: 1, stderr: 'no such image' };
  });
  let isBroken = true;
  fleet.plan = () => (isBroken && fleet.now > 10 * MINUTE ? repairPlan(stepOf('fix')) : aPlan());
  fleet.base.shell.on('fix', () => {
    isBroken = false;
    return {};
  });
  await fleet.watch(() => fleet.until(15 * MINUTE), { settings: { ...SETTINGS, maxRepairs: 1 } });
  expect(tried.map((at, index) => at - (tried[index - 1] ?? 0))).toEqual([0, 30_000, 60_000, 120_000, 240_000]);
  expect(fleet.kinds().map((text) => text.split(' ')[1])).toEqual(['scale-failed', 'repaired', 'ceiling']);
});

test('what there is no plan for is told once, with its numbers', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(-HOUR, HOUR)] } });
  shop.fleet.scalePlan = () => {
    throw new FleetError('E_UNPLACEABLE', 'web: 9 of 12 replicas fit nowhere');
  };
  await shop.fleet.watch(() => shop.fleet.until(30 * MINUTE));
  expect(shop.fleet.kinds()).toEqual(['0 scale-refused']);
  expect(shop.fleet.told[1]).toMatchObject({ why: ['web: 9 of 12 replicas fit nowhere (E_UNPLACEABLE)'] });
});

/**
 * Two tides of two hours each, between one replica's work and that of fifteen, with a ripple of thirty percent that is
 * shorter than the time for which fewer replicas must be enough.
 */
const TIDE = 2 * HOUR;
const RIPPLE = 100_000;
const wave = (at: number, period: number): number => Math.sin((2 * Math.PI * at) / period);
const tide = (at: number): number => (8 + 7 * wave(at, TIDE)) * (1 + 0.3 * wave(at, RIPPLE));
const TIDES = 2;
const SAMPLE = 30_000;

/**
 * The longest way from a need to replicas: the look that sees it (30 s), the looks for which it must last (30 s), the start.
 * Cpu is not known until two looks after a change have measured it, and what is not known counts as what there is.
 */
const LAGS = { rate: 2 * MINUTE, cpu: 4 * MINUTE };

test.each(['rate', 'cpu'] as const)(
  'a tide of load, by %s, is followed up and down without swinging',
  async (by) => {
    const targets = { rate: { requestsPerSecond: 50 }, cpu: { cpuShare: 0.7 } }[by];
    const work = (at: number) => (by === 'rate' ? { rate: 50 * tide(at) } : { cpus: 0.7 * 0.5 * tide(at) });
    const shop = new ScaledFleet({ scale: { min: 1, max: 20, ...targets }, replicas: 8, work });
    const samples: { readonly at: number; readonly replicas: number }[] = [];
    await shop.fleet.watch(async () => {
      for (let at = SAMPLE; at <= TIDES * TIDE; at += SAMPLE) {
        await shop.fleet.until(at);
        samples.push({ at, replicas: shop.current });
      }
    });
    const changes = shop.history.map(({ replicas }, index) => replicas - (shop.history[index - 1]?.replicas ?? 8));
    const turns = changes.filter(
      (change, index) => index > 0 && Math.sign(change) !== Math.sign(changes[index - 1] ?? 0),
    );
    // While the tide comes no crest of the ripple is so low that fewer would be enough for five minutes, and while it goes
    // none is so high and so long: between two turns of the tide all changes go one way, each by one replica or more.
    expect(turns.length).toBeLessThanOrEqual(2 * TIDES);
    expect(changes.length).toBeLessThanOrEqual((2 * TIDES + 1) * (20 - 1));
    const loads = (from: number, until: number): number[] =>
      samples.filter(({ at }) => at >= from && at <= until).map(({ at }) => tide(at));
    const wrong = samples.filter(({ at, replicas }) => {
      if (at <= 5 * MINUTE + LAGS[by]) return false;
      const isTooFew = replicas * 1.1 < Math.min(...loads(at - LAGS[by], at));
      return isTooFew || replicas > Math.ceil(Math.max(...loads(at - 5 * MINUTE - LAGS[by], at)) / 0.9);
    });
    expect(wrong).toEqual([]);
    expect(Math.min(...samples.map(({ replicas }) => replicas))).toBeLessThanOrEqual(2);
    expect(Math.max(...samples.map(({ replicas }) => replicas))).toBeGreaterThanOrEqual(14);
  },
  30_000,
);

test('more work by cpu brings what it needs and no more, though old replicas show the load of before for a while', async () => {
  const work = (at: number) => ({ cpus: 0.7 * 0.5 * (at < 10 * MINUTE ? 3 : 6) });
  const shop = new ScaledFleet({ scale: { max: 20, cpuShare: 0.7, upAfterMs: 0 }, work });
  await shop.fleet.watch(() => shop.fleet.until(HOUR));
  expect(shop.asked.map((text) => text.replace(/^\d+ /, ''))).toEqual(['3 -> 6']);
});

test('a window holds its number above a load that asks for less, and lets the load have its way after it', async () => {
  const scale = { min: 1, max: 20, requestsPerSecond: 50, windows: [campaign(HOUR, 2 * HOUR)] };
  const shop = new ScaledFleet({ scale, work: () => ({ rate: 150 }) });
  await shop.fleet.watch(() => shop.fleet.until(3 * HOUR));
  expect(shop.asked.map((text) => text.replace(/^\d+ /, ''))).toEqual(['3 -> 12', '12 -> 3']);
});

test('nothing is measured where nothing is followed', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(HOUR, 2 * HOUR)] } });
  shop.fleet.stages.readLoads = async () => {
    throw new Error('it was measured');
  };
  await shop.fleet.watch(() => shop.fleet.until(10 * MINUTE));
  expect(shop.fleet.kinds()).toEqual([]);
});

test('a watcher that only reports tells what it would scale, once, and scales nothing', async () => {
  const shop = new ScaledFleet({ scale: { windows: [campaign(HOUR, 2 * HOUR)] } });
  const settings = { ...SETTINGS, maxRepairs: 0 };
  await shop.fleet.watch(() => shop.fleet.until(3 * HOUR), { settings });
  expect(shop.asked).toEqual([]);
  expect(shop.fleet.kinds().filter((text) => text.includes('scale'))).toEqual([`${55 * MINUTE} scale-wanted`]);
});

test('a load that is not known changes nothing', async () => {
  const shop = new ScaledFleet({ scale: { max: 20, requestsPerSecond: 50, cpuShare: 0.7 }, work: () => ({}) });
  await shop.fleet.watch(() => shop.fleet.until(HOUR));
  expect(shop.asked).toEqual([]);
});

/** Half an hour of faults at random under traffic: what failed, what it cost, and whether the fleet is as declared at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Inflicted, inflict } from '../../support/real/faults.ts';
import type { Usage, Watcher } from '../../support/real/watcher.ts';
import { HEAL, HEAL_DECLARED, healFleet, startMixedTraffic } from '../../support/repairs/app.ts';
import { lossesSince } from '../../support/repairs/losses.ts';
import { chooseFault, isOfMachine, type Random, seeded } from '../../support/repairs/random-faults.ts';
import { deviationsNow } from '../../support/repairs/repair.ts';
import { type Run, THOROUGH } from '../../support/repairs/run.ts';
import type { TrafficSummary } from '../../support/traffic/tally.ts';
import type { LabView } from '../../support/view/lab-view.ts';
import { firstTime } from '../../support/view/signs.ts';
import { isGood, lookAtApp } from '../../support/view/standing.ts';
import { type BenchContext, type Part, startToldWatcher } from './context.ts';

const EVERY_MS = 20_000;
/** The watcher's memory counts from here on: its first looks fill its caches. */
const WARM_MS = 60_000;
const REST_LIMIT_MS = 180_000;
/** So long after an edge lost its router, failures at that edge are that fault's doing. */
const EDGE_DOWN_MS = 30_000;
/** More than the default of 60 an hour, which would end the repairs after a third of the time. */
const MOST_REPAIRS = '2000';

/** Part `soak`. */
export function soakPart({ minutes, seed }: { readonly minutes: number; readonly seed: number }): Part {
  return {
    name: 'soak',
    about: `${minutes} minutes, a fault every ${EVERY_MS / 1_000} s at random, seed ${seed}`,
    measure: async (context) => {
      await healFleet(context.inventory, ['deploy', '--yes']);
      const runs = [await soak(context, minutes * 60_000, seeded(seed))];
      return [{ title: `fleet: soak of ${minutes} minutes, seed ${seed}`, runs }];
    },
  };
}

async function soak(context: BenchContext, forMs: number, random: Random): Promise<Run> {
  const { view, inventory, say } = context;
  const subject = { view, app: HEAL, declared: HEAL_DECLARED };
  await using watcher = await startToldWatcher(context, ['--max-repairs', MOST_REPAIRS]);
  await using traffic = await startMixedTraffic(view, {
    rate: THOROUGH.rate,
    forSeconds: (forMs + REST_LIMIT_MS) / 1_000,
  });
  const since = Date.now();
  const usages = sampleUsage(watcher);
  const faults = await inflictAtRandom(context, since + forMs, random);
  const endedAt = Date.now();
  const isSo = async () => (await deviationsNow(subject)).length === 0;
  const asDeclaredMs = await firstTime(endedAt, { everyMs: 500, isSo }, REST_LIMIT_MS);
  if (asDeclaredMs === undefined) say(`not as declared: ${(await deviationsNow(subject)).join('; ')}`);
  const seen = await traffic.stop();
  const warm = usages.stop().filter(({ at }) => at - since > Math.min(WARM_MS, forMs / 2));
  const told = (wanted: string) => watcher.lines.filter(({ kind }) => kind === wanted).length;
  await watcher.stop();
  return {
    ...{ faults: faults.length, repairsTold: told('repaired'), repairsFailed: told('repair-failed') },
    ...lossesSince(seen, since),
    ...{ sent: seen.sent, failedAtBrokenEdge: atBrokenEdge(seen, faults, view) },
    ...{ asDeclaredMs, planIsClean: await planIsClean(inventory) },
    ...{ memoryStartBytes: warm[0]?.residentBytes, memoryEndBytes: warm.at(-1)?.residentBytes },
    ...{ memoryMostBytes: Math.max(...warm.map(({ residentBytes }) => residentBytes)) },
    watcherCpuMs: Math.round((warm.at(-1)?.cpuSeconds ?? 0) * 1_000),
  };
}

/** Strikes until the time is over; what lasts is taken back in time, and all of it at the end. */
async function inflictAtRandom(
  { view, say }: BenchContext,
  until: number,
  random: Random,
): Promise<readonly Inflicted[]> {
  const all: Inflicted[] = [];
  const lasting = new Map<string, { readonly fault: Fault; readonly end: Promise<void> }>();
  for (let at = Date.now() + EVERY_MS; at < until; at += EVERY_MS) {
    await sleep(Math.max(0, at - Date.now()));
    const { containers } = await lookAtApp(view, HEAL);
    const { fault, lastsMs } = chooseFault(random, {
      ...{ view, app: HEAL, containers: containers.filter(isGood) },
      sound: view.hosts.filter((host) => !lasting.has(host) && view.root(host) !== undefined),
      machines: [...lasting.values()].some(({ fault }) => isOfMachine(fault)) ? 'none-may-fail' : 'one-may-fail',
    });
    say(`${JSON.stringify(fault)}${lastsMs === 0 ? '' : ` for ${(lastsMs / 1_000).toFixed(0)} s`}`);
    const inflicted = await inflict(view.shape.name, fault).catch((error: unknown) => say(`missed: ${String(error)}`));
    if (inflicted === undefined) continue;
    all.push(inflicted);
    if (lastsMs === 0) continue;
    const end = sleep(lastsMs)
      .then(() => inflicted.undo())
      .catch((error: unknown) => say(`not taken back: ${String(error)}`))
      .finally(() => lasting.delete(fault.host));
    lasting.set(fault.host, { fault, end });
  }
  await Promise.all([...lasting.values()].map(({ end }) => end));
  return all;
}

/** Failures at an edge whose own router was struck a moment before: clients that know both edges would have gone to the other. */
function atBrokenEdge(seen: TrafficSummary, faults: readonly Inflicted[], view: LabView): number {
  const struck = faults.filter(({ fault }) => view.isEdge(fault.host) && fault.kind === 'remove-router');
  return seen.failures.filter((failure) =>
    struck.some(({ fault, at }) => {
      const isThere = failure.url.startsWith(`http://${view.addressOf(fault.host)}/`);
      return isThere && failure.at >= at && failure.at < at + EDGE_DOWN_MS;
    }),
  ).length;
}

async function planIsClean(inventory: string): Promise<number> {
  try {
    await healFleet(inventory, ['plan', '--detailed-exitcode']);
    return 1;
  } catch {
    return 0;
  }
}

function sampleUsage(watcher: Watcher): { readonly stop: () => readonly (Usage & { readonly at: number })[] } {
  const samples: (Usage & { readonly at: number })[] = [];
  const timer = setInterval(() => {
    const usage = watcher.usage();
    if (usage !== undefined) samples.push({ at: Date.now(), ...usage });
  }, 5_000);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

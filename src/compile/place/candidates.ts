/** The hosts as the placement sees them at the start: what they have and what is reserved on them. */
import type { Host, Resources } from '../../model/inventory.ts';
import type { Container, HostUp } from '../../model/observed.ts';
import { isVolumeBound } from '../desire/serving.ts';
import type { Situation } from '../desire/situation.ts';
import { hostUp, keyOf, type World } from '../desire/world.ts';
import { type Candidate, TINY_CPUS } from './filters.ts';
import { Books, type Counts } from './order/books.ts';

/** Room of a host: as declared, else what Docker reports less the reserve. */
function capacityOf(host: Host, report: HostUp): Resources {
  return {
    cpus: host.capacity.cpus ?? Math.max(0, report.cpus - (host.reserve.cpus ?? 0)),
    memoryBytes: host.capacity.memoryBytes ?? Math.max(0, report.memoryBytes - (host.reserve.memoryBytes ?? 0)),
  };
}

/** The books before anything is placed. Leftovers count as gone (they are swept first); of each service only what stays is counted. */
export function booksOf(world: World, situations: readonly Situation[]): Books {
  const candidates = candidatesOf(world, situations);
  return new Books(candidates, countsOf(situations, candidates));
}

/** Candidates by name. */
function candidatesOf(world: World, situations: readonly Situation[]): Candidate[] {
  const swept = new Set(situations.flatMap(({ leftovers }) => leftovers.map(keyOf)));
  // What has ended and is started again needs its room, whether now or later.
  const returning = new Set(situations.flatMap(({ resumed, crashing }) => [...resumed, ...crashing].map(keyOf)));
  return world.up.flatMap((host) => {
    const report = hostUp(world.observed, host.name);
    if (report === undefined) return [];
    const is = (keys: ReadonlySet<string>, one: Container): boolean =>
      keys.size > 0 && keys.has(`${host.name}/${one.name}`);
    const used = { cpus: 0, memoryBytes: 0 };
    for (const one of report.containers) {
      if (!is(returning, one) && (!takesRoom(one) || is(swept, one))) continue;
      used.cpus += one.cpus;
      used.memoryBytes += one.memoryBytes;
    }
    return [{ host, capacity: capacityOf(host, report), used, architecture: report.architecture }];
  });
}

/**
 * "HOST/NAME" of replicas that were to be started again where they are and have no room there any more: others got it
 * since. The least important go first. What can go nowhere else stays: a database is better on a full host than nowhere.
 */
export function crowdedOut(world: World, situations: readonly Situation[]): string[] {
  const returning = situations
    .filter(({ desired: { service } }) => service.mode !== 'global' && !isVolumeBound(service))
    .flatMap(({ desired, resumed }) => resumed.map((one) => ({ ...one, priority: desired.service.priority ?? 0 })));
  if (returning.length === 0) return [];
  const lacks = new Map(candidatesOf(world, situations).map((one) => [one.host.name, lackOn(one)]));
  const leaving: string[] = [];
  for (const existing of returning.sort((a, b) => a.priority - b.priority)) {
    const lack = lacks.get(existing.host);
    const { cpus, memoryBytes } = existing.container;
    const helps = (memoryBytes > 0 && (lack?.memoryBytes ?? 0) > 0) || (cpus > 0 && (lack?.cpus ?? 0) > TINY_CPUS);
    if (lack === undefined || !helps) continue;
    lacks.set(existing.host, { cpus: lack.cpus - cpus, memoryBytes: lack.memoryBytes - memoryBytes });
    leaving.push(keyOf(existing));
  }
  return leaving;
}

/** By how much more is reserved than the host has; below zero: free room. */
function lackOn({ used, capacity }: Candidate): Resources {
  return { cpus: used.cpus - capacity.cpus, memoryBytes: used.memoryBytes - capacity.memoryBytes };
}

function takesRoom({ state, kind }: Container): boolean {
  return kind === 'replica' && state !== 'exited' && state !== 'dead';
}

/** Replicas that stay. */
function countsOf(situations: readonly Situation[], candidates: readonly Candidate[]): Counts {
  const indexes = new Map(candidates.map(({ host }, index) => [host.name, index]));
  return new Map(
    situations.map(({ desired, stays, resumed }) => {
      const row = new Int32Array(candidates.length);
      for (const { host } of [...stays, ...resumed]) {
        const index = indexes.get(host);
        if (index !== undefined) row[index] = (row[index] ?? 0) + 1;
      }
      return [desired.service.name, row] as const;
    }),
  );
}

/** The hosts as the placement sees them at the start: what they have and what is reserved on them. */
import type { Host, Resources } from '../../model/inventory.ts';
import type { Container, HostUp } from '../../model/observed.ts';
import { isVolumeBound } from '../desire/serving.ts';
import type { Situation } from '../desire/situation.ts';
import { hostUp, keyOf, type World } from '../desire/world.ts';
import { type Candidate, TINY_CPUS } from './filters.ts';

/** Room of a host: as declared, else what Docker reports less the reserve. */
function capacityOf(host: Host, report: HostUp): Resources {
  return {
    cpus: host.capacity.cpus ?? Math.max(0, report.cpus - (host.reserve.cpus ?? 0)),
    memoryBytes: host.capacity.memoryBytes ?? Math.max(0, report.memoryBytes - (host.reserve.memoryBytes ?? 0)),
  };
}

/** Candidates by name. Leftovers count as gone (they are swept first); of each service only what stays is counted. */
export function candidatesOf(world: World, situations: readonly Situation[]): Candidate[] {
  const swept = new Set(situations.flatMap(({ leftovers }) => leftovers.map(keyOf)));
  // What has ended and is started again needs its room, whether now or later.
  const returning = new Set(situations.flatMap(({ resumed, crashing }) => [...resumed, ...crashing].map(keyOf)));
  const books = countsOf(situations);
  return world.up.flatMap((host) => {
    const report = hostUp(world.observed, host.name);
    if (report === undefined) return [];
    const counts = books.get(host.name) ?? new Map<string, number>();
    const is = (keys: ReadonlySet<string>, one: Container): boolean =>
      keys.size > 0 && keys.has(`${host.name}/${one.name}`);
    const present = report.containers.filter((one) => (takesRoom(one) && !is(swept, one)) || is(returning, one));
    return [
      {
        host,
        capacity: capacityOf(host, report),
        used: {
          cpus: present.reduce((sum, { cpus }) => sum + cpus, 0),
          memoryBytes: present.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
        },
        counts,
        total: [...counts.values()].reduce((sum, count) => sum + count, 0),
        architecture: report.architecture,
      },
    ];
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

/** Host -> service -> replicas that stay. */
function countsOf(situations: readonly Situation[]): ReadonlyMap<string, Map<string, number>> {
  const books = new Map<string, Map<string, number>>();
  for (const { desired, stays, resumed } of situations) {
    const { name } = desired.service;
    for (const { host } of [...stays, ...resumed]) {
      const counts = books.get(host) ?? new Map<string, number>();
      books.set(host, counts.set(name, (counts.get(name) ?? 0) + 1));
    }
  }
  return books;
}

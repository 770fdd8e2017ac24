/** The hosts as the placement sees them at the start: what they have and what is reserved on them. */
import type { Host, Resources } from '../../model/inventory.ts';
import type { Container, HostUp } from '../../model/observed.ts';
import type { Situation } from '../desire/situation.ts';
import { hostUp, keyOf, type World } from '../desire/world.ts';
import type { Candidate } from './filters.ts';

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
    const present = report.containers.filter(
      (one) => (takesRoom(one) && !swept.has(`${host.name}/${one.name}`)) || returning.has(`${host.name}/${one.name}`),
    );
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

/** How full the fleet is while both colours run, and whether it could lose any one host. */
import type { Room } from '../../model/plan.ts';
import type { Situation } from '../desire/situation.ts';
import { worstLoss } from './loss.ts';
import type { Asker } from './order/books.ts';
import { share } from './order/load.ts';
import type { Schedule, Start } from './planned.ts';

/** Peak shares of both resources, and the N-1 check: each host is taken away in turn and its replicas placed again. */
export function roomOf(situations: readonly Situation[], schedule: Schedule): Room {
  const { candidates, peak } = schedule;
  const worst = (resource: 'cpus' | 'memoryBytes'): { share: number; host: string } =>
    candidates
      .map((candidate) => ({
        share: share((peak.get(candidate.host.name) ?? candidate.used)[resource], candidate.capacity[resource]),
        host: candidate.host.name,
      }))
      .reduce((most, one) => (one.share > most.share ? one : most), { share: 0, host: '' });
  const cpu = worst('cpus');
  const memory = worst('memoryBytes');
  return {
    cpuShare: cpu.share,
    cpuHost: cpu.host,
    memoryShare: memory.share,
    memoryHost: memory.host,
    withoutOne: withoutOne(situations, schedule),
  };
}

function withoutOne(situations: readonly Situation[], schedule: Schedule): Room['withoutOne'] {
  const worst = worstLoss(movableByHost(situations, schedule), schedule.candidates);
  // Only a what-if gets here with something that does not fit as it is.
  const fits = worst.unplaced <= 0 && schedule.candidates.length > 1 && schedule.problems.length === 0;
  return { fits, worst: worst.host };
}

/** Host -> a request for each replica that ends up there and may move: of replicated services without a named volume. */
function movableByHost(situations: readonly Situation[], schedule: Schedule): ReadonlyMap<string, Asker[]> {
  const losers = new Map<string, Asker[]>();
  const starts = new Map<string, Start[]>();
  for (const start of schedule.waves.flatMap((wave) => wave.starts)) push(starts, start.service, start);
  for (const { desired, stays, resumed } of situations) {
    const { service, facts } = desired;
    if (service.mode === 'global' || service.mounts.some(({ kind }) => kind === 'volume')) continue;
    const loser = { service, architectures: facts?.architectures ?? [] };
    for (const { host } of [...stays, ...resumed, ...(starts.get(service.name) ?? [])]) push(losers, host, loser);
  }
  return losers;
}

function push<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [one]);
  else list.push(one);
}

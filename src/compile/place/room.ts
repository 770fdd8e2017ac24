/** How full the fleet is while both colours run, and whether it could lose any one host. */
import type { Room } from '../../model/plan.ts';
import type { Situation } from '../desire/situation.ts';
import type { Candidate, Request } from './filters.ts';
import { dominantShare, place, share } from './place.ts';
import type { Schedule, Start } from './waves.ts';

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
  let worst = { unplaced: -1, share: -1, host: '' };
  const requests = requestsByHost(situations, schedule);
  for (const { host } of schedule.candidates) {
    const others = schedule.candidates.filter((one) => one.host.name !== host.name).map(copyOf);
    const unplaced = (requests.get(host.name) ?? []).filter(
      (request) => place(request, others).kind === 'refused',
    ).length;
    const most = Math.max(0, ...others.map(dominantShare));
    if (unplaced > worst.unplaced || (unplaced === worst.unplaced && most > worst.share))
      worst = { unplaced, share: most, host: host.name };
  }
  // Only a what-if gets here with something that does not fit as it is.
  const fits = worst.unplaced <= 0 && schedule.candidates.length > 1 && schedule.problems.length === 0;
  return { fits, worst: worst.host };
}

/** Replicas that end up on each host and may move: those of replicated services without a named volume. */
function requestsByHost(situations: readonly Situation[], schedule: Schedule): ReadonlyMap<string, Request[]> {
  const requests = new Map<string, Request[]>();
  const starts = new Map<string, Start[]>();
  for (const start of schedule.waves.flatMap((wave) => wave.starts)) push(starts, start.service, start);
  for (const { desired, stays, resumed } of situations) {
    const { service } = desired;
    if (service.mode === 'global' || service.mounts.some(({ kind }) => kind === 'volume')) continue;
    const kept = [...stays, ...resumed].map(({ host, container }) => ({ host, slot: container.slot }));
    for (const { host, slot } of [...kept, ...(starts.get(service.name) ?? [])]) {
      push(requests, host, { service, slot, architectures: desired.facts?.architectures ?? [] });
    }
  }
  return requests;
}

function push<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [one]);
  else list.push(one);
}

function copyOf(candidate: Candidate): Candidate {
  return { ...candidate, used: { ...candidate.used }, counts: new Map(candidate.counts) };
}

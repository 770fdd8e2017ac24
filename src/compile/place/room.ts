/** How full the fleet is while both colours run, and whether it could lose any one host. */
import type { Room } from '../../model/plan.ts';
import type { Situation } from '../desire/situation.ts';
import type { Candidate, Request } from './filters.ts';
import { dominantShare, place, share } from './place.ts';
import type { Schedule } from './waves.ts';

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
  for (const { host } of schedule.candidates) {
    const others = schedule.candidates.filter((one) => one.host.name !== host.name).map(copyOf);
    const lost = requestsOn(host.name, situations, schedule);
    const unplaced = lost.filter((request) => place(request, others).kind === 'refused').length;
    const most = Math.max(0, ...others.map(dominantShare));
    if (unplaced > worst.unplaced || (unplaced === worst.unplaced && most > worst.share))
      worst = { unplaced, share: most, host: host.name };
  }
  return { fits: worst.unplaced <= 0 && schedule.candidates.length > 1, worst: worst.host };
}

/** Replicas that end up on the host and may move: those of replicated services without a named volume. */
function requestsOn(host: string, situations: readonly Situation[], schedule: Schedule): Request[] {
  return situations.flatMap(({ desired, stays, resumed }) => {
    const { service } = desired;
    if (service.mode === 'global' || service.mounts.some(({ kind }) => kind === 'volume')) return [];
    const kept = [...stays, ...resumed]
      .filter((existing) => existing.host === host)
      .map(({ container }) => container.slot);
    const started = schedule.waves.flatMap(({ starts }) =>
      starts.filter((start) => start.host === host && start.service === service.name).map(({ slot }) => slot),
    );
    return [...kept, ...started].map((slot) => ({ service, slot, architectures: desired.facts?.architectures ?? [] }));
  });
}

function copyOf(candidate: Candidate): Candidate {
  return { ...candidate, used: { ...candidate.used }, counts: new Map(candidate.counts) };
}

/**
 * Chooses a host for each replica. Order of aims: spread over the preferred labels (zones), spread over hosts, the host
 * the slot had before, the least loaded host by its dominant resource (for what reserves nothing: the one with the fewest
 * replicas), and last the name, so that the same input always gives the same answer. (Swarm's spread strategy with dominant
 * resource fairness, Ghodsi et al., NSDI 2011, as the tie-break.)
 */
import type { Resources } from '../../model/inventory.ts';
import { type Candidate, type Refusal, type Request, refusalOf } from './filters.ts';

/** A host for the request, or every host's reason against it. */
export type Choice =
  | { readonly kind: 'placed'; readonly host: string }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** Chooses a host and books the room on it. Candidates must be sorted by name. */
export function place(request: Request, candidates: readonly Candidate[]): Choice {
  const refusals: Refusal[] = [];
  const open: Candidate[] = [];
  for (const candidate of candidates) {
    const refusal = refusalOf(candidate, request);
    if (refusal === undefined) open.push(candidate);
    else refusals.push(refusal);
  }
  const best = bestOf(open, request, candidates);
  if (best === undefined) return { kind: 'refused', refusals };
  book(best, request.service.name, request.service.reservation);
  return { kind: 'placed', host: best.host.name };
}

/** Takes room on a host for a replica of the service. */
function book(candidate: Candidate, service: string, room: Resources): void {
  candidate.used = {
    cpus: candidate.used.cpus + room.cpus,
    memoryBytes: candidate.used.memoryBytes + room.memoryBytes,
  };
  candidate.counts.set(service, (candidate.counts.get(service) ?? 0) + 1);
  candidate.total += 1;
}

/** Gives room back. */
export function release(candidate: Candidate, room: Resources): void {
  candidate.used = {
    cpus: candidate.used.cpus - room.cpus,
    memoryBytes: candidate.used.memoryBytes - room.memoryBytes,
  };
}

/** The larger of the two shares of a host that are reserved, 0 to 1 (more when it is overbooked). */
export function dominantShare({ used, capacity }: Candidate): number {
  return Math.max(share(used.cpus, capacity.cpus), share(used.memoryBytes, capacity.memoryBytes));
}

/** Used over capacity; a host without capacity is full. */
export function share(used: number, capacity: number): number {
  if (capacity > 0) return used / capacity;
  return used > 0 ? 1 : 0;
}

function bestOf(open: readonly Candidate[], request: Request, all: readonly Candidate[]): Candidate | undefined {
  const domains = request.service.spread.map((label) => domainCounts(label, request.service.name, all));
  let best: { candidate: Candidate; score: number[] } | undefined;
  for (const candidate of open) {
    const score = scoreOf(candidate, request, domains);
    if (best === undefined || isLess(score, best.score)) best = { candidate, score };
  }
  return best?.candidate;
}

function scoreOf(candidate: Candidate, request: Request, domains: readonly Map<string, number>[]): number[] {
  const { service, previous } = request;
  const byDomain = service.spread.map((label, index) => domains[index]?.get(candidate.host.labels[label] ?? '') ?? 0);
  const load = Math.round(dominantShare(candidate) * 1000);
  const reservesNothing = service.reservation.cpus === 0 && service.reservation.memoryBytes === 0;
  return [
    ...byDomain,
    candidate.counts.get(service.name) ?? 0,
    candidate.host.name === previous ? 0 : 1,
    // What reserves nothing changes no load: by load alone, all of a file without reservations would go to one host.
    ...(reservesNothing ? [candidate.total, load] : [load, candidate.total]),
  ];
}

/** Replicas of the service per value of the label. */
function domainCounts(label: string, service: string, all: readonly Candidate[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { host, counts: own } of all) {
    const value = host.labels[label] ?? '';
    counts.set(value, (counts.get(value) ?? 0) + (own.get(service) ?? 0));
  }
  return counts;
}

function isLess(left: readonly number[], right: readonly number[]): boolean {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

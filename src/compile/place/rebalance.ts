/**
 * Which running replicas move so that hosts are loaded evenly, by the same aims as placing: each service is spread over its
 * preferred labels (zones), then over hosts, then the fullest hosts give to emptier ones. Greedy: the move that helps most
 * goes first, and each must help by a stated least amount, so that nothing swings and a second run finds nothing.
 */
import type { Service } from '../../model/playbook.ts';
import type { Situation } from '../desire/situation.ts';
import { type Candidate, refusalOf } from './filters.ts';
import { dominantShare, share } from './order/load.ts';

/** A running replica and the host that it moves to. */
export interface Move {
  readonly service: string;
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

/** Of two hosts the fuller one must be at least so much fuller (share of its dominant resource) before one gives. */
const LEAST_GAP = 0.05;

/** Better in front, then larger amounts; see `gainOf`. */
type Gain = readonly number[];

/** Replicas of one service that may move; hosts by slot, as they are after the moves so far. */
interface Mover {
  readonly situation: Situation;
  readonly origins: ReadonlyMap<number, string>;
  readonly hosts: Map<number, string>;
}

interface Option {
  readonly mover: Mover;
  readonly slot: number;
  readonly from: Candidate;
  readonly to: Candidate;
  readonly gain: Gain;
}

/**
 * At most `maxMoves` moves; each fits where it goes once those before it are done. Sorted by service and slot. Only what is
 * at rest moves, and of it only what leaves nothing behind: no volumes, no writable folders of the host, nothing that runs
 * on every host, nothing that pauses when it is replaced. A cordoned host neither takes nor gives.
 */
export function rebalanceMoves(
  situations: readonly Situation[],
  candidates: readonly Candidate[],
  maxMoves: number,
): Move[] {
  const movers = situations.filter(isMovable).map(moverOf);
  const hosts = [...candidates].sort((a, b) => (a.host.name < b.host.name ? -1 : 1)).map(copyOf);
  for (;;) {
    const option = bestOf(movers, hosts);
    if (option === undefined) break;
    apply(option);
    if (movesOf(movers).length <= maxMoves) continue;
    option.mover.hosts.set(option.slot, option.from.host.name);
    break;
  }
  return movesOf(movers);
}

function isMovable({ desired, stays, unserved, resumed, blues, vacancies }: Situation): boolean {
  const { mode, job, rollout, mounts } = desired.service;
  const isAtRest = unserved.size + resumed.length + blues.length + vacancies.length === 0;
  const isBound = mounts.some((mount) => mount.kind === 'volume' || (mount.kind === 'bind' && !mount.readOnly));
  const isPlain = mode === 'replicated' && job === undefined && rollout.kind !== 'recreate';
  return stays.length > 0 && isAtRest && isPlain && !isBound;
}

function moverOf(situation: Situation): Mover {
  const origins = new Map(situation.stays.map(({ container, host }) => [container.slot, host]));
  return { situation, origins, hosts: new Map(origins) };
}

function copyOf(candidate: Candidate): Candidate {
  return { ...candidate, used: { ...candidate.used }, counts: new Map(candidate.counts) };
}

function movesOf(movers: readonly Mover[]): Move[] {
  return movers
    .flatMap(({ situation, origins, hosts }) =>
      [...hosts].flatMap(([slot, to]): Move[] => {
        const from = origins.get(slot) ?? to;
        return from === to ? [] : [{ service: situation.desired.service.name, slot, from, to }];
      }),
    )
    .sort((a, b) => (a.service === b.service ? a.slot - b.slot : a.service < b.service ? -1 : 1));
}

/** Of equal options the first by service, then by host: services and hosts are looked at by name. */
function bestOf(movers: readonly Mover[], hosts: readonly Candidate[]): Option | undefined {
  let best: Option | undefined;
  const byName = [...movers].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const mover of byName) {
    const domains = domainsOf(mover.situation.desired.service, hosts);
    for (const from of hosts) {
      const slot = slotOn(mover, from);
      if (slot === undefined || from.host.cordoned) continue;
      for (const to of hosts) {
        const gain = gainOf(mover.situation.desired.service, { from, to, domains });
        if (gain === undefined || (best !== undefined && !isMore(gain, best.gain))) continue;
        if (fits(mover, slot, to)) best = { mover, slot, from, to, gain };
      }
    }
  }
  return best;
}

function nameOf({ situation }: Mover): string {
  return situation.desired.service.name;
}

/** The highest slot of the service on the host: the one that came last. */
function slotOn({ hosts }: Mover, { host }: Candidate): number | undefined {
  const here = [...hosts].flatMap(([slot, name]) => (name === host.name ? [slot] : []));
  return here.length === 0 ? undefined : Math.max(...here);
}

function fits({ situation }: Mover, slot: number, to: Candidate): boolean {
  const { service, facts } = situation.desired;
  return refusalOf(to, { service, slot, architectures: facts?.architectures ?? [] }) === undefined;
}

/** Per preferred label: replicas of the service by the label's value. */
type Domains = readonly { readonly label: string; readonly counts: ReadonlyMap<string, number> }[];

function domainsOf(service: Service, hosts: readonly Candidate[]): Domains {
  return service.spread.map((label) => {
    const counts = new Map<string, number>();
    for (const { host, counts: own } of hosts) {
      const value = host.labels[label] ?? '';
      counts.set(value, (counts.get(value) ?? 0) + (own.get(service.name) ?? 0));
    }
    return { label, counts };
  });
}

interface Way {
  readonly from: Candidate;
  readonly to: Candidate;
  readonly domains: Domains;
}

/**
 * What a move is good for: which aim it serves (the first that it changes), by how much, and what it does to the other aims.
 * Undefined when it serves none, or hurts one that comes before.
 */
function gainOf(service: Service, { from, to, domains }: Way): Gain | undefined {
  if (from === to) return undefined;
  const aims = [...domains.map((domain) => zoneGain(domain, { from, to })), spreadGain(service, from, to)];
  const first = aims.findIndex((amount) => amount !== 0);
  const load = loadGain(service, from, to);
  const rest = [...aims.slice(-1), load.amount];
  if (first !== -1) return (aims[first] ?? 0) > 0 ? [-first, aims[first] ?? 0, ...rest] : undefined;
  return load.isEnough ? [-aims.length - load.rank, load.amount, ...rest] : undefined;
}

/** One less here and one more there: above 0 when the two differ by two or more, 0 when nothing gets better or worse. */
function zoneGain({ label, counts }: Domains[number], { from, to }: Pick<Way, 'from' | 'to'>): number {
  const [left = '', right = ''] = [from.host.labels[label], to.host.labels[label]];
  return left === right ? 0 : (counts.get(left) ?? 0) - (counts.get(right) ?? 0) - 1;
}

function spreadGain({ name }: Service, from: Candidate, to: Candidate): number {
  return (from.counts.get(name) ?? 0) - (to.counts.get(name) ?? 0) - 1;
}

/**
 * What reserves something must take at least half of its own share off the fuller one of the two hosts, and that one must
 * be fuller by `LEAST_GAP`; the amount is what the squares of both shares lose, so the fullest host gives first. What
 * reserves nothing evens out the number of replicas.
 */
function loadGain(
  { reservation }: Service,
  from: Candidate,
  to: Candidate,
): { readonly rank: 0 | 1; readonly amount: number; readonly isEnough: boolean } {
  if (reservation.cpus === 0 && reservation.memoryBytes === 0) {
    const amount = from.total - to.total - 1;
    return { rank: 1, amount, isEnough: amount > 0 };
  }
  const { cpus, memoryBytes } = reservation;
  const [before, there] = [dominantShare(from), dominantShare(to)];
  const left = dominantShare(changed(from, { cpus: -cpus, memoryBytes: -memoryBytes }));
  const full = dominantShare(changed(to, reservation));
  const fall = before - Math.max(left, full);
  const amount = before ** 2 + there ** 2 - left ** 2 - full ** 2;
  const own = Math.max(share(cpus, from.capacity.cpus), share(memoryBytes, from.capacity.memoryBytes));
  const isFuller = before - there >= LEAST_GAP - TINY;
  return { rank: 0, amount, isEnough: isFuller && fall > TINY && fall >= own / 2 - TINY };
}

/** Sums of fractions drift. */
const TINY = 1e-9;

function changed(candidate: Candidate, by: Candidate['used']): Candidate {
  const { used } = candidate;
  return { ...candidate, used: { cpus: used.cpus + by.cpus, memoryBytes: used.memoryBytes + by.memoryBytes } };
}

function isMore(left: Gain, right: Gain): boolean {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (Math.abs(difference) > TINY) return difference > 0;
  }
  return false;
}

function apply({ mover, slot, from, to }: Option): void {
  const { name, reservation } = mover.situation.desired.service;
  const { cpus, memoryBytes } = reservation;
  from.used = changed(from, { cpus: -cpus, memoryBytes: -memoryBytes }).used;
  to.used = changed(to, reservation).used;
  from.counts.set(name, (from.counts.get(name) ?? 0) - 1);
  to.counts.set(name, (to.counts.get(name) ?? 0) + 1);
  from.total -= 1;
  to.total += 1;
  mover.hosts.set(slot, to.host.name);
}

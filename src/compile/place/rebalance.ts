/**
 * Which running replicas move so that hosts are loaded evenly, by the same aims as placing: each service is spread over its
 * preferred labels (zones), then over hosts, then the fullest hosts give to emptier ones. Greedy: the move that helps most
 * goes first, and each must help by a stated least amount, so that nothing swings and a second run finds nothing.
 */
import type { Resources } from '../../model/inventory.ts';
import type { Service } from '../../model/playbook.ts';
import type { Situation } from '../desire/situation.ts';
import { refusalOf } from './filters.ts';
import type { Books } from './order/books.ts';
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

/** Replicas of one service that may move; indexes of hosts by slot, as they are after the moves so far. */
interface Mover {
  readonly situation: Situation;
  readonly origins: ReadonlyMap<number, number>;
  readonly hosts: Map<number, number>;
}

/** From one host to another, by their indexes. */
interface Way {
  readonly from: number;
  readonly to: number;
}

interface Option extends Way {
  readonly mover: Mover;
  readonly slot: number;
  readonly gain: Gain;
}

/**
 * At most `maxMoves` moves; each fits where it goes once those before it are done. Sorted by service and slot. Only what is
 * at rest moves, and of it only what leaves nothing behind: no volumes, no writable folders of the host, nothing that runs
 * on every host, nothing that pauses when it is replaced. A cordoned host neither takes nor gives.
 */
export function rebalanceMoves(situations: readonly Situation[], present: Books, maxMoves: number): Move[] {
  const books = present.copy();
  const movers = situations.filter(isMovable).map((situation) => moverOf(situation, books));
  for (;;) {
    const option = bestOf(movers, books);
    if (option === undefined) break;
    apply(option, books);
    if (movesOf(movers, books).length <= maxMoves) continue;
    option.mover.hosts.set(option.slot, option.from);
    break;
  }
  return movesOf(movers, books);
}

function isMovable({ desired, stays, unserved, resumed, blues, vacancies }: Situation): boolean {
  const { mode, job, rollout, mounts } = desired.service;
  const isAtRest = unserved.size + resumed.length + blues.length + vacancies.length === 0;
  const isBound = mounts.some((mount) => mount.kind === 'volume' || (mount.kind === 'bind' && !mount.readOnly));
  const isPlain = mode === 'replicated' && job === undefined && rollout.kind !== 'recreate';
  return stays.length > 0 && isAtRest && isPlain && !isBound;
}

function moverOf(situation: Situation, books: Books): Mover {
  const origins = new Map(situation.stays.map(({ container, host }) => [container.slot, books.indexOf(host)]));
  return { situation, origins, hosts: new Map(origins) };
}

function movesOf(movers: readonly Mover[], { candidates }: Books): Move[] {
  const nameOn = (index: number): string => candidates[index]?.host.name ?? '';
  return movers
    .flatMap(({ situation, origins, hosts }) =>
      [...hosts].flatMap(([slot, to]): Move[] => {
        const from = origins.get(slot) ?? to;
        if (from === to) return [];
        return [{ service: situation.desired.service.name, slot, from: nameOn(from), to: nameOn(to) }];
      }),
    )
    .sort((a, b) => (a.service === b.service ? a.slot - b.slot : a.service < b.service ? -1 : 1));
}

/** Of equal options the first by service, then by host: services and hosts are looked at by name. */
function bestOf(movers: readonly Mover[], books: Books): Option | undefined {
  let best: Option | undefined;
  const byName = [...movers].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const mover of byName) {
    const judge = judgeOf(mover.situation.desired.service, books);
    for (const [from, slot] of givers(mover, books)) {
      for (let to = 0; to < books.candidates.length; to++) {
        const gain = gainOf(judge, { from, to });
        if (gain === undefined || (best !== undefined && !isMore(gain, best.gain))) continue;
        if (fits(mover, slot, books, to)) best = { mover, slot, from, to, gain };
      }
    }
  }
  return best;
}

function nameOf({ situation }: Mover): string {
  return situation.desired.service.name;
}

/** Hosts that may give a replica, by name, each with the highest slot of the service there: the one that came last. */
function givers({ hosts }: Mover, { candidates }: Books): (readonly [number, number])[] {
  const slots = new Map<number, number>();
  for (const [slot, host] of hosts) slots.set(host, Math.max(slot, slots.get(host) ?? slot));
  return [...slots].filter(([host]) => candidates[host]?.host.cordoned === false).sort(([a], [b]) => a - b);
}

function fits({ situation }: Mover, slot: number, books: Books, to: number): boolean {
  const { service, facts } = situation.desired;
  const standing = books.standing(to, service.name);
  if (standing === undefined) return false;
  return refusalOf(standing, { service, slot, architectures: facts?.architectures ?? [] }) === undefined;
}

/** What moves of one service are judged by. */
interface Judge {
  readonly service: Service;
  readonly books: Books;
  /** By index of the host: replicas of the service. */
  readonly here: Int32Array;
  /** For each preferred label, by index of the host: the number of its value; and by that number: replicas of the service. */
  readonly domains: readonly { readonly numbers: Int32Array; readonly counts: Int32Array }[];
}

function judgeOf(service: Service, books: Books): Judge {
  const here = books.accountOf(service).counts;
  const domains = service.spread.map((label) => {
    const { numbers, byValue } = books.fields.labels.valuesOf(label);
    const counts = new Int32Array(byValue.size);
    for (const [index, number] of numbers.entries()) counts[number] = (counts[number] ?? 0) + (here[index] ?? 0);
    return { numbers, counts };
  });
  return { service, books, domains, here };
}

/**
 * What a move is good for: which aim it serves (the first that it changes), by how much, and what it does to the other aims.
 * Undefined when it serves none, or hurts one that comes before.
 */
function gainOf({ service, books, here, domains }: Judge, way: Way): Gain | undefined {
  if (way.from === way.to) return undefined;
  const aims = [...domains.map((domain) => zoneGain(domain, way)), spreadGain(here, way)];
  const first = aims.findIndex((amount) => amount !== 0);
  if (first !== -1 && (aims[first] ?? 0) < 0) return undefined;
  const load = loadGain(service, books, way);
  const rest = [...aims.slice(-1), load.amount];
  if (first !== -1) return [-first, aims[first] ?? 0, ...rest];
  return load.isEnough ? [-aims.length - load.rank, load.amount, ...rest] : undefined;
}

/** One less here and one more there: above 0 when the two differ by two or more, 0 when nothing gets better or worse. */
function zoneGain({ numbers, counts }: Judge['domains'][number], { from, to }: Way): number {
  const [left = 0, right = 0] = [numbers[from], numbers[to]];
  return left === right ? 0 : (counts[left] ?? 0) - (counts[right] ?? 0) - 1;
}

function spreadGain(here: Int32Array, { from, to }: Way): number {
  return (here[from] ?? 0) - (here[to] ?? 0) - 1;
}

/**
 * What reserves something must take at least half of its own share off the fuller one of the two hosts, and that one must
 * be fuller by `LEAST_GAP`; the amount is what the squares of both shares lose, so the fullest host gives first. What
 * reserves nothing evens out the number of replicas.
 */
function loadGain(
  { reservation }: Service,
  books: Books,
  { from, to }: Way,
): { readonly rank: 0 | 1; readonly amount: number; readonly isEnough: boolean } {
  const { cpus, memoryBytes } = reservation;
  if (cpus === 0 && memoryBytes === 0) {
    const amount = books.totalOn(from) - books.totalOn(to) - 1;
    return { rank: 1, amount, isEnough: amount > 0 };
  }
  const [before, there] = [books.shareOn(from), books.shareOn(to)];
  const left = shareAfter(books, from, { cpus: -cpus, memoryBytes: -memoryBytes });
  const full = shareAfter(books, to, reservation);
  const fall = before - Math.max(left, full);
  const amount = before ** 2 + there ** 2 - left ** 2 - full ** 2;
  const capacity = books.candidates[from]?.capacity ?? reservation;
  const own = Math.max(share(cpus, capacity.cpus), share(memoryBytes, capacity.memoryBytes));
  const isFuller = before - there >= LEAST_GAP - TINY;
  return { rank: 0, amount, isEnough: isFuller && fall > TINY && fall >= own / 2 - TINY };
}

/** Sums of fractions drift. */
const TINY = 1e-9;

/** The dominant share of the host with so much more reserved. */
function shareAfter(books: Books, index: number, by: Resources): number {
  const { cpus, memoryBytes } = books.usedOn(index);
  const used = { cpus: cpus + by.cpus, memoryBytes: memoryBytes + by.memoryBytes };
  return dominantShare({ used, capacity: books.candidates[index]?.capacity ?? used });
}

function isMore(left: Gain, right: Gain): boolean {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (Math.abs(difference) > TINY) return difference > 0;
  }
  return false;
}

function apply({ mover, slot, from, to }: Option, books: Books): void {
  const account = books.accountOf(mover.situation.desired.service);
  account.unbook(from);
  account.book(to);
  mover.hosts.set(slot, to);
}

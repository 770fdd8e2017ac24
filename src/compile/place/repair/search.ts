/**
 * A search that tries every way to seat replicas on hosts, as long as its looks last: depth first, large ones first, the
 * fullest host first (best fit decreasing, Panigrahy et al., Heuristics for vector bin packing, 2011), for what ejection
 * chains do not find. Replicas of one service take their hosts in order: they are as good as each other.
 */
import type { Asker, Books } from '../order/books.ts';
import { share } from '../order/load.ts';

/** What is searched for: all of these on hosts of these books, on which nothing of them is booked. */
export interface Search {
  readonly askers: readonly Asker[];
  readonly books: Books;
  /** Seatings that are looked at before the search gives up. */
  readonly looks: number;
}

/** The index of a host for each, in the order of `askers`; undefined when there is none, or when it was not found. */
export function seatAll({ askers, books, looks }: Search): number[] | undefined {
  const order = [...askers.keys()].sort(
    (a, b) => sizeOf(askers[b], books) - sizeOf(askers[a], books) || byName(askers, a, b),
  );
  const chosen = new Map<number, number>();
  let left = looks;
  const seat = (at: number): boolean => {
    const which = order[at];
    const asker = which === undefined ? undefined : askers[which];
    if (which === undefined || asker === undefined) return true;
    const before = order[at - 1];
    const isTwin = before !== undefined && askers[before]?.service === asker.service;
    const least = isTwin ? (chosen.get(before) ?? 0) : 0;
    const { name, reservation } = asker.service;
    for (const index of openTo(asker, books, least)) {
      if (--left < 0) return false;
      books.book(index, name, reservation);
      chosen.set(which, index);
      if (seat(at + 1)) return true;
      books.unbook(index, name, reservation);
    }
    return false;
  };
  return seat(0) ? [...askers.keys()].map((which) => chosen.get(which) ?? -1) : undefined;
}

/** Hosts that can take one, the fullest first, so that room stays whole for those that come later. */
function openTo(asker: Asker, books: Books, least: number): number[] {
  const hosts = books.fieldFor(asker).domains.flatMap(({ members }) => members);
  const open = hosts.filter((index) => index >= least && books.keyOf(index, asker.service) < Number.POSITIVE_INFINITY);
  return open.sort((a, b) => roomOn(a, books) - roomOn(b, books) || a - b);
}

/** Free share of both resources of a host together. */
function roomOn(index: number, { candidates }: Books): number {
  const candidate = candidates[index];
  if (candidate === undefined) return 0;
  const { capacity, used } = candidate;
  return 2 - share(used.cpus, capacity.cpus) - share(used.memoryBytes, capacity.memoryBytes);
}

/** Large ones, and those with few hosts, are seated first. */
function sizeOf(asker: Asker | undefined, books: Books): number {
  if (asker === undefined) return 0;
  const hosts = books.fieldFor(asker).domains.flatMap(({ members }) => members);
  const { reservation } = asker.service;
  const shares = hosts.map((index) => {
    const capacity = books.candidates[index]?.capacity ?? { cpus: 0, memoryBytes: 0 };
    return Math.max(share(reservation.cpus, capacity.cpus), share(reservation.memoryBytes, capacity.memoryBytes));
  });
  const least = shares.reduce((most, one) => Math.max(most, one), 0);
  return least + (books.candidates.length - hosts.length) / Math.max(1, books.candidates.length);
}

function byName(askers: readonly Asker[], a: number, b: number): number {
  const [left = '', right = ''] = [askers[a]?.service.name, askers[b]?.service.name];
  return left === right ? a - b : left < right ? -1 : 1;
}

/** Seats: how many of each kind every host has, and the way from hosts of single replicas to them and back. */
import type { Asker } from '../order/fields.ts';
import { type Board, type Kind, worthOf } from './board.ts';

/** By index of the kind, by index of the host. */
export type Seats = readonly Int32Array[];

/** Seats of nobody. */
export function noSeats({ kinds, hosts }: Board): Seats {
  return kinds.map(() => new Int32Array(hosts));
}

/** The seats of those that have a host. */
export function seatsOf(board: Board, places: ReadonlyMap<Asker, number>): Seats {
  const seats = noSeats(board);
  const rows = new Map(board.kinds.map(({ asker }, kind) => [asker.service.name, seats[kind]]));
  for (const [{ service }, host] of places) shift(rows.get(service.name), host, 1);
  return seats;
}

/** The same with all that has no seat where most is free, though it be too little; undefined where limits forbid it. */
export function crowded(board: Board, seats: Seats): Seats | undefined {
  const worth = worthOf(board);
  const free = freeOn(board, seats, worth);
  const all = seats.map((row) => row.slice());
  for (const [at, kind] of board.kinds.entries()) {
    const row = all[at];
    for (let left = missing(kind, row); left > 0; left--) {
      const host = roomiest(kind, row, free);
      if (host === undefined) return undefined;
      shift(row, host, 1);
      free[host] = (free[host] ?? 0) - worth(kind.cpus, kind.memoryBytes);
    }
  }
  return all;
}

/** A host for each of those that have seats; who was on a host before stays there if it has one. */
export function placesOf<A extends Asker>(
  { kinds }: Board,
  seats: Seats,
  { askers, before }: { readonly askers: readonly A[]; readonly before: ReadonlyMap<A, number> },
): ReadonlyMap<A, number> {
  const rows = new Map(kinds.map(({ asker }, kind) => [asker.service.name, seats[kind]?.slice()]));
  const places = new Map<A, number>();
  const take = (asker: A, host: number | undefined): void => {
    const row = rows.get(asker.service.name);
    if (host === undefined || (row?.[host] ?? 0) === 0) return;
    shift(row, host, -1);
    places.set(asker, host);
  };
  for (const [asker, host] of before) take(asker, host);
  for (const asker of askers) {
    if (!places.has(asker))
      take(
        asker,
        rows.get(asker.service.name)?.findIndex((count) => count > 0),
      );
  }
  return places;
}

/** Replicas of the kind that have no seat. */
function missing({ count }: Kind, row: Int32Array | undefined): number {
  return count - (row?.reduce((all, one) => all + one, 0) ?? 0);
}

/** What each host has left when all seats are taken, below zero where it is too full. */
function freeOn(
  { kinds, hosts, freeCpus, freeMemory }: Board,
  seats: Seats,
  worth: ReturnType<typeof worthOf>,
): Float64Array {
  return Float64Array.from({ length: hosts }, (_, host) =>
    kinds.reduce(
      (left, { cpus, memoryBytes }, kind) => left - (seats[kind]?.[host] ?? 0) * worth(cpus, memoryBytes),
      worth(freeCpus[host] ?? 0, freeMemory[host] ?? 0),
    ),
  );
}

/** Of the hosts that may have one more of the kind, the one with most left. */
function roomiest({ limits }: Kind, row: Int32Array | undefined, free: Float64Array): number | undefined {
  let best: number | undefined;
  for (const [host, left] of free.entries()) {
    if ((row?.[host] ?? 0) >= (limits[host] ?? 0)) continue;
    if (best === undefined || left > (free[best] ?? 0)) best = host;
  }
  return best;
}

function shift(row: Int32Array | undefined, host: number, by: number): void {
  if (row !== undefined) row[host] = (row[host] ?? 0) + by;
}

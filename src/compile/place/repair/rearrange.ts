/**
 * The second try, when the quick way leaves replicas without a host though nothing runs that must go first: others of the
 * same plan, of which nothing is carried out yet, make room. First those that change least: ejection chains, then exchanges
 * among all of them; last all of them are packed anew. What then fits is polished. Each is given up after a bounded number of
 * looks, and nothing that runs is moved.
 */
import type { Situation } from '../../desire/situation.ts';
import type { World } from '../../desire/world.ts';
import { booksOf } from '../candidates.ts';
import { homesOf } from '../homes.ts';
import type { Books } from '../order/books.ts';
import type { Asker } from '../order/fields.ts';
import type { Start } from '../planned.ts';
import { type Board, boardOf, mayFit } from './board.ts';
import { Chains, type Seat } from './chains.ts';
import { exchanged } from './exchange.ts';
import { packed } from './pack.ts';
import { polished } from './polish.ts';
import { crowded, placesOf, type Seats, seatsOf } from './seats.ts';

/** Sets of replicas to eject that are looked at for one plan. */
const CHAIN_LOOKS = 20_000;

/** Moves that are looked at, from each of the two seatings that exchanges begin with. */
const EXCHANGE_LOOKS = 1_000_000;

/** Moves that are looked at to make better what fits. */
const POLISH_LOOKS = 500_000;

/** "SERVICE.SLOT" -> host. */
export type Assignment = ReadonlyMap<string, string>;

/** A vacancy of a service that may go anywhere. */
interface Wish extends Asker {
  readonly slot: number;
}

/** Index of a host for each wish that has one. */
type Places = ReadonlyMap<Wish, number>;

/** Where replicas go so that more of them fit than by `starts`; undefined when no such way was found. */
export function rearranged(
  situations: readonly Situation[],
  world: World,
  starts: readonly Start[],
): Assignment | undefined {
  if (situations.some(({ blues }) => blues.length > 0)) return undefined;
  const { groups } = homesOf(world);
  const wishes = situations.filter(({ desired }) => !groups.has(desired.service.name)).flatMap(wishesOf);
  const wished = new Set(wishes.map(keyOf));
  const bound = starts.filter((start) => !wished.has(keyOf(start)));
  const books = (): Books => withStarts(booksOf(world, situations), world, bound);
  const chains = chained(wishes, starts, books());
  const places = settled(wishes, chains, books()) ?? chains;
  if (bound.length + places.size <= starts.length) return undefined;
  const { candidates } = books();
  return new Map([
    ...bound.map((start) => [keyOf(start), start.host] as const),
    ...[...places].map(([wish, index]) => [keyOf(wish), candidates[index]?.host.name ?? ''] as const),
  ]);
}

function keyOf(one: Wish | Start): string {
  return `${typeof one.service === 'string' ? one.service : one.service.name}.${one.slot}`;
}

function wishesOf({ desired: { service, facts }, vacancies }: Situation): Wish[] {
  const architectures = facts?.architectures ?? [];
  return vacancies.flatMap(({ slot, pinned }) => (pinned === undefined ? [{ service, architectures, slot }] : []));
}

/** What is bound to its host stays there. */
function withStarts(books: Books, { playbook }: World, bound: readonly Start[]): Books {
  const services = new Map(playbook.services.map((service) => [service.name, service]));
  for (const { service, host } of bound) {
    const found = services.get(service);
    if (found !== undefined) books.accountOf(found).book(books.indexOf(host));
  }
  return books;
}

/** Those without a host, of greater priority first, each make a chain among those that have one. */
function chained(wishes: readonly Wish[], starts: readonly Start[], books: Books): Places {
  const hosts = new Map(starts.map((start) => [keyOf(start), books.indexOf(start.host)]));
  const seats = new Map<Wish, Seat>();
  for (const wish of wishes) {
    const index = hosts.get(keyOf(wish));
    if (index === undefined) continue;
    books.accountOf(wish.service).book(index);
    seats.set(wish, { asker: wish, index });
  }
  const missing = wishes.filter((wish) => !seats.has(wish));
  const chains = new Chains([...seats.values()], books, CHAIN_LOOKS);
  for (const wish of missing.sort((a, b) => (b.service.priority ?? 0) - (a.service.priority ?? 0))) {
    const seat = chains.seat(wish);
    if (seat !== undefined) seats.set(wish, seat);
  }
  return new Map([...seats].map(([wish, { index }]) => [wish, index]));
}

/** A host for every wish, as good as can be had, or undefined. */
function settled(wishes: readonly Wish[], places: Places, books: Books): Places | undefined {
  const board = boardOf(wishes, books);
  const seats = seatsOf(board, places);
  const whole = places.size === wishes.length ? seats : reseated(board, seats);
  if (whole === undefined) return undefined;
  return placesOf(board, polished(board, whole, POLISH_LOOKS), { askers: wishes, before: places });
}

/** Seats of all, or undefined: exchanges among all as they are, then all packed, then exchanges among the packed. */
function reseated(board: Board, seats: Seats): Seats | undefined {
  if (!mayFit(board)) return undefined;
  const exchange = (first: Seats): Seats | undefined => {
    const all = crowded(board, first);
    return all === undefined ? undefined : exchanged(board, all, EXCHANGE_LOOKS);
  };
  return exchange(seats) ?? exchange(packed(board));
}

/**
 * The second try, when the quick way leaves replicas without a host though nothing runs that must go first: others of the
 * same plan, of which nothing is carried out yet, make room. Ejection chains first, then a search through all ways that
 * is given up after a bounded number of looks. Nothing that runs is moved.
 */
import type { Situation } from '../../desire/situation.ts';
import type { World } from '../../desire/world.ts';
import { candidatesOf } from '../candidates.ts';
import { homesOf } from '../homes.ts';
import { type Asker, Books } from '../order/books.ts';
import type { Start } from '../waves.ts';
import { Chains, type Seat } from './chains.ts';
import { seatAll } from './search.ts';

/** Sets of replicas to eject that are looked at for one plan. */
const CHAIN_LOOKS = 100_000;

/** Seatings that the search looks at; above so many replicas and hosts it is not begun. */
const SEARCH_LOOKS = 100_000;
const SEARCHABLE = 5_000;

/** "SERVICE.SLOT" -> host. */
export type Assignment = ReadonlyMap<string, string>;

/** A vacancy of a service that may go anywhere. */
interface Wish extends Asker {
  readonly slot: number;
}

/** Where replicas go so that more of them fit than by `starts`; undefined when no such way was found. */
export function rearranged(
  situations: readonly Situation[],
  world: World,
  starts: readonly Start[],
): Assignment | undefined {
  if (situations.some(({ blues }) => blues.length > 0)) return undefined;
  const { groups } = homesOf(world);
  const wishes = situations.filter(({ desired }) => !groups.has(desired.service.name)).flatMap(wishesOf);
  const free = new Set(wishes.map(keyOf));
  const isFree = ({ service, slot }: Start): boolean => free.has(`${service}.${slot}`);
  const bound = starts.filter((start) => !isFree(start));
  const books = (): Books => withStarts(new Books(candidatesOf(world, situations)), world, bound);
  const chains = chained(wishes, starts.filter(isFree), books());
  if (chains.isWhole) return chains.assignment;
  return searched(wishes, books()) ?? (chains.isBetter ? chains.assignment : undefined);
}

function keyOf({ service, slot }: Wish): string {
  return `${service.name}.${slot}`;
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
    if (found !== undefined) books.book(books.indexOf(host), service, found.reservation);
  }
  return books;
}

/** Those without a host, of greater priority first, each make a chain among those that have one. */
function chained(
  wishes: readonly Wish[],
  starts: readonly Start[],
  books: Books,
): { readonly assignment: Assignment; readonly isWhole: boolean; readonly isBetter: boolean } {
  const hosts = new Map(starts.map(({ service, slot, host }) => [`${service}.${slot}`, books.indexOf(host)]));
  const seats = new Map<Wish, Seat>();
  for (const wish of wishes) {
    const index = hosts.get(keyOf(wish));
    if (index === undefined) continue;
    books.book(index, wish.service.name, wish.service.reservation);
    seats.set(wish, { asker: wish, index });
  }
  const missing = wishes.filter((wish) => !seats.has(wish));
  const chains = new Chains([...seats.values()], books, CHAIN_LOOKS);
  for (const wish of missing.sort((a, b) => (b.service.priority ?? 0) - (a.service.priority ?? 0))) {
    const seat = chains.seat(wish);
    if (seat !== undefined) seats.set(wish, seat);
  }
  const gained = seats.size - hosts.size;
  const chosen = new Map([...seats].map(([wish, { index }]) => [wish, index]));
  return { assignment: assigned(chosen, books), isWhole: seats.size === wishes.length, isBetter: gained > 0 };
}

function searched(wishes: readonly Wish[], books: Books): Assignment | undefined {
  if (wishes.length * books.candidates.length > SEARCHABLE) return undefined;
  const indexes = seatAll({ askers: wishes, books, looks: SEARCH_LOOKS });
  return indexes === undefined ? undefined : assigned(new Map(indexes.map((index, at) => [wishes[at], index])), books);
}

function assigned(chosen: ReadonlyMap<Wish | undefined, number>, { candidates }: Books): Assignment {
  return new Map(
    [...chosen].flatMap(([wish, index]) => {
      const host = candidates[index]?.host.name;
      return wish === undefined || host === undefined ? [] : [[keyOf(wish), host] as const];
    }),
  );
}

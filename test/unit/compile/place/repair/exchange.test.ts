/** What exchanges and packing do with boards small enough to see through. */
import { expect, test } from 'vitest';
import { Books } from '../../../../../src/compile/place/order/books.ts';
import { type Board, boardOf, mayFit } from '../../../../../src/compile/place/repair/board.ts';
import { exchanged } from '../../../../../src/compile/place/repair/exchange.ts';
import { packed } from '../../../../../src/compile/place/repair/pack.ts';
import { crowded, noSeats, placesOf, type Seats, seatsOf } from '../../../../../src/compile/place/repair/seats.ts';
import { host, type ServiceShape, service } from '../../../../support/compile/worlds.ts';

const LOOKS = 10_000;

const asker = (name: string, cpus: number, shape: ServiceShape = {}) => ({
  service: service(name, { reservation: { cpus, memoryBytes: 0 }, ...shape }),
  architectures: [],
});

const asked = (name: string, count: number, cpus: number, shape: ServiceShape = {}) => {
  const one = asker(name, cpus, shape);
  return Array.from({ length: count }, () => ({ ...one }));
};

/** Hosts with so many cpus each. */
const hosts = (...cpus: number[]) =>
  new Books(
    cpus.map((one, index) => ({
      host: host(`vm${index + 1}`),
      capacity: { cpus: one, memoryBytes: 0 },
      used: { cpus: 0, memoryBytes: 0 },
      architecture: '',
    })),
  );

const plain = (seats: Seats | undefined) => seats?.map((row) => [...row]);

/** Cpus that are taken on each host. */
function taken({ kinds, hosts: count }: Board, seats: Seats): number[] {
  return Array.from({ length: count }, (_, at) =>
    kinds.reduce((all, { cpus }, kind) => all + cpus * (seats[kind]?.[at] ?? 0), 0),
  );
}

test('replicas of one service are one kind, and what it has on a host counts against its limit there', () => {
  const limited = { maxPerHost: 2 };
  const there = new Map([['web', Int32Array.of(1, 0)]]);
  const board = boardOf(asked('web', 3, 1, limited), new Books(hosts(4, 4).candidates, there));
  expect(board.kinds.map(({ count, limits }) => [count, [...limits]])).toEqual([[3, [1, 2]]]);
});

test('two change places in one turn', () => {
  // 5 + 3 on a host of 8 and 4 + 4 on the other: as they are seated, 9 and 7.
  const board = boardOf([...asked('five', 1, 5), ...asked('four', 2, 4), ...asked('three', 1, 3)], hosts(8, 8));
  const seats = [
    [1, 0],
    [1, 1],
    [0, 1],
  ].map((row) => Int32Array.from(row));
  const found = exchanged(board, seats, 6);
  expect(found === undefined ? [] : taken(board, found)).toEqual([8, 8]);
});

test('what can not be is given up', () => {
  const board = boardOf(asked('two', 3, 2), hosts(3, 3));
  expect(mayFit(board)).toBe(true);
  expect(exchanged(board, crowded(board, noSeats(board)) ?? [], LOOKS)).toBeUndefined();
  expect(mayFit(boardOf(asked('two', 4, 2), hosts(3, 3)))).toBe(false);
});

test('nobody is crowded onto a host beyond its limit', () => {
  const board = boardOf(asked('one', 2, 1, { maxPerHost: 1 }), hosts(1));
  expect(crowded(board, noSeats(board))).toBeUndefined();
  const wide = boardOf(asked('one', 2, 3, { maxPerHost: 1 }), hosts(1, 2));
  expect(plain(crowded(wide, noSeats(wide)))).toEqual([[1, 1]]);
});

test('packing fills a host exactly where some set of replicas does', () => {
  // Taken by size alone, 7 + 3 would leave 6 + 5 for a host of 11 and 4 + 2 for none.
  const board = boardOf(
    [7, 6, 5, 4, 3, 2].flatMap((cpus) => asked(`n${cpus}`, 1, cpus)),
    hosts(11, 16),
  );
  expect(taken(board, packed(board))).toEqual([11, 16]);
});

test('packing begins with the hardest, though small ones alone would fill a host', () => {
  const board = boardOf([...asked('two', 4, 2), ...asked('six', 2, 6)], hosts(6, 6, 8));
  expect(plain(packed(board))).toEqual([
    [0, 0, 4],
    [1, 1, 0],
  ]);
});

test('packing leaves out what does not fit, and fills no host above what it has', () => {
  const board = boardOf(asked('two', 5, 2), hosts(3, 5));
  expect(plain(packed(board))).toEqual([[1, 2]]);
});

test('who was on a host stays on it where the seats have one of its service there', () => {
  const askers = asked('one', 3, 1);
  const board = boardOf(askers, hosts(3, 3, 3));
  const before = new Map(askers.slice(0, 2).map((one, index) => [one, index === 0 ? 2 : 0]));
  expect(plain(seatsOf(board, before))).toEqual([[1, 0, 1]]);
  const places = placesOf(board, [Int32Array.from([0, 2, 1])], { askers, before });
  expect(askers.map((one) => places.get(one))).toEqual([2, 1, 1]);
});

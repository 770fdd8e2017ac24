/** What polishing makes of a seating that fits. */
import { expect, test } from 'vitest';
import { Books } from '../../../../../src/compile/place/order/books.ts';
import { boardOf } from '../../../../../src/compile/place/repair/board.ts';
import { polished } from '../../../../../src/compile/place/repair/polish.ts';
import { host, type ServiceShape, service } from '../../../../support/compile/worlds.ts';

const LOOKS = 10_000;

const asked = (name: string, count: number, cpus: number, shape: ServiceShape = {}) => {
  const one = { service: service(name, { reservation: { cpus, memoryBytes: 0 }, ...shape }), architectures: [] };
  return Array.from({ length: count }, () => ({ ...one }));
};

/** Zones and cpus of hosts, e.g. "a4 a4 b8". */
function hosts(text: string): Books {
  return new Books(
    text.split(' ').map((word, index) => ({
      host: host(`vm${index + 1}`, { labels: { zone: word[0] ?? '' } }),
      capacity: { cpus: Number(word.slice(1)), memoryBytes: 0 },
      used: { cpus: 0, memoryBytes: 0 },
      architecture: '',
    })),
  );
}

function polish(askers: ReturnType<typeof asked>, books: Books, rows: number[][], looks = LOOKS) {
  const seats = rows.map((row) => Int32Array.from(row));
  return polished(boardOf(askers, books), seats, looks).map((row) => [...row]);
}

test('replicas are made even over zones first, then over hosts', () => {
  const spread = asked('web', 4, 1, { spread: ['zone'] });
  expect(polish(spread, hosts('a9 a9 a9 b9 b9'), [[2, 1, 1, 0, 0]])).toEqual([[0, 1, 1, 1, 1]]);
});

test('without a spread preference zones do not count', () => {
  expect(polish(asked('web', 3, 1), hosts('a9 a9 a9 b2'), [[3, 0, 0, 0]])).toEqual([[1, 1, 1, 0]]);
});

test('where one has no room, two change places', () => {
  const both = [...asked('web', 2, 2, { spread: ['zone'] }), ...asked('api', 2, 2, { spread: ['zone'] })];
  expect(
    polish(both, hosts('a4 b4'), [
      [2, 0],
      [0, 2],
    ]),
  ).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test('of what is equally spread the emptiest host has more', () => {
  expect(
    polish([...asked('web', 1, 2), ...asked('api', 1, 2)], hosts('a4 a4'), [
      [1, 0],
      [1, 0],
    ]),
  ).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('what is there already counts, and its room is not given away', () => {
  // Two of web on the first host, with so many cpus in all.
  const busy = (cpus: number) => {
    const candidates = hosts('a4 b4').candidates.map((one, index) =>
      index === 0 ? { ...one, used: { cpus, memoryBytes: 0 } } : one,
    );
    return new Books(candidates, new Map([['web', Int32Array.of(2, 0)]]));
  };
  expect(polish(asked('web', 2, 2, { spread: ['zone'] }), busy(2), [[1, 1]])).toEqual([[0, 2]]);
  expect(polish(asked('api', 2, 2), busy(2), [[0, 2]])).toEqual([[1, 1]]);
  expect(polish(asked('api', 2, 2), busy(3), [[0, 2]])).toEqual([[0, 2]]);
});

test('without looks left nothing is changed', () => {
  expect(polish(asked('web', 3, 1), hosts('a9 a9'), [[3, 0]], 0)).toEqual([[3, 0]]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusalOf } from '../../../../src/compile/place/filters.ts';
import { Books } from '../../../../src/compile/place/order/books.ts';
import { dominantShare } from '../../../../src/compile/place/order/load.ts';
import { Tournament } from '../../../../src/compile/place/order/tournament.ts';
import { Turn } from '../../../../src/compile/place/order/turn.ts';
import type { Service } from '../../../../src/model/playbook.ts';
import { host, service } from '../../../support/compile/worlds.ts';

/** Hosts that are partly full, some with replicas of the services already. */
const fleets: fc.Arbitrary<Books> = fc
  .array(
    fc.record({
      zone: fc.constantFrom('a', 'b', 'c'),
      rack: fc.constantFrom('1', '2'),
      cordoned: fc.boolean(),
      cpus: fc.integer({ min: 0, max: 8 }),
      used: fc.integer({ min: 0, max: 8 }),
      own: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((list) => {
    const candidates = list.map(({ zone, rack, cordoned, cpus, used }, index) => ({
      host: host(`vm${index + 1}`, { labels: { zone, rack }, cordoned: cordoned && index % 2 === 0 }),
      capacity: { cpus, memoryBytes: 8 },
      used: { cpus: used, memoryBytes: used / 2 },
      architecture: 'amd64',
    }));
    return new Books(candidates, new Map([['web', Int32Array.from(list, ({ own }) => own)]]));
  });

const services: fc.Arbitrary<Service> = fc
  .record({
    cpus: fc.integer({ min: 0, max: 2 }),
    spread: fc.constantFrom([], ['zone'], ['zone', 'rack']),
    maxPerHost: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ cpus, spread, maxPerHost }) =>
    service('web', {
      reservation: { cpus, memoryBytes: cpus },
      spread,
      ...(maxPerHost === undefined ? {} : { maxPerHost }),
    }),
  );

/** The host that a look at all of them finds: the order of the aims, spelled out. */
function scanned(web: Service, books: Books, previous: string | undefined): string | undefined {
  const request = { service: web, slot: 1, architectures: [] };
  const all = books.candidates.flatMap((_, index) => {
    const standing = books.standing(index, 'web');
    return standing === undefined ? [] : [{ ...standing, total: books.totalOn(index) }];
  });
  const open = all.filter((one) => refusalOf(one, request) === undefined);
  const scored = open.map((one) => {
    const domains = web.spread.map((label) =>
      all
        .filter((other) => other.host.labels[label] === one.host.labels[label])
        .reduce((sum, { count }) => sum + count, 0),
    );
    const load = Math.round(dominantShare(one) * 1000);
    const last = web.reservation.cpus === 0 ? [one.total, load] : [load, one.total];
    return { name: one.host.name, score: [...domains, one.count, one.host.name === previous ? 0 : 1, ...last] };
  });
  return scored.sort((a, b) => firstDifference(a.score, b.score))[0]?.name;
}

function firstDifference(left: readonly number[], right: readonly number[]): number {
  return left.map((value, index) => value - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

test('a turn chooses what a look at all hosts would choose, replica by replica', () => {
  fc.assert(
    fc.property(
      fleets,
      services,
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 }),
      (books, web, former) => {
        const turn = new Turn({ service: web, architectures: [] }, books);
        for (const number of former) {
          const previous = number > 9 ? undefined : `vm${number}`;
          const wanted = scanned(web, books, previous);
          const taken = turn.take(previous === undefined ? {} : { previous });
          expect(books.candidates[taken ?? -1]?.host.name).toBe(wanted);
        }
      },
    ),
  );
});

test('what others book meanwhile is seen', () => {
  fc.assert(
    fc.property(fleets, services, fc.nat(8), (books, web, number) => {
      const turn = new Turn({ service: web, architectures: [] }, books);
      turn.take({});
      const other = service('other', { reservation: { cpus: 1, memoryBytes: 0 } });
      books.accountOf(other).book(number % books.candidates.length);
      const wanted = scanned(web, books, undefined);
      expect(books.candidates[turn.take({}) ?? -1]?.host.name).toBe(wanted);
    }),
  );
});

test('a tournament knows the first of the least at any time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.tuple(fc.nat(19), fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY))),
      (keys, changes) => {
        const tournament = new Tournament(Float64Array.from(keys));
        const now = [...keys];
        for (const [entrant, key] of changes.filter(([one]) => one < keys.length)) {
          tournament.set(entrant, key);
          now[entrant] = key;
          const least = Math.min(...now);
          expect(tournament.best).toBe(least === Number.POSITIVE_INFINITY ? undefined : now.indexOf(least));
        }
      },
    ),
  );
});

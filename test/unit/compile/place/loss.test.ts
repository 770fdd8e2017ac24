import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Candidate } from '../../../../src/compile/place/filters.ts';
import { type Loss, worstLoss } from '../../../../src/compile/place/loss.ts';
import { Books } from '../../../../src/compile/place/order/books.ts';
import type { Asker } from '../../../../src/compile/place/order/fields.ts';
import { place } from '../../../../src/compile/place/place.ts';
import { host, service } from '../../../support/compile/worlds.ts';

const SERVICES: readonly Asker[] = [
  service('even', { reservation: { cpus: 1, memoryBytes: 1 }, spread: ['zone'] }),
  service('free', { spread: ['zone', 'rack'] }),
  service('large', { reservation: { cpus: 3, memoryBytes: 1 } }),
  service('near', {
    reservation: { cpus: 1, memoryBytes: 2 },
    maxPerHost: 1,
    constraints: [{ key: 'labels.zone', operator: '!=', value: 'c' }],
  }),
].map((one) => ({ service: one, architectures: [] }));

/** Hosts with replicas of the services that may go elsewhere, and with something that may not. */
const fleets: fc.Arbitrary<Books> = fc
  .array(
    fc.record({
      zone: fc.constantFrom('a', 'b', 'c'),
      rack: fc.constantFrom('1', '2'),
      cordoned: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
      cpus: fc.integer({ min: 2, max: 12 }),
      bound: fc.integer({ min: 0, max: 2 }),
      replicas: fc.array(fc.nat(3), { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((list) => {
    const candidates = list.map(({ zone, rack, cordoned, cpus, bound, replicas }, index): Candidate => {
      const askers = replicas.flatMap((number) => SERVICES[number] ?? []);
      return {
        host: host(`vm${index + 1}`, { labels: { zone, rack }, cordoned }),
        capacity: { cpus, memoryBytes: 9 },
        used: {
          cpus: askers.reduce((sum, one) => sum + one.service.reservation.cpus, bound),
          memoryBytes: askers.reduce((sum, one) => sum + one.service.reservation.memoryBytes, 0),
        },
        architecture: 'amd64',
      };
    });
    const counts = SERVICES.map(({ service: { name } }, number) => {
      const row = Int32Array.from(list, ({ replicas }) => replicas.filter((one) => one === number).length);
      return [name, row] as const;
    });
    return new Books(candidates, new Map(counts));
  });

/** Each host is really taken away, and what ran there is placed by a deploy's own rule. */
function tried(books: Books): Loss {
  let worst = { host: '', unplaced: -1, share: -1 };
  for (const [lost, { host: gone }] of books.candidates.entries()) {
    const others = without(books, lost);
    let unplaced = 0;
    for (const asker of SERVICES) {
      for (let left = books.accountOf(asker.service).counts[lost] ?? 0; left > 0; left--)
        if (place({ ...asker, slot: 1 }, others).kind === 'refused') unplaced++;
    }
    const share = Math.max(0, ...others.candidates.map((_, index) => others.shareOn(index)));
    if (unplaced > worst.unplaced || (unplaced === worst.unplaced && share > worst.share))
      worst = { host: gone.name, unplaced, share };
  }
  return { host: worst.host, unplaced: worst.unplaced };
}

function without(books: Books, lost: number): Books {
  const counts = SERVICES.map(({ service: one }): readonly [string, Int32Array] => {
    return [one.name, books.accountOf(one).counts.filter((_, index) => index !== lost)];
  });
  return new Books(
    books.candidates.filter((_, index) => index !== lost),
    new Map(counts),
  );
}

test('the worst loss is the one that taking away each host in turn finds', () => {
  fc.assert(
    fc.property(fleets, (books) => {
      const { host: name, unplaced } = worstLoss(SERVICES, books);
      expect({ host: name, unplaced }).toEqual(tried(books));
    }),
    { numRuns: 500 },
  );
});

test('losses that are tried leave no trace', () => {
  fc.assert(
    fc.property(fleets, (books) => {
      const seen = () =>
        books.candidates.map((_, index) => ({
          used: books.usedOn(index),
          counts: SERVICES.map(({ service: one }) => books.standing(index, one.name)?.count),
        }));
      const before = seen();
      worstLoss(SERVICES, books);
      expect(seen()).toEqual(before);
    }),
  );
});

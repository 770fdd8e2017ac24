import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Candidate } from '../../../../src/compile/place/filters.ts';
import { type Loss, worstLoss } from '../../../../src/compile/place/loss.ts';
import type { Asker } from '../../../../src/compile/place/order/books.ts';
import { dominantShare } from '../../../../src/compile/place/order/load.ts';
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

interface Fleet {
  readonly candidates: readonly Candidate[];
  readonly losers: ReadonlyMap<string, readonly Asker[]>;
}

/** Hosts with replicas of the services that may go elsewhere, and with something that may not. */
const fleets: fc.Arbitrary<Fleet> = fc
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
    const losers = new Map<string, readonly Asker[]>();
    const candidates = list.map(({ zone, rack, cordoned, cpus, bound, replicas }, index): Candidate => {
      const askers = replicas.flatMap((number) => SERVICES[number] ?? []);
      losers.set(`vm${index + 1}`, askers);
      const counts = new Map<string, number>();
      for (const { service: one } of askers) counts.set(one.name, (counts.get(one.name) ?? 0) + 1);
      return {
        host: host(`vm${index + 1}`, { labels: { zone, rack }, cordoned }),
        capacity: { cpus, memoryBytes: 9 },
        used: {
          cpus: askers.reduce((sum, one) => sum + one.service.reservation.cpus, bound),
          memoryBytes: askers.reduce((sum, one) => sum + one.service.reservation.memoryBytes, 0),
        },
        counts,
        total: askers.length,
        architecture: 'amd64',
      };
    });
    return { candidates, losers };
  });

/** Each host is really taken away, and what ran there is placed by a deploy's own rule. */
function tried({ candidates, losers }: Fleet): Loss {
  let worst = { host: '', unplaced: -1, share: -1 };
  for (const lost of candidates) {
    const others = candidates
      .filter((one) => one !== lost)
      .map((one): Candidate => ({ ...one, counts: new Map(one.counts) }));
    let unplaced = 0;
    for (const asker of losers.get(lost.host.name) ?? []) {
      if (place({ ...asker, slot: 1 }, others).kind === 'refused') unplaced++;
    }
    const share = Math.max(0, ...others.map(dominantShare));
    if (unplaced > worst.unplaced || (unplaced === worst.unplaced && share > worst.share))
      worst = { host: lost.host.name, unplaced, share };
  }
  return { host: worst.host, unplaced: worst.unplaced };
}

test('the worst loss is the one that taking away each host in turn finds', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const { host: name, unplaced } = worstLoss(fleet.losers, fleet.candidates);
      expect({ host: name, unplaced }).toEqual(tried(fleet));
    }),
    { numRuns: 500 },
  );
});

test('losses that are tried leave no trace', () => {
  fc.assert(
    fc.property(fleets, ({ candidates, losers }) => {
      const before = candidates.map(({ used, total, counts }) => ({ used, total, counts: [...counts] }));
      worstLoss(losers, candidates);
      expect(candidates.map(({ used, total, counts }) => ({ used, total, counts: [...counts] }))).toEqual(before);
    }),
  );
});

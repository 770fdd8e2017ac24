import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Situation } from '../../../../src/compile/desire/situation.ts';
import { existingOn } from '../../../../src/compile/desire/world.ts';
import { refusalOf } from '../../../../src/compile/place/filters.ts';
import { Books } from '../../../../src/compile/place/order/books.ts';
import { isMore, Judge } from '../../../../src/compile/place/rebalance/judge.ts';
import { type Move, rebalanceMoves } from '../../../../src/compile/place/rebalance/rebalance.ts';
import type { Host } from '../../../../src/model/inventory.ts';
import type { Service } from '../../../../src/model/playbook.ts';
import { facts, host, MIB, running, type ServiceShape, service } from '../../../support/compile/worlds.ts';

/** A service, and the host of each of its slots in turn. */
interface Placed {
  readonly service: Service;
  readonly on: readonly string[];
}

interface Fleet {
  readonly hosts: readonly Host[];
  readonly placed: readonly Placed[];
}

const placed = (name: string, on: readonly string[], shape: ServiceShape = {}): Placed => ({
  service: service(name, { replicas: on.length, ...shape }),
  on,
});
const workers = (count: number, of: (n: number) => Partial<Host> = () => ({})): Host[] =>
  Array.from({ length: count }, (_, index) => host(`vm${index + 1}`, of(index + 1)));
const megabytes = (amount: number): Pick<ServiceShape, 'reservation'> => ({
  reservation: { cpus: 0, memoryBytes: amount * MIB },
});

function situationOf({ service: one, on }: Placed): Situation {
  const stays = on.map((name, index) => {
    return existingOn(name, running(`shop.${one.name}.1.${index + 1}`));
  });
  const desired = { service: one, facts: facts(one.image) } as unknown as Situation['desired'];
  const none = {
    unserved: new Set<string>(),
    resumed: [],
    blues: [],
    leftovers: [],
    crashing: [],
    vacancies: [],
    waiting: [],
  };
  return { desired, stays, ...none };
}

/** Hosts of 4 cpus and 1000 MiB with what is placed on them. */
function booksOf({ hosts, placed: services }: Fleet): Books {
  const capacity = { cpus: 4, memoryBytes: 1000 * MIB };
  const used = { cpus: 0, memoryBytes: 0 };
  const books = new Books(hosts.map((one) => ({ host: one, capacity, used, architecture: 'amd64' })));
  for (const { service: one, on } of services) for (const name of on) books.accountOf(one).book(books.indexOf(name));
  return books;
}

const movesOf = (fleet: Fleet, most = 100): Move[] =>
  rebalanceMoves(fleet.placed.map(situationOf), booksOf(fleet), most);
const words = (moves: readonly Move[]): string[] =>
  moves.map((move) => `${move.service}.${move.slot} ${move.from}->${move.to}`);

function after(fleet: Fleet, moves: readonly Move[]): Fleet {
  const target = (name: string, slot: number): string | undefined =>
    moves.find((move) => move.service === name && move.slot === slot)?.to;
  return {
    hosts: fleet.hosts,
    placed: fleet.placed.map((one) => ({
      ...one,
      on: one.on.map((from, index) => target(one.service.name, index + 1) ?? from),
    })),
  };
}

test('a fleet that is even stays as it is', () => {
  expect(movesOf({ hosts: workers(3), placed: [placed('web', ['vm1', 'vm2', 'vm3'])] })).toEqual([]);
});

test('a host that joins gets its share of each service and of all replicas, in no more moves than that takes', () => {
  const on = ['vm1', 'vm1', 'vm2', 'vm2', 'vm3', 'vm3'];
  const moves = movesOf({ hosts: workers(4), placed: [placed('api', on), placed('web', on)] });
  expect(words(moves)).toEqual(['api.2 vm1->vm4', 'api.6 vm3->vm4', 'web.4 vm2->vm4']);
});

test('services of one replica are shared out by what they reserve', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const singles = names.map((name, index) => placed(name, [index < 4 ? 'vm1' : 'vm2'], megabytes(200)));
  const moves = movesOf({ hosts: workers(3), placed: singles });
  expect(words(moves)).toEqual(['a.1 vm1->vm3', 'e.1 vm2->vm3']);
});

test('services that reserve nothing are shared out by their number', () => {
  const singles = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => placed(name, ['vm1']));
  const moves = movesOf({ hosts: workers(3), placed: singles });
  expect(words(moves)).toEqual(['a.1 vm1->vm2', 'b.1 vm1->vm3', 'c.1 vm1->vm2', 'd.1 vm1->vm3']);
});

test('zones come before hosts', () => {
  const zone = (n: number): Partial<Host> => ({ labels: { zone: n < 3 ? 'a' : 'b' } });
  const spread = placed('web', ['vm1', 'vm2'], { spread: ['zone'] });
  expect(words(movesOf({ hosts: workers(3, zone), placed: [spread] }))).toEqual(['web.1 vm1->vm3']);
});

test('at most so many replicas move, the most helpful first', () => {
  const on = Array.from({ length: 6 }, () => 'vm1');
  const fleet = { hosts: workers(2), placed: [placed('api', ['vm1', 'vm1']), placed('web', on)] };
  expect(words(movesOf(fleet, 1))).toEqual(['web.6 vm1->vm2']);
  expect(movesOf(fleet, 0)).toEqual([]);
});

test.each<[string, ServiceShape]>([
  ['with a volume', { volumes: ['data'], rollout: { kind: 'blue-green' } }],
  [
    'with a writable folder of the host',
    { mounts: [{ kind: 'bind', source: '/srv', target: '/srv', readOnly: false }] },
  ],
  ['that pauses when it is replaced', { rollout: { kind: 'recreate' } }],
  ['of every host', { mode: 'global' }],
])('a service %s never moves', (_, shape) => {
  expect(movesOf({ hosts: workers(2), placed: [placed('db', ['vm1', 'vm1', 'vm1'], shape)] })).toEqual([]);
});

test('a service that is not at rest waits for its repair', () => {
  const web = situationOf(placed('web', ['vm1', 'vm1', 'vm1']));
  const books = booksOf({ hosts: workers(2), placed: [placed('web', ['vm1', 'vm1', 'vm1'])] });
  expect(rebalanceMoves([{ ...web, vacancies: [{ slot: 4 }] }], books, 9)).toEqual([]);
  expect(rebalanceMoves([{ ...web, unserved: new Set(['shop.web.1.1']) }], books, 9)).toEqual([]);
});

test('a cordoned host neither takes nor gives', () => {
  const hosts = workers(3, (n) => ({ cordoned: n !== 2 }));
  expect(movesOf({ hosts, placed: [placed('web', ['vm1', 'vm1', 'vm1', 'vm2', 'vm2', 'vm2'])] })).toEqual([]);
});

test('what is a little uneven is left alone', () => {
  const singles = [
    placed('a', ['vm1'], megabytes(40)),
    placed('b', ['vm1'], megabytes(20)),
    placed('c', ['vm2'], megabytes(20)),
  ];
  expect(movesOf({ hosts: workers(2), placed: singles })).toEqual([]);
});

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const shapes = fc.record({
  on: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
  memory: fc.constantFrom(0, 10, 50, 120),
  cpus: fc.constantFrom(0, 0, 0.1, 0.3),
  maxPerHost: fc.constantFrom(undefined, undefined, 3),
  zoned: fc.boolean(),
  inZone: fc.nat({ max: 4 }).map((n) => n === 0),
  bound: fc.nat({ max: 5 }).map((n) => n === 0),
});
const fleets: fc.Arbitrary<Fleet> = fc
  .record({
    count: fc.integer({ min: 1, max: 6 }),
    cordoned: fc.subarray([1, 2, 3, 4, 5, 6], { maxLength: 1 }),
    services: fc.array(shapes, { minLength: 1, maxLength: NAMES.length }),
  })
  .map(({ count, cordoned, services }) => {
    const hosts = workers(count, (n) => ({
      labels: { zone: n % 2 === 0 ? 'b' : 'a' },
      cordoned: cordoned.includes(n),
    }));
    const all = services.map((one, index) => {
      const allowed = hosts.filter(({ labels }) => !one.inZone || labels.zone === 'a');
      const on = one.on.map((n) => allowed[n % allowed.length]?.name ?? 'vm1');
      return placed(NAMES[index] ?? '', on, {
        reservation: { cpus: one.cpus, memoryBytes: one.memory * MIB },
        spread: one.zoned ? ['zone'] : [],
        constraints: one.inZone ? [{ key: 'labels.zone', operator: '==', value: 'a' }] : [],
        ...(one.maxPerHost === undefined ? {} : { maxPerHost: one.maxPerHost }),
        ...(one.bound ? { volumes: ['data'] } : {}),
      });
    });
    return { hosts, placed: all };
  });

test('a second run finds nothing, and each move is of one replica to another host', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const moves = movesOf(fleet);
      expect(movesOf(after(fleet, moves))).toEqual([]);
      expect(new Set(moves.map(({ service: name, slot }) => `${name}.${slot}`)).size).toBe(moves.length);
      expect(moves.filter(({ from, to }) => from === to)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('what moved is where it might have been placed, and nothing that is bound has moved', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const moves = movesOf(fleet);
      const then = booksOf(after(fleet, moves));
      for (const move of moves) {
        const one = fleet.placed.find(({ service: { name } }) => name === move.service);
        if (one === undefined) throw new Error(`no ${move.service}`);
        const [account, to] = [then.accountOf(one.service), then.indexOf(move.to)];
        account.unbook(to);
        const target = then.standing(to, move.service);
        if (target === undefined) throw new Error(`no ${move.to}`);
        expect(refusalOf(target, { service: one.service, slot: move.slot, architectures: [] })).toBeUndefined();
        account.book(to);
        expect(one.service.mounts).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

test('never more than so many move', () => {
  fc.assert(
    fc.property(fleets, fc.nat({ max: 4 }), (fleet, most) => {
      expect(movesOf(fleet, most).length).toBeLessThanOrEqual(most);
    }),
  );
});

test('runs of few moves come to an end as one run of many does', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      let now = fleet;
      let runs = 0;
      for (let moves = movesOf(now, 1); moves.length > 0; moves = movesOf(now, 1)) {
        now = after(now, moves);
        runs += 1;
        expect(runs).toBeLessThan(60);
      }
    }),
  );
});

test('an empty host that joins ends up with about its fair share', () => {
  const even = fc.record({
    count: fc.integer({ min: 2, max: 8 }),
    each: fc.integer({ min: 2, max: 8 }),
    memory: fc.constantFrom(0, 30, 60),
  });
  fc.assert(
    fc.property(even, ({ count, each, memory }) => {
      const singles = Array.from({ length: count * each }, (_, index) =>
        placed(`s${String(index).padStart(2, '0')}`, [`vm${(index % count) + 1}`], megabytes(memory)),
      );
      const fleet = { hosts: workers(count + 1), placed: singles };
      const then = booksOf(after(fleet, movesOf(fleet)));
      const fair = (count * each) / (count + 1);
      expect(Math.abs(then.totalOn(count) - fair)).toBeLessThanOrEqual(2);
      if (memory > 0) {
        const shares = then.candidates.map((_, index) => then.shareOn(index));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(0.05 + (memory / 1000) * 1.5);
      }
    }),
  );
});

test('no move helps more than its host can promise, and it goes where a replica may be placed', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const books = booksOf(fleet);
      for (const { service: one } of fleet.placed) {
        const judge = new Judge({ service: one, architectures: [] }, books);
        for (const from of books.candidates.keys()) {
          for (const to of books.candidates.keys()) {
            const gain = judge.gain({ from, to });
            expect(gain !== undefined && isMore(gain, judge.most(from))).toBe(false);
            const standing = books.standing(to, one.name);
            if (standing === undefined) throw new Error(`no host ${to}`);
            const refusal = refusalOf(standing, { service: one, slot: 99, architectures: [] });
            expect(judge.fits(to)).toBe(refusal === undefined);
          }
        }
      }
    }),
  );
});

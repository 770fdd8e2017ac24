/** Who gets traffic, by router files of several kinds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RoutedKind } from '../../../../src/compile/desire/routed.ts';
import { Serving } from '../../../../src/compile/desire/traffic.ts';
import type { Upstream } from '../../../../src/model/observed.ts';

const upstream = (container: string, slot: number, host: string): Upstream => ({
  container,
  slot,
  host,
  address: '10.0.0.1',
  ports: [],
});

const kind = (routers: readonly string[], upstreams: readonly Upstream[], early = false): RoutedKind => ({
  routers,
  services: { web: { vip: '', subnet: '', claims: [], upstreams, ...(early ? { early: true } : {}) } },
});

const [BLUE, GREEN] = [upstream('web.1.1', 1, 'vm1'), upstream('web.2.1', 1, 'vm2')];

test('blue and green of one slot are told apart, and so are two of one name on two hosts', () => {
  const serving = new Serving([kind(['vm1', 'vm2'], [BLUE, GREEN])]);
  expect([BLUE, GREEN].map((one) => serving.has('web', one))).toEqual([true, true]);
  expect(serving.has('web', { ...BLUE, host: 'vm2' })).toBe(false);
  expect(serving.has('web', { ...BLUE, slot: 2 })).toBe(false);
  expect(serving.has('other', BLUE)).toBe(false);
});

test('what is away or early gets none', () => {
  const serving = new Serving([kind(['vm1'], [{ ...BLUE, away: true }]), kind(['vm2'], [GREEN], true)]);
  expect([BLUE, GREEN].map((one) => serving.has('web', one))).toEqual([false, false]);
});

test('a router beside it is none elsewhere, two routers always have one elsewhere', () => {
  const beside = new Serving([kind(['vm1'], [BLUE, GREEN])]);
  expect(beside.hasElsewhere('web', BLUE, 'vm1')).toBe(false);
  expect(beside.hasElsewhere('web', GREEN, 'vm2')).toBe(true);
  const both = new Serving([kind(['vm1'], [BLUE]), kind(['vm2'], [BLUE])]);
  expect(both.hasElsewhere('web', BLUE, 'vm1')).toBe(true);
});

test('the routers of a replica are those of all kinds of files that name it', () => {
  const spots = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(1, 2), fc.constantFrom('vm1', 'vm2'));
  const lists = fc.array(fc.array(spots, { maxLength: 6 }), { maxLength: 4 });
  fc.assert(
    fc.property(lists, (kinds) => {
      const named = kinds.map((list) => list.map((spot) => upstream(...spot)));
      const serving = new Serving(named.map((list, index) => kind([`vm${index + 1}`], list)));
      for (const spot of named.flat()) {
        const routers = named.flatMap((list, index) => {
          const isNamed = list.some(
            ({ container, slot, host }) => container === spot.container && slot === spot.slot && host === spot.host,
          );
          return isNamed ? [`vm${index + 1}`] : [];
        });
        expect([...serving.routersOf('web', spot)].sort()).toEqual(routers);
      }
    }),
  );
});

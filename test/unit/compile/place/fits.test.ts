import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { compile, type Question } from '../../../../src/compile/index.ts';
import type { Placement } from '../../../../src/model/plan.ts';
import { plantedWorld } from '../../../support/bench/planted.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed } from '../../../support/compile/deployed.ts';
import { hasPlacement, tightWorlds } from '../../../support/compile/tight-worlds.ts';
import { emptyHost, host, MIB, type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 150), endOnFailure: process.env.RUNS !== undefined };

function placementsOf(question: Question): readonly Placement[] | undefined {
  const compiled = compile(question);
  return compiled.ok ? compiled.plan.placements : undefined;
}

const reserving = (cpus: number, gib: number) => ({ reservation: { cpus, memoryBytes: gib * 1024 * MIB } });

const room = (cpus: number, gib: number) => emptyHost({ cpus, memoryBytes: gib * 1024 * MIB });

test('whatever can be placed is placed, and nothing that can not', () => {
  fc.assert(
    fc.property(tightWorlds({ hosts: 3, services: 4 }), (question) => {
      expect(placementsOf(question) !== undefined).toBe(hasPlacement(question));
    }),
    RUNS,
  );
});

test('no host is given more than it has, and nobody is where it may not be', () => {
  fc.assert(
    fc.property(tightWorlds({ hosts: 6, services: 8 }), (question) => {
      for (const { name, labels } of question.inventory.hosts) {
        const here = (placementsOf(question) ?? []).filter((one) => one.host === name);
        const report = question.observed.hosts[name];
        if (report?.reachable !== true) continue;
        const services = question.playbook.services.filter((one) => here.some((there) => there.service === one.name));
        const counted = services.map((one) => ({
          one,
          count: here.filter(({ service: at }) => at === one.name).length,
        }));
        const sum = (amount: (one: (typeof counted)[number]) => number): number =>
          counted.reduce((total, one) => total + amount(one), 0);
        expect(sum(({ one, count }) => one.reservation.cpus * count)).toBeLessThanOrEqual(report.cpus);
        expect(sum(({ one, count }) => one.reservation.memoryBytes * count)).toBeLessThanOrEqual(report.memoryBytes);
        for (const { one, count } of counted) {
          expect(count).toBeLessThanOrEqual(one.maxPerHost ?? count);
          for (const { value } of one.constraints) expect(labels.zone).toBe(value);
        }
      }
    }),
    RUNS,
  );
});

test('hosts that were filled to the brim are filled again, whatever the order of the file', () => {
  const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
  expect(seeds.filter((seed) => placementsOf(plantedWorld(seed)) === undefined)).toEqual([]);
});

test('a replica that is placed makes room for one that fits on its host alone', () => {
  const inZone: ServiceShape = { constraints: [{ key: 'labels.zone', operator: '==', value: 'b' }] };
  const question = world({
    hosts: ['vm1', 'vm2'].map((name) => host(name, { labels: { zone: 'b' } })),
    reports: { vm1: room(3, 4), vm2: room(4, 3) },
    services: [service('large', reserving(2, 3)), service('small', { ...reserving(1, 2), ...inZone, replicas: 2 })],
  });
  // The constrained ones come first, and are spread; then nobody has 3 GiB left.
  expect(placementsOf(question)?.map(({ replica, host: at }) => `${replica} ${at}`)).toEqual([
    'shop.large.1.1 vm2',
    'shop.small.1.1 vm1',
    'shop.small.1.2 vm1',
  ]);
});

test('what runs is not moved to make room', () => {
  const small = service('small', { ...reserving(0, 2), replicas: 2 });
  const hosts = ['vm1', 'vm2'].map((name) => host(name));
  const first = world({ hosts, reports: { vm1: room(4, 4), vm2: room(4, 4) }, services: [small] });
  const fleet = deployed(first);
  const second = next(first, [small, service('large', reserving(0, 3))], fleet.observed());
  expect(compile(second)).toMatchObject({ ok: false, problems: [{ message: 'large: 1 of 1 replicas fits nowhere' }] });
});

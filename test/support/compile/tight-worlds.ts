/** Worlds in which room is short: a few hosts, a few services that reserve, with rules on where they may go. */
import fc from 'fast-check';
import type { Question } from '../../../src/compile/index.ts';
import type { Host } from '../../../src/model/inventory.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { emptyHost, host, MIB, service, world } from './worlds.ts';

const GIB = 1024 * MIB;

const hosts = (most: number): fc.Arbitrary<{ host: Host; cpus: number; gib: number }[]> =>
  fc
    .array(
      fc.record({
        zone: fc.constantFrom('a', 'b'),
        cpus: fc.integer({ min: 1, max: 6 }),
        gib: fc.integer({ min: 1, max: 6 }),
      }),
      {
        minLength: 1,
        maxLength: most,
      },
    )
    .map((list) =>
      list.map(({ zone, ...room }, index) => ({ host: host(`vm${index + 1}`, { labels: { zone } }), ...room })),
    );

const services = (most: number): fc.Arbitrary<Service[]> =>
  fc
    .array(
      fc.record({
        replicas: fc.integer({ min: 1, max: 3 }),
        cpus: fc.integer({ min: 0, max: 3 }),
        gib: fc.integer({ min: 0, max: 3 }),
        zone: fc.option(fc.constantFrom('a', 'b'), { freq: 2 }),
        isSpread: fc.boolean(),
        maxPerHost: fc.option(fc.integer({ min: 1, max: 2 }), { freq: 2 }),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((list) =>
      list.map(({ replicas, cpus, gib, zone, isSpread, maxPerHost }, index) =>
        service(`s${index + 1}`, {
          replicas,
          reservation: { cpus, memoryBytes: gib * GIB },
          constraints: zone === null ? [] : [{ key: 'labels.zone', operator: '==', value: zone }],
          spread: isSpread ? ['zone'] : [],
          ...(maxPerHost === null ? {} : { maxPerHost }),
        }),
      ),
    );

/** At most so many hosts and services, each of up to three replicas. */
export function tightWorlds(most: { readonly hosts: number; readonly services: number }): fc.Arbitrary<Question> {
  return fc.tuple(hosts(most.hosts), services(most.services)).map(([list, wanted]) =>
    world({
      hosts: list.map((one) => one.host),
      reports: Object.fromEntries(
        list.map(({ host: { name }, cpus, gib }) => [name, emptyHost({ cpus, memoryBytes: gib * GIB })]),
      ),
      services: wanted,
    }),
  );
}

/** True when some way to place every replica exists; tries all of them. */
export function hasPlacement({ inventory, observed, playbook }: Question): boolean {
  const rooms = inventory.hosts.map(({ name, labels }) => {
    const report = observed.hosts[name];
    const [cpus, memoryBytes] = report?.reachable === true ? [report.cpus, report.memoryBytes] : [0, 0];
    return { zone: labels.zone, cpus, memoryBytes, counts: new Map<string, number>() };
  });
  const replicas = playbook.services.flatMap((one) => Array.from({ length: one.replicas }, () => one));
  const seat = (at: number): boolean => {
    const one = replicas[at];
    if (one === undefined) return true;
    const { name, reservation, constraints, maxPerHost = Number.POSITIVE_INFINITY } = one;
    return rooms.some((room) => {
      const count = room.counts.get(name) ?? 0;
      const isAllowed = constraints.every(({ value }) => room.zone === value) && count < maxPerHost;
      if (!isAllowed || room.cpus < reservation.cpus || room.memoryBytes < reservation.memoryBytes) return false;
      room.cpus -= reservation.cpus;
      room.memoryBytes -= reservation.memoryBytes;
      room.counts.set(name, count + 1);
      if (seat(at + 1)) return true;
      room.cpus += reservation.cpus;
      room.memoryBytes += reservation.memoryBytes;
      room.counts.set(name, count);
      return false;
    });
  };
  return seat(0);
}

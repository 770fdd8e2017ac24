/** Instances drawn at random: nobody knows whether all of it fits until a solver has said so. */
import type { Question } from '../../../src/compile/index.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { seeded } from '../compile/run-plan.ts';
import { emptyHost, host, MIB, service, world } from '../compile/worlds.ts';

/** What an instance must keep to. */
const REPLICAS = [20, 60] as const;
const LOAD = [0.8, 0.98] as const;

/**
 * 5 to 15 hosts in three zones, 20 to 60 replicas, 80 to 98 % of the scarcer resource reserved. A third of the services want
 * fast disks, a zone or another zone than one, half are spread over zones, a third have a limit for each host (one replica, or
 * as few as fit). The same seed gives the same instance.
 */
export function drawnWorld(seed: number): Question {
  const random = seeded(seed);
  for (;;) {
    const question = draw((least, most) => least + random(most - least + 1));
    if (isInRange(question)) return question;
  }
}

/** True for instances of the size and the load that are asked for. */
export function isInRange({ inventory, observed, playbook }: Question): boolean {
  const replicas = playbook.services.reduce((all, one) => all + one.replicas, 0);
  const share = (resource: 'cpus' | 'memoryBytes'): number => {
    const room = inventory.hosts.reduce((all, { name }) => {
      const report = observed.hosts[name];
      return all + (report?.reachable === true ? report[resource] : 0);
    }, 0);
    return playbook.services.reduce((all, one) => all + one.reservation[resource] * one.replicas, 0) / room;
  };
  const load = Math.max(share('cpus'), share('memoryBytes'));
  const [fewest, most] = REPLICAS;
  return replicas >= fewest && replicas <= most && load >= LOAD[0] && load <= LOAD[1];
}

type Between = (least: number, most: number) => number;

function draw(between: Between): Question {
  const hosts = Array.from({ length: between(5, 15) }, (_, index) =>
    host(`vm${String(index + 1).padStart(2, '0')}`, {
      labels: { zone: `z${index % 3}`, disk: between(0, 2) === 0 ? 'hdd' : 'ssd' },
    }),
  );
  const rooms = hosts.map(() => ({ cpus: between(4, 16), mib: between(4, 32) * 1024 }));
  const all = { cpus: sum(rooms.map(({ cpus }) => cpus)), mib: sum(rooms.map(({ mib }) => mib)) };
  const counts = countsOf(between(...REPLICAS), between);
  const services = counts.map((replicas, index) => {
    const size = { cpus: all.cpus / sum(counts), mib: all.mib / sum(counts) };
    return serviceOf(index, replicas, { size, hosts: hosts.length, between });
  });
  const reports = hosts.map(({ name }, index) => {
    const { cpus = 0, mib = 0 } = rooms[index] ?? {};
    return [name, emptyHost({ cpus, memoryBytes: mib * MIB })] as const;
  });
  return world({ hosts, reports: Object.fromEntries(reports), services });
}

/** Services of 1 to 8 replicas that are so many together. */
function countsOf(replicas: number, between: Between): number[] {
  const counts: number[] = [];
  for (let left = replicas; left > 0; left -= counts.at(-1) ?? left) counts.push(Math.min(left, between(1, 8)));
  return counts;
}

function serviceOf(
  index: number,
  replicas: number,
  {
    size,
    hosts,
    between,
  }: {
    readonly size: { readonly cpus: number; readonly mib: number };
    readonly hosts: number;
    readonly between: Between;
  },
): Service {
  const part = (): number => between(2, 16) / 10;
  const fewest = Math.ceil(replicas / hosts);
  return service(`s${String(index + 1).padStart(2, '0')}`, {
    replicas,
    reservation: {
      cpus: Math.max(0.25, Math.round(size.cpus * part() * 4) / 4),
      memoryBytes: Math.max(64, Math.round((size.mib * part()) / 64) * 64) * MIB,
    },
    constraints: constraintsOf(between(0, 8), between),
    spread: between(0, 1) === 0 ? ['zone'] : [],
    ...(between(0, 2) === 0 ? { maxPerHost: Math.max(fewest, between(1, 2)) } : {}),
  });
}

function constraintsOf(kind: number, between: Between): Service['constraints'] {
  const zone = `z${between(0, 2)}`;
  if (kind === 0) return [{ key: 'labels.disk', operator: '==', value: 'ssd' }];
  if (kind === 1) return [{ key: 'labels.zone', operator: '==', value: zone }];
  if (kind === 2) return [{ key: 'labels.zone', operator: '!=', value: zone }];
  return [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Instances that are known to fit, because they were made by filling hosts: for measuring how often a placement is found. */
import type { Question } from '../../../src/compile/index.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { seeded } from '../compile/run-plan.ts';
import { emptyHost, host, MIB, service, world } from '../compile/worlds.ts';

/** A service while hosts are filled with it. */
interface Draft {
  readonly name: string;
  readonly cpus: number;
  readonly mib: number;
  readonly zone?: string;
  /** By index of the host. */
  readonly counts: number[];
}

/** 5 to 15 hosts, 20 to 60 replicas, 80 to 98 % of the scarcer resource reserved, half of the services with rules. */
export function plantedWorld(seed: number): Question {
  const random = seeded(seed);
  const between = (least: number, most: number): number => least + random(most - least + 1);
  const hosts = Array.from({ length: between(5, 15) }, (_, index) =>
    host(`vm${String(index + 1).padStart(2, '0')}`, { labels: { zone: `z${index % 3}` } }),
  );
  const rooms = hosts.map(() => ({ cpus: between(4, 16), mib: between(4, 32) * 1024 }));
  const free = rooms.map((one) => ({ ...one }));
  const load = between(80, 98) / 100;
  const total = { cpus: sum(rooms, 'cpus'), mib: sum(rooms, 'mib') };
  const scale = { cpus: total.cpus / between(20, 60), mib: total.mib / between(20, 60) };
  const drafts: Draft[] = [];
  let replicas = 0;
  const used = (): number => Math.max(1 - sum(free, 'cpus') / total.cpus, 1 - sum(free, 'mib') / total.mib);
  for (let tries = 0; tries < 400 && replicas < 60 && used() < load; tries++) {
    const known = drafts[random(drafts.length + 1)];
    const draft = known ?? draftOf(drafts.length, scale, random);
    const index = random(hosts.length);
    const room = free[index];
    if (room === undefined || room.cpus < draft.cpus || room.mib < draft.mib) continue;
    if (draft.zone !== undefined && draft.zone !== hosts[index]?.labels.zone) continue;
    room.cpus -= draft.cpus;
    room.mib -= draft.mib;
    draft.counts[index] = (draft.counts[index] ?? 0) + 1;
    if (known === undefined) drafts.push(draft);
    replicas++;
  }
  const reports = Object.fromEntries(
    hosts.map(({ name }, index) => {
      const { cpus = 0, mib = 0 } = rooms[index] ?? {};
      return [name, emptyHost({ cpus, memoryBytes: mib * MIB })];
    }),
  );
  return world({ hosts, reports, services: drafts.map((draft) => serviceOf(draft, random)) });
}

function draftOf(
  number: number,
  scale: { readonly cpus: number; readonly mib: number },
  random: (n: number) => number,
): Draft {
  const part = (): number => (2 + random(17)) / 10;
  return {
    name: `s${String(number + 1).padStart(2, '0')}`,
    cpus: Math.max(0.25, Math.round(scale.cpus * part() * 4) / 4),
    mib: Math.max(64, Math.round((scale.mib * part()) / 64) * 64),
    ...(random(3) === 0 ? { zone: `z${random(3)}` } : {}),
    counts: [],
  };
}

function serviceOf({ name, cpus, mib, zone, counts }: Draft, random: (n: number) => number): Service {
  const there = counts.filter((count) => count > 0);
  return service(name, {
    replicas: there.reduce((all, count) => all + count, 0),
    reservation: { cpus, memoryBytes: mib * MIB },
    constraints: zone === undefined ? [] : [{ key: 'labels.zone', operator: '==', value: zone }],
    spread: random(2) === 0 ? ['zone'] : [],
    ...(random(4) === 0 ? { maxPerHost: Math.max(...there) } : {}),
  });
}

function sum(rooms: readonly { readonly cpus: number; readonly mib: number }[], resource: 'cpus' | 'mib'): number {
  return rooms.reduce((all, room) => all + room[resource], 0);
}

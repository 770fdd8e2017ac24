/** A placement problem as plain numbers, the same for fleet, the baselines and the solver, and how a seating of it is judged. */
import type { Question } from '../../../src/compile/index.ts';
import type { Host } from '../../../src/model/inventory.ts';
import type { Constraint, Service } from '../../../src/model/playbook.ts';

/** A host and its room. */
export interface Room {
  readonly name: string;
  readonly zone: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** A service and what each of its replicas reserves. */
export interface Load {
  readonly name: string;
  readonly replicas: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** By index of the room: whether its constraints allow it there. */
  readonly allowed: readonly boolean[];
  /** Infinity where the service has no limit. */
  readonly maxPerHost: number;
  /** Its replicas are to be spread over zones. */
  readonly isSpread: boolean;
}

/** Empty hosts, and services of which every replica is to be placed. */
export interface Problem {
  readonly rooms: readonly Room[];
  readonly loads: readonly Load[];
}

/** Replicas by index of the load and index of the room. */
export type Seating = readonly (readonly number[])[];

/** How well a seating does by each of fleet's aims, in their order; smaller is better. */
export interface Marks {
  /** Sum over services with a spread preference: replicas in the fullest less those in the emptiest zone that they may use. */
  readonly zoneSkew: number;
  /** Sum over services: replicas on the host that has most of them, which is what one lost host takes. */
  readonly mostOnOneHost: number;
  /** Dominant share of the fullest host, 0 to 1. */
  readonly fullest: number;
}

/** The problem that a question asks; its hosts must be empty. Constraints on labels only. */
export function problemOf({ inventory, observed, playbook }: Question): Problem {
  const rooms = inventory.hosts.map(({ name, labels }) => {
    const report = observed.hosts[name];
    const { cpus, memoryBytes } = report?.reachable === true ? report : { cpus: 0, memoryBytes: 0 };
    return { name, zone: labels.zone ?? '', cpus, memoryBytes };
  });
  return { rooms, loads: playbook.services.map((one) => loadOf(one, inventory.hosts)) };
}

/** Replicas that have a host. */
export function seatedIn(seating: Seating): number {
  return seating.reduce((all, row) => all + sum(row), 0);
}

/** Replicas that are to be placed. */
export function wantedIn({ loads }: Problem): number {
  return sum(loads.map(({ replicas }) => replicas));
}

/** What the seating does that it must not: rooms above what they have, replicas where they may not be, too many of one. */
export function faultsOf(problem: Problem, seating: Seating): string[] {
  const { rooms, loads } = problem;
  const rows = loads.flatMap((load, at) => {
    const row = seating[at] ?? [];
    const misplaced = row.filter((count, room) => count > 0 && load.allowed[room] !== true).length;
    const crowded = row.filter((count) => count > load.maxPerHost).length;
    return [
      ...(sum(row) > load.replicas ? [`${load.name}: ${sum(row)} of ${load.replicas}`] : []),
      ...(misplaced > 0 ? [`${load.name}: on ${misplaced} hosts that it may not use`] : []),
      ...(crowded > 0 ? [`${load.name}: more than ${load.maxPerHost} on ${crowded} hosts`] : []),
    ];
  });
  // A millionth of what a host has: sums of fractions drift.
  const full = rooms.filter((_, room) => shareOf(problem, seating, room) > 1 + 1e-6);
  return [...rows, ...full.map(({ name }) => `${name}: more than it has`)];
}

/** The marks of a seating of all replicas. */
export function marksOf(problem: Problem, seating: Seating): Marks {
  const { rooms, loads } = problem;
  const rows = loads.map((load, at) => ({ load, row: seating[at] ?? [] }));
  return {
    zoneSkew: sum(rows.map(({ load, row }) => (load.isSpread ? skewOf(load, row, rooms) : 0))),
    mostOnOneHost: sum(rows.map(({ row }) => Math.max(0, ...row))),
    fullest: Math.max(0, ...rooms.map((_, room) => shareOf(problem, seating, room))),
  };
}

/** The dominant share of every host if all were equally full: no seating of all replicas has less on its fullest one. */
export function fullestAtLeast({ rooms, loads }: Problem): number {
  const shares = (['cpus', 'memoryBytes'] as const).map((resource) => {
    const wanted = sum(loads.map((load) => load[resource] * load.replicas));
    return wanted / sum(rooms.map((room) => room[resource]));
  });
  return Math.max(...shares);
}

/** Indexes of rooms by zone, of those that the load may use. */
export function zonesOf({ allowed }: Load, rooms: readonly Room[]): readonly (readonly number[])[] {
  const zones = new Map<string, number[]>();
  for (const [room, { zone }] of rooms.entries()) {
    if (allowed[room] === true) zones.set(zone, [...(zones.get(zone) ?? []), room]);
  }
  return [...zones.values()];
}

/**
 * All rooms of one size as a single large one, which a load may use if it fits into one of them. Whatever fits into the rooms
 * fits here, too. For problems without rules on where loads may be.
 */
export function merged({ rooms, loads }: Problem): Problem {
  const sizes = new Map<string, { readonly one: Room; count: number }>();
  for (const room of rooms) {
    const name = `${room.cpus} ${room.memoryBytes}`;
    const known = sizes.get(name);
    if (known === undefined) sizes.set(name, { one: { ...room, name }, count: 1 });
    else known.count++;
  }
  const groups = [...sizes.values()];
  return {
    rooms: groups.map(({ one, count }) => ({
      ...one,
      cpus: one.cpus * count,
      memoryBytes: one.memoryBytes * count,
    })),
    loads: loads.map((load) => ({
      ...load,
      allowed: groups.map(({ one }) => load.cpus <= one.cpus && load.memoryBytes <= one.memoryBytes),
    })),
  };
}

function skewOf(load: Load, row: readonly number[], rooms: readonly Room[]): number {
  const counts = zonesOf(load, rooms).map((zone) => sum(zone.map((room) => row[room] ?? 0)));
  return counts.length === 0 ? 0 : Math.max(...counts) - Math.min(...counts);
}

function shareOf({ rooms, loads }: Problem, seating: Seating, room: number): number {
  const { cpus = 0, memoryBytes = 0 } = rooms[room] ?? {};
  const used = (amount: (load: Load) => number): number =>
    sum(loads.map((load, at) => amount(load) * (seating[at]?.[room] ?? 0)));
  return Math.max(used((one) => one.cpus) / cpus, used((one) => one.memoryBytes) / memoryBytes);
}

function loadOf(service: Service, hosts: readonly Host[]): Load {
  const { name, replicas, reservation, constraints, maxPerHost, spread } = service;
  return {
    name,
    replicas,
    cpus: reservation.cpus,
    memoryBytes: reservation.memoryBytes,
    allowed: hosts.map((host) => constraints.every((one) => isMet(one, host))),
    maxPerHost: maxPerHost ?? Number.POSITIVE_INFINITY,
    isSpread: spread.length > 0,
  };
}

/** Read anew from the file's words, so that a mistake in fleet's own filters shows. */
function isMet({ key, operator, value }: Constraint, { labels }: Host): boolean {
  const label = key.replace(/^labels\./, '');
  return (labels[label] === value) === (operator === '==');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

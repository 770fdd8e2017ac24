/** Builders of small placement problems: amounts are cpus and GiB. */
import type { Load, Problem, Room } from '../../bench/quality/problem.ts';

const GIB = 2 ** 30;

/** An empty host. */
export function room(cpus: number, gib: number, zone = ''): Room {
  return { name: '', zone, cpus, memoryBytes: gib * GIB };
}

/** A service of one replica that may be anywhere. */
export function load(cpus: number, gib: number, more: Partial<Load> = {}): Load {
  const free = { allowed: [], maxPerHost: Number.POSITIVE_INFINITY, isSpread: false };
  return { name: '', replicas: 1, cpus, memoryBytes: gib * GIB, ...free, ...more };
}

/** Names them vm1, s1, and so on; loads without a list of hosts may use all. */
export function problem(rooms: readonly Room[], loads: readonly Load[]): Problem {
  return {
    rooms: rooms.map((one, index) => ({ ...one, name: `vm${index + 1}` })),
    loads: loads.map((one, index) => ({
      ...one,
      name: `s${index + 1}`,
      allowed: one.allowed.length === 0 ? rooms.map(() => true) : one.allowed,
    })),
  };
}

/** fleet's own answer to a problem. */

import type { Task } from '../../../src/compile/place/planned.ts';
import { schedule } from '../../../src/compile/place/schedule.ts';
import { prepared } from '../../support/bench/placed.ts';
import { emptyHost, host, service, world } from '../../support/compile/worlds.ts';
import type { Problem, Seating } from './problem.ts';

/** A deploy of all of the problem on empty hosts, as far as the placement begins with it. The problem must have no rules. */
export function taskOf({ rooms, loads }: Problem): Task {
  const question = world({
    hosts: rooms.map(({ name }, index) =>
      host(name, { private: `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}` }),
    ),
    reports: Object.fromEntries(rooms.map(({ name, cpus, memoryBytes }) => [name, emptyHost({ cpus, memoryBytes })])),
    services: loads.map(({ name, replicas, cpus, memoryBytes }) =>
      service(name, { replicas, reservation: { cpus, memoryBytes } }),
    ),
  });
  return prepared(question);
}

/** Where fleet puts the replicas; those that it refuses are missing. */
export function seatedByFleet(task: Task, { rooms, loads }: Problem): Seating {
  const places = new Map(rooms.map(({ name }, index) => [name, index]));
  const rows = new Map(loads.map(({ name }) => [name, rooms.map(() => 0)]));
  for (const { service: name, host: at } of schedule(task).waves.flatMap(({ starts }) => starts)) {
    const row = rows.get(name);
    const place = places.get(at);
    if (row !== undefined && place !== undefined) row[place] = (row[place] ?? 0) + 1;
  }
  return loads.map(({ name }) => rows.get(name) ?? []);
}

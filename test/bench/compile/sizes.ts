/** The worlds that compiling is measured by. */
import type { Extent } from '../../support/bench/changes.ts';
import type { Size } from '../../support/bench/fleets.ts';

/** A world, and what placing it may cost at most. */
export interface Target extends Size {
  readonly targetMs: number;
}

export const SIZES: readonly Target[] = [
  { hosts: 20, replicas: 200, services: 10, targetMs: 20 },
  { hosts: 200, replicas: 5000, services: 50, targetMs: 150 },
  { hosts: 1000, replicas: 30_000, services: 200, targetMs: 500 },
  { hosts: 5000, replicas: 150_000, services: 500, targetMs: 1500 },
];

/** By hosts of the world: a hundredth of the hosts comes or goes. */
export const EXTENTS: Readonly<Record<number, Extent>> = {
  200: { hosts: 2, replicas: 40 },
  5000: { hosts: 50, replicas: 1000 },
};

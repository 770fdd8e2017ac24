/** Whoever deploys the same containers on the same practice hosts: the floor, fleet, and the peers. */

import type { Masters } from '../../support/bench/masters.ts';
import type { LabView } from '../../support/view/lab-view.ts';
import type { Span } from './spans.ts';

/** The same container for all: a web server of one process, published on one address of its host. */
export const CONTAINER = { image: 'busybox:1', command: ['httpd', '-f', '-p', '8080'], port: 8080 } as const;

/** Where it is deployed, and how much. */
export interface Site {
  readonly view: LabView;
  readonly masters: Masters;
  /** The lab's inventory file. */
  readonly inventory: string;
  /** For files; its path is short. */
  readonly folder: string;
  readonly replicas: number;
}

/** One deployment in milliseconds. */
export interface Took {
  readonly ms: number;
  /** From the begin of the first container's start to the end of the last one's; absent where that can not be seen. */
  readonly startingMs?: number;
  /** What it did when. */
  readonly spans?: readonly Span[];
}

/** One of them. */
export interface Subject {
  readonly name: string;
  /** How many deployments are worth their time, where that is fewer than the bench is asked for. */
  readonly mostRuns?: number;
  /** The same of deployments with nothing to do after each of them. */
  readonly mostAgains?: number;
  /** Brings the hosts into the state in which its deployment begins; not measured. */
  readonly prepare: () => Promise<void>;
  /** All containers run when it resolves. */
  readonly deploy: () => Promise<Took>;
  /** The same deployment once more, with nothing to do; milliseconds. */
  readonly again: () => Promise<number>;
  /** Gives back what it keeps open. */
  readonly end?: () => Promise<void>;
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** So many containers as evenly as can be: host -> how many. */
export function shares(hosts: readonly string[], replicas: number): ReadonlyMap<string, number> {
  const count = (index: number) => Math.floor(replicas / hosts.length) + (index < replicas % hosts.length ? 1 : 0);
  return new Map(hosts.map((host, index) => [host, count(index)]));
}

/** The port on its host of the n-th container there, from 1. */
export function hostPort(n: number): number {
  return 20_000 + n;
}

/** What all parts of the sequence look at: the world, the judged services, and the plan's own numbers. */
import type { Host, Inventory } from '../model/inventory.ts';
import type { HostUp, ReleaseRecord } from '../model/observed.ts';
import type { Intent, Plan } from '../model/plan.ts';
import type { Situation } from './desire/situation.ts';
import type { Desired } from './desire/spec.ts';
import { hostUp, type World } from './desire/world.ts';
import type { Schedule, Start } from './place/planned.ts';

/** The compiler's working set. Built once by `index.ts`, never changed. */
export interface Context {
  readonly world: World;
  /** Hosts that answered, with their reports, sorted by name. */
  readonly sites: readonly Site[];
  readonly app: string;
  /** The release that the plan makes. */
  readonly release: number;
  readonly previous: number;
  readonly intent: Intent;
  /** The last release on record. */
  readonly recorded: ReleaseRecord | undefined;
  /** True when the plan changes what is declared, not only what runs. */
  readonly isNew: boolean;
  /** True when `recorded` was made of the labels of containers, because no keeper has a valid record of it. */
  readonly isRebuilt: boolean;
  /** Service -> replicas that people declared, where that is not what the recorded playbook says. */
  readonly replicas: Readonly<Record<string, number>>;
  /** Service -> replicas of a watcher, where that is not what people declared. */
  readonly scaled: Readonly<Record<string, number>>;
  /** Digest of the playbook that is recorded; undefined when nobody knows it whole. */
  readonly body?: string;
  readonly desired: readonly Desired[];
  /** The same by name of the service. */
  readonly desiredByName: ReadonlyMap<string, Desired>;
  /** True when only some services are touched; the others stay as they are. */
  readonly isPartial: boolean;
  readonly situations: readonly Situation[];
  readonly schedule: Schedule;
  /** All starts of the schedule: replicas of every wave, in order. */
  readonly starts: readonly Start[];
  /** Host -> services of which replicas or jobs start there: each once, sorted. */
  readonly startingOn: ReadonlyMap<string, readonly string[]>;
  /** Jobs that have to run. */
  readonly jobs: readonly JobRun[];
  /** Hosts that keep records, in order. */
  readonly keepers: readonly Host[];
}

/** A job and where it runs. */
export interface JobRun {
  readonly desired: Desired;
  readonly start: Start;
}

/**
 * Edge hosts keep records and lease; where there is none, the first three hosts by name. Decided by the inventory alone,
 * so that two callers who see different hosts answer still ask the same ones for the lease.
 */
export function keepersOf({ hosts }: Inventory): Host[] {
  const ordered = [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const edges = ordered.filter(({ roles }) => roles.includes('edge'));
  return edges.length > 0 ? edges : ordered.slice(0, 3);
}

/** A host that answered, with its report. */
export interface Site {
  readonly host: Host;
  readonly report: HostUp;
}

/** Hosts that answered, with their reports, sorted by name. */
export function sitesOf(world: World): Site[] {
  return world.up.flatMap((host) => {
    const report = hostUp(world.observed, host.name);
    return report === undefined ? [] : [{ host, report }];
  });
}

/** The starts in their order, by service. */
export function startsByService(starts: readonly Start[]): ReadonlyMap<string, readonly Start[]> {
  const services = new Map<string, Start[]>();
  for (const start of starts) {
    const own = services.get(start.service);
    if (own === undefined) services.set(start.service, [start]);
    else own.push(start);
  }
  return services;
}

/** Host -> names of the services that start there, each once, sorted. */
export function servicesByHost(starts: readonly Start[]): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, Set<string>>();
  for (const { host, service } of starts) {
    const services = hosts.get(host) ?? new Set();
    hosts.set(host, services.add(service));
  }
  return new Map([...hosts].map(([host, services]) => [host, [...services].sort()]));
}

/** The desired service of that name. */
export function desiredOf(context: Context, service: string): Desired {
  const found = context.desiredByName.get(service);
  if (found === undefined) throw new Error(`no desired service ${service}`);
  return found;
}

/** What is asked for and what starts, with what is looked up in them again and again. */
export function indexed(
  desired: readonly Desired[],
  schedule: Schedule,
  jobs: readonly JobRun[],
): Pick<Context, 'desired' | 'desiredByName' | 'schedule' | 'starts' | 'startingOn' | 'jobs'> {
  const starts = schedule.waves.flatMap((wave) => wave.starts);
  return {
    desired,
    desiredByName: new Map(desired.map((one) => [one.service.name, one])),
    schedule,
    starts,
    startingOn: servicesByHost([...starts, ...jobs.map(({ start }) => start)]),
    jobs,
  };
}

/** Home folder of the SSH user on a host that answered. */
export function homeOf(world: World, host: string): string {
  return hostUp(world.observed, host)?.home ?? '';
}

/** The parts of a plan that differ between intents. */
export type PlanParts = Pick<
  Plan,
  | 'release'
  | 'previous'
  | 'services'
  | 'placements'
  | 'vips'
  | 'routers'
  | 'room'
  | 'warnings'
  | 'steps'
  | 'files'
  | 'carried'
  | 'body'
  | 'whatIf'
>;

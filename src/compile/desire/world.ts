/** The world of one question: all that parts of compile look at, made once and never changed. */

import type { HealOrder } from '../../model/heal.ts';
import type { Host, Inventory } from '../../model/inventory.ts';
import { attemptsOf, type ReplicaId, replicaName } from '../../model/labels.ts';
import type { Container, HostUp, Observed, Upstream } from '../../model/observed.ts';
import type { Playbook } from '../../model/playbook.ts';

/**
 * A container and the host that reported it. What every service asks of each of its containers stands beside it: of those
 * that run, whose service is the next one, nothing else is read.
 */
export interface Existing {
  readonly container: Container;
  readonly host: string;
  readonly name: string;
  readonly slot: number;
  readonly spec: string;
  /** It is a replica, and running. */
  readonly runs: boolean;
  /** Docker calls it unhealthy. */
  readonly isSick: boolean;
}

/** The container on its host. */
export function existingOn(host: string, container: Container): Existing {
  const { name, slot, spec, kind, state, health } = container;
  const runs = kind === 'replica' && state === 'running';
  return { container, host, name, slot, spec, runs, isSick: health === 'unhealthy' };
}

/** How containers and silent hosts are judged; it depends on what is asked for. */
export interface Stance {
  /** Whether a container that Docker calls unhealthy is replaced ("reported"), or only what the order distrusts. */
  readonly health: 'reported' | 'ordered';
  /** Whether a container that ended is started again where it is ("resumed"), or made anew. */
  readonly ended: 'resumed' | 'replaced';
  /** What is taken of a silent host that the order does not name. */
  readonly silent: 'gone' | 'away' | 'as-routed';
  /** Whether what fits nowhere ends the planning, or all the rest is done. */
  readonly misfits: 'refused' | 'reported';
  /** Hosts that keep nothing that may move. */
  readonly leaving: readonly string[];
  readonly order: HealOrder;
}

/** What is there, found once for all services. */
export interface Present {
  /** Hosts that answered, by name. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** Names of hosts that answered and are not in the inventory. */
  readonly strangers: ReadonlySet<string>;
  /** Names of hosts that were asked and did not answer. */
  readonly silent: ReadonlySet<string>;
  /** Service -> its containers of the app, sorted by host and name. */
  readonly containers: ReadonlyMap<string, readonly Existing[]>;
  /**
   * The upstreams of a service in live router files, a list for each kind of files. Where no router knows of any, files are
   * lost: what those say to which no link leads is taken for it, or else what silent hosts ran when they were seen last.
   */
  readonly upstreams: (service: string) => readonly (readonly Upstream[])[];
}

/** All that a situation is judged by. */
export interface World {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
  /** Hosts that answered, sorted by name. */
  readonly up: readonly Host[];
  readonly present: Present;
  readonly stance: Stance;
  /** "SERVICE.SLOT" -> host to which a running replica moves. */
  readonly moves: ReadonlyMap<string, string>;
  /** "HOST/NAME" of replicas of the release before that are kept warm. */
  readonly warm: ReadonlySet<string>;
  /** "HOST/NAME" of replicas that have ended or never ran, and whose room was given to others: they are not started again. */
  readonly crowded: ReadonlySet<string>;
}

/** "HOST/NAME": a host that was away may come back with a container whose name is in use elsewhere by now. */
export function keyOf({ host, name }: Existing): string {
  return `${host}/${name}`;
}

/** The host's report when it answered. */
export function hostUp(observed: Observed, name: string): HostUp | undefined {
  const state = observed.hosts[name];
  return state?.reachable ? state : undefined;
}

/** The names of all hosts that were asked, sorted: once for what is observed. */
export function hostNames(hosts: Observed['hosts']): readonly string[] {
  const names = sorted.get(hosts) ?? Object.keys(hosts).sort();
  sorted.set(hosts, names);
  return names;
}

const sorted = new WeakMap<Observed['hosts'], readonly string[]>();

/** Containers of the app on hosts that answered, sorted by host and name. Found once for what is observed. */
export function existingContainers(app: string, observed: Observed): readonly Existing[] {
  const found = known.get(observed)?.get(app) ?? findContainers(app, observed);
  known.set(observed, (known.get(observed) ?? new Map()).set(app, found));
  return found;
}

const known = new WeakMap<Observed, Map<string, readonly Existing[]>>();

function findContainers(app: string, observed: Observed): Existing[] {
  return hostNames(observed.hosts).flatMap((host) => {
    const state = observed.hosts[host];
    if (!state?.reachable) return [];
    const own = state.containers.filter((container) => container.app === app);
    if (!areSorted(own)) own.sort((a, b) => (a.name < b.name ? -1 : 1));
    return own.map((container) => existingOn(host, container));
  });
}

/** Hosts report them so, as a rule. */
function areSorted(containers: readonly Container[]): boolean {
  let previous = '';
  for (const { name } of containers) {
    if (name < previous) return false;
    previous = name;
  }
  return true;
}

/** Names for replicas of one release of a service, each other than those of its containers that are anywhere. */
export function namesFor(
  { app, service, release }: Omit<ReplicaId, 'slot'>,
  { present }: Pick<World, 'present'>,
): (slot: number) => string {
  const own = (present.containers.get(service) ?? []).filter(({ container }) => container.release === release);
  return (slot) => {
    const others = own.filter((one) => one.slot === slot);
    return replicaName({ app, service, release, slot }, attemptsOf(others.map(({ name }) => name)));
  };
}

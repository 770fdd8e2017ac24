/** Whom a watcher asks: replicas that run, and replicas behind hosts that do not answer. Pure. */
import type { Inventory } from '../../model/inventory.ts';
import type { Container, Observed, PortBinding } from '../../model/observed.ts';
import type { Question } from './questions.ts';
import type { ReachTarget } from './reach.ts';

/** A replica that is asked, and what is known of it. */
export interface Patient {
  /** "HOST/NAME" */
  readonly key: string;
  /** Replicas that are the same inside: an answer of one proves that such a replica can answer. */
  readonly kin: string;
  /** Epoch milliseconds by the host's clock. */
  readonly startedAt: number;
  readonly questions: readonly Question[];
}

/**
 * Replicas that can be asked whether they hang: they run on a host that is there, and speak HTTP. Of a TCP port nothing
 * can be said: the kernel takes connections for a process that is stopped. Sorted by key.
 */
export function patientsOf({ hosts }: Inventory, observed: Observed['hosts']): Patient[] {
  return hosts
    .flatMap(({ name, private: address }) => {
      const state = observed[name];
      if (state?.reachable !== true) return [];
      return state.containers.filter(canBeAsked).map((container) => patientOf(container, name, address));
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Docker says itself of a replica with a health check whether it is there yet. */
function canBeAsked({ kind, state, health, ports }: Container): boolean {
  return kind === 'replica' && state === 'running' && health !== 'starting' && ports.some(isHttp);
}

function patientOf({ app, service, spec, name, ports, startedAt }: Container, host: string, address: string): Patient {
  const key = `${host}/${name}`;
  const questions = ports
    .filter(isHttp)
    .map(({ hostPort }) => ({ key, from: host, address, port: hostPort, http: { path: '/' } }));
  return { key, kin: `${app}/${service}/${spec}`, startedAt, questions };
}

function isHttp({ protocol }: PortBinding): boolean {
  return protocol === 'http';
}

/** Where replicas of silent hosts would answer: by their own last reports, and by the routers of hosts that are there. */
export function reachTargetsOf(
  { hosts }: Inventory,
  observed: Observed['hosts'],
  silent: readonly string[],
): ReachTarget[] {
  const found = new Map<string, ReachTarget>();
  const add = (host: string, container: string, address: string, ports: readonly PortBinding[]): void => {
    for (const { protocol, hostPort } of ports) {
      if (protocol === 'udp') continue;
      found.set(`${host}/${container}:${hostPort}`, { host, container, address, port: hostPort });
    }
  };
  for (const { name, private: address } of hosts.filter((host) => silent.includes(host.name))) {
    const state = observed[name];
    const before = state?.reachable === false ? state.before : state;
    for (const one of before?.containers ?? []) {
      if (one.kind === 'replica' && one.state === 'running') add(name, one.name, address, one.ports);
    }
  }
  for (const state of Object.values(observed)) {
    if (!state.reachable) continue;
    const { apps, unlinked = {} } = state.router;
    const files = [...Object.values(apps).map(({ services }) => services), ...Object.values(unlinked)];
    for (const { upstreams } of files.flatMap((services) => Object.values(services))) {
      for (const one of upstreams) if (silent.includes(one.host)) add(one.host, one.container, one.address, one.ports);
    }
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

/** Records of replicas: where each one is and what it is. What a silent host runs is taken from the routers of the others. */
import type { Inventory } from '../../model/inventory.ts';
import type { Container, HostUp, Observed, PortBinding, Upstream } from '../../model/observed.ts';
import { compareText } from '../plan/facts.ts';
import { formatTime } from '../units.ts';
import { compareReplicas } from './replicas.ts';

/** One replica. A field that nobody could tell is "". */
export interface ReplicaRecord {
  readonly app: string;
  readonly service: string;
  readonly slot: number;
  /** shop.backend.7.2 */
  readonly replica: string;
  readonly host: string;
  /** The address that its ports are published on. */
  readonly address: string;
  readonly ports: readonly PortBinding[];
  readonly vip: string;
  /** As the playbook wrote it. */
  readonly image: string;
  readonly digest: string;
  /** The release that started it. */
  readonly release: number;
  /** Since when it runs, or when it was last started: UTC, "2026-11-22T21:15:29Z"; "" when it never was. */
  readonly since: string;
  /** "unknown": its host does not answer, and a router of another host leads there. */
  readonly state: Container['state'] | 'unknown';
  readonly health: Container['health'] | 'unknown';
  /** Of one that ended. */
  readonly exitCode?: number;
}

/** A service that routers know, with its lasting address. */
export interface RoutedRecord {
  readonly app: string;
  readonly service: string;
  readonly vip: string;
  /** Its present and former networks, CIDR. */
  readonly subnets: readonly string[];
  /** "host/path" and "port/protocol" on the edges. */
  readonly claims: readonly string[];
  readonly upstreams: readonly Upstream[];
}

/** All replicas of an app, or of all apps; jobs are none. Sorted by app, service, slot, release, host. */
export function recordsOf(inventory: Inventory, observed: Observed['hosts'], app?: string): ReplicaRecord[] {
  const routed = routedServices(observed);
  return [...seenRecords(inventory, observed, routed), ...heardRecords(observed, routed)]
    .filter((record) => app === undefined || record.app === app)
    .sort(compareReplicas);
}

/** What the router files of all hosts that answer say together, sorted by app and service. */
export function routedServices(observed: Observed['hosts']): RoutedRecord[] {
  const merged = new Map<string, RoutedRecord>();
  for (const [, state] of answering(observed)) {
    for (const { app, services } of Object.values(state.router.apps)) {
      for (const [service, routed] of Object.entries(services)) {
        const known = merged.get(`${app} ${service}`);
        const { vip, subnet, former, claims } = routed;
        // Replicas that nobody has checked yet serve nobody, and may not be there.
        const upstreams = routed.early === true ? [] : routed.upstreams;
        const subnets = [subnet, ...(former === undefined ? [] : [former])].filter((one) => one !== '');
        merged.set(`${app} ${service}`, {
          app,
          service,
          vip: known?.vip || vip,
          subnets: [...new Set([...(known?.subnets ?? []), ...subnets])],
          claims: [...new Set([...(known?.claims ?? []), ...claims])].sort(compareText),
          upstreams: uniqueUpstreams([...(known?.upstreams ?? []), ...upstreams]),
        });
      }
    }
  }
  return [...merged.values()].sort(
    (left, right) => compareText(left.app, right.app) || compareText(left.service, right.service),
  );
}

/** The hosts that answered, by name. */
export function answering(observed: Observed['hosts']): readonly (readonly [name: string, state: HostUp])[] {
  return Object.entries(observed)
    .flatMap(([name, state]) => (state.reachable ? [[name, state] as const] : []))
    .sort(([left], [right]) => compareText(left, right));
}

function seenRecords(
  inventory: Inventory,
  observed: Observed['hosts'],
  routed: readonly RoutedRecord[],
): ReplicaRecord[] {
  const addresses = new Map(inventory.hosts.map((host) => [host.name, host.private]));
  return answering(observed).flatMap(([host, state]) =>
    state.containers
      .filter((one) => one.kind === 'replica')
      .map((one) => ({
        app: one.app,
        service: one.service,
        slot: one.slot,
        replica: one.name,
        host,
        address: addresses.get(host) ?? '',
        ports: one.ports,
        vip: vipOf(routed, one.app, one.service),
        image: one.image,
        digest: one.imageDigest ?? '',
        release: one.release,
        since: one.startedAt > 0 ? formatTime(one.startedAt) : '',
        state: one.state,
        health: one.health,
        ...(one.state === 'exited' || one.state === 'dead' ? { exitCode: one.exitCode } : {}),
      })),
  );
}

/** Replicas on hosts that did not answer, from routers that lead there: unknown is never empty. */
function heardRecords(observed: Observed['hosts'], routed: readonly RoutedRecord[]): ReplicaRecord[] {
  return routed.flatMap(({ app, service, vip, upstreams }) =>
    upstreams
      .filter(({ host }) => observed[host]?.reachable !== true)
      .map(({ container, slot, host, address, ports }) => ({
        app,
        service,
        slot,
        replica: container,
        host,
        address,
        ports,
        vip,
        image: '',
        digest: '',
        release: releaseOf(container),
        since: '',
        state: 'unknown' as const,
        health: 'unknown' as const,
      })),
  );
}

function vipOf(routed: readonly RoutedRecord[], app: string, service: string): string {
  return routed.find((one) => one.app === app && one.service === service)?.vip ?? '';
}

/** shop.backend.7.2 was started by release 7. */
function releaseOf(container: string): number {
  return Number(/\.(\d+)\.\d+$/.exec(container)?.[1] ?? 0);
}

function uniqueUpstreams(upstreams: readonly Upstream[]): Upstream[] {
  return [...new Map(upstreams.map((one) => [`${one.container} ${one.host}`, one])).values()];
}

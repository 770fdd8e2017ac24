/** One service's entry to a Service of the model: defaults, sorting, and what follows from several keys together. */
import type {
  Constraint,
  FileGrant,
  Ingress,
  Mount,
  PublishedPort,
  Service,
  UpdatePolicy,
} from '../../model/playbook.ts';
import { scalePolicyOf } from '../scale/policy.ts';
import { isJob, limitsOf, modeOf, replicasOf, reservationOf } from './amounts.ts';
import { containerOptions, type Surroundings } from './container.ts';
import type { IngressEntry } from './fleet.ts';
import { servicePorts } from './protocols.ts';
import { rolloutOf } from './rollout.ts';
import type { ServiceEntry } from './schema.ts';
import { order, sortKeys } from './sorting.ts';

/** nginx's own default for waiting on an answer. */
const READ_TIMEOUT_MS = 60_000;

interface Named {
  readonly name: string;
  readonly entry: ServiceEntry;
}

/** The mounts of a service with the keys they come from, sorted by target. */
export function mountsOf(
  entry: ServiceEntry,
): readonly { readonly mount: Mount; readonly key: string; readonly index: number }[] {
  const volumes = (entry.volumes ?? []).map((mount, index) => ({ mount, key: 'volumes', index }));
  const tmpfs = (entry.tmpfs ?? []).map((mount, index) => ({ mount, key: 'tmpfs', index }));
  return [...volumes, ...tmpfs].sort((left, right) => order(left.mount.target, right.mount.target));
}

/** The published ports with the index of the entry each comes from, sorted by published port. */
export function publishedOf(
  entry: ServiceEntry,
): readonly { readonly published: PublishedPort; readonly index: number }[] {
  const protocols = new Map(servicePorts(entry).map((port) => [portKey(port.port, port.protocol), port.protocol]));
  return (entry.ports ?? [])
    .flatMap((port, index) => {
      if (port.isLocal || port.published === undefined) return [];
      const protocol = protocols.get(portKey(port.port, port.transport)) ?? port.transport;
      return [{ index, published: { published: port.published, target: port.port, protocol } }];
    })
    .sort(
      (left, right) =>
        left.published.published - right.published.published ||
        order(left.published.protocol, right.published.protocol),
    );
}

/** The ingresses with their index in the file, sorted by host and path. */
export function ingressOf(
  name: string,
  entry: ServiceEntry,
): readonly { readonly ingress: Ingress; readonly index: number }[] {
  return (entry['x-fleet']?.ingress ?? [])
    .map((one, index) => ({ index, ingress: toIngress({ name, entry }, one, index) }))
    .sort((left, right) => order(claimOf(left.ingress), claimOf(right.ingress)));
}

/** "shop.example/": what an ingress takes on the edges. */
export function claimOf(ingress: Ingress): string {
  return `${ingress.host ?? ''}${ingress.path}`;
}

/** The name under which the certificate or key of a service's n-th ingress is kept among the secrets. */
export function tlsName(service: string, index: number, part: 'certificate' | 'key'): string {
  return `tls:${service}:${index}:${part}`;
}

/** Constraints with their index in the file, sorted. */
export function constraintsOf(
  entry: ServiceEntry,
): readonly { readonly constraint: Constraint; readonly index: number }[] {
  return (entry.deploy?.placement?.constraints ?? [])
    .map((constraint, index) => ({ constraint, index }))
    .sort((left, right) => order(JSON.stringify(left.constraint), JSON.stringify(right.constraint)));
}

/** The names of a service on its networks beside its own: aliases, and the name its container would have. */
function networksOf(entry: ServiceEntry): Readonly<Record<string, readonly string[]>> {
  const own = entry.container_name === undefined ? [] : [entry.container_name];
  return sortKeys(entry.networks ?? { default: [] }, (aliases) => [...new Set([...aliases, ...own])].sort(order));
}

/** The Service, with what was read from other files for it. */
export function buildService(name: string, entry: ServiceEntry, surroundings: Surroundings): Service {
  const { deploy, links = [] } = entry;
  const { scale, priority, rollout: { bakeMs = 0 } = {} } = entry['x-fleet'] ?? {};
  const max = deploy?.placement?.max_replicas_per_node;
  return {
    name,
    image: entry.image ?? '',
    container: containerOptions(entry, surroundings),
    ...(entry.healthcheck === undefined ? {} : { healthcheck: entry.healthcheck }),
    ports: servicePorts(entry),
    ...(typeof entry['x-fleet']?.protocol === 'string' ? { protocol: entry['x-fleet'].protocol } : {}),
    published: publishedOf(entry).map(({ published }) => published),
    mounts: mountsOf(entry).map(({ mount }) => mount),
    secrets: sortGrants(entry.secrets),
    configs: sortGrants(entry.configs),
    networks: networksOf(entry),
    ...(links.length === 0 ? {} : { links: [...links].sort((left, right) => order(left.alias, right.alias)) }),
    dependsOn: (entry.depends_on ?? [])
      .map(({ service, condition }) => ({ service, condition }))
      .sort((left, right) => order(left.service, right.service)),
    mode: modeOf(entry),
    replicas: replicasOf(entry) ?? scale?.min ?? 1,
    reservation: reservationOf(entry),
    limits: limitsOf(entry),
    constraints: constraintsOf(entry).map(({ constraint }) => constraint),
    spread: (deploy?.placement?.preferences ?? []).map(({ spread }) => spread),
    ...(max === undefined || max === 0 ? {} : { maxPerHost: max }),
    rollout: rolloutOf(entry),
    ...(bakeMs === 0 ? {} : { bakeMs }),
    update: updateOf(entry),
    ...(isJob(entry) ? { job: 'pre-deploy' as const } : {}),
    ingress: ingressOf(name, entry).map(({ ingress }) => ingress),
    readTimeoutMs: entry['x-fleet']?.read_timeout ?? READ_TIMEOUT_MS,
    retryUnsafe: entry['x-fleet']?.retry_unsafe ?? false,
    ...(scale === undefined ? {} : { scale: scalePolicyOf(scale) }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function updateOf(entry: ServiceEntry): UpdatePolicy {
  const update = entry.deploy?.update_config;
  return {
    delayMs: update?.delay ?? 0,
    monitorMs: update?.monitor ?? 0,
    maxFailureRatio: update?.max_failure_ratio ?? 0,
    onFailure: update?.failure_action ?? 'rollback',
  };
}

function toIngress({ name, entry }: Named, one: IngressEntry, index: number): Ingress {
  const fleet = entry['x-fleet'];
  return {
    ...(one.host === undefined ? {} : { host: one.host }),
    path: one.path ?? '/',
    port: one.port,
    ...(one.probe === undefined ? {} : { probe: one.probe }),
    readTimeoutMs: one.read_timeout ?? fleet?.read_timeout ?? READ_TIMEOUT_MS,
    retryUnsafe: one.retry_unsafe ?? fleet?.retry_unsafe ?? false,
    ...(one.tls === undefined
      ? {}
      : {
          tls: {
            certificate: tlsName(name, index, 'certificate'),
            key: tlsName(name, index, 'key'),
            redirect: one.tls.redirect ?? true,
          },
        }),
  };
}

function sortGrants(grants: readonly FileGrant[] | undefined): readonly FileGrant[] {
  return [...(grants ?? [])].sort((left, right) => order(left.target, right.target));
}

function portKey(port: number, protocol: string): string {
  return `${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`;
}

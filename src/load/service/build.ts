/** One service's entry to a Service of the model: defaults, sorting, and what follows from several keys together. */
import type {
  Constraint,
  ContainerOptions,
  FileGrant,
  Ingress,
  Mount,
  PublishedPort,
  Service,
  UpdatePolicy,
} from '../../model/playbook.ts';
import type { IngressEntry } from './fleet.ts';
import { servicePorts } from './protocols.ts';
import { rolloutOf } from './rollout.ts';
import type { ServiceEntry } from './schema.ts';

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
    .flatMap((ports, index) => ports.filter((port) => !port.isLocal).map((port) => ({ port, index })))
    .map(({ port, index }) => ({
      index,
      published: {
        published: port.published,
        target: port.port,
        protocol: protocols.get(portKey(port.port, port.transport)) ?? port.transport,
      },
    }))
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

/** The Service; `environment` is complete, with env files and what comes from fleet's own environment. */
export function buildService(
  name: string,
  entry: ServiceEntry,
  environment: Readonly<Record<string, string>>,
): Service {
  const { deploy } = entry;
  const max = deploy?.placement?.max_replicas_per_node;
  const job = entry['x-fleet']?.job;
  return {
    name,
    image: entry.image,
    container: containerOptions(entry, environment),
    ...(entry.healthcheck === undefined ? {} : { healthcheck: entry.healthcheck }),
    ports: servicePorts(entry),
    published: publishedOf(entry).map(({ published }) => published),
    mounts: mountsOf(entry).map(({ mount }) => mount),
    secrets: sortGrants(entry.secrets),
    configs: sortGrants(entry.configs),
    networks: sortKeys(entry.networks ?? { default: [] }, (aliases) => [...new Set(aliases)].sort(order)),
    dependsOn: (entry.depends_on ?? [])
      .map(({ service, condition }) => ({ service, condition }))
      .sort((left, right) => order(left.service, right.service)),
    mode: deploy?.mode ?? 'replicated',
    replicas: deploy?.replicas ?? 1,
    reservation: {
      cpus: deploy?.resources?.reservations?.cpus ?? 0,
      memoryBytes: deploy?.resources?.reservations?.memory ?? 0,
    },
    limits: limitsOf(entry),
    constraints: constraintsOf(entry).map(({ constraint }) => constraint),
    spread: (deploy?.placement?.preferences ?? []).map(({ spread }) => spread),
    ...(max === undefined || max === 0 ? {} : { maxPerHost: max }),
    rollout: rolloutOf(entry),
    update: updateOf(entry),
    ...(job === undefined ? {} : { job }),
    ingress: ingressOf(name, entry).map(({ ingress }) => ingress),
    readTimeoutMs: entry['x-fleet']?.read_timeout ?? READ_TIMEOUT_MS,
    retryUnsafe: entry['x-fleet']?.retry_unsafe ?? false,
  };
}

/** Sorts words by code unit, the same everywhere. */
export function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A record with its keys in order. */
export function sortKeys<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record)
      .sort(([left], [right]) => order(left, right))
      .map(([key, value]) => [key, change(value)]),
  );
}

function containerOptions(entry: ServiceEntry, environment: Readonly<Record<string, string>>): ContainerOptions {
  const { logging } = entry;
  return {
    ...(entry.command === undefined ? {} : { command: entry.command }),
    ...(entry.entrypoint === undefined ? {} : { entrypoint: entry.entrypoint }),
    environment: sortKeys(environment, same),
    // Compose keeps deploy.labels on the service; here a service is nothing but its containers.
    labels: sortKeys({ ...entry.deploy?.labels, ...entry.labels }, same),
    ...(entry.user === undefined ? {} : { user: entry.user }),
    ...(entry.working_dir === undefined ? {} : { workingDir: entry.working_dir }),
    init: entry.init ?? false,
    readOnly: entry.read_only ?? false,
    capAdd: [...new Set(entry.cap_add)].sort(order),
    capDrop: [...new Set(entry.cap_drop)].sort(order),
    ulimits: sortKeys(entry.ulimits ?? {}, same),
    ...(entry.stop_signal === undefined ? {} : { stopSignal: entry.stop_signal }),
    stopGraceMs: entry.stop_grace_period ?? 10_000,
    ...(logging === undefined
      ? {}
      : { logging: { driver: logging.driver ?? 'json-file', options: sortKeys(logging.options ?? {}, same) } }),
    restart: restartOf(entry),
    extraHosts: [...new Set(entry.extra_hosts)].sort(order),
    dns: entry.dns ?? [],
  };
}

/** `restart`, else `deploy.restart_policy`, else what keeps a service up; a job runs once. */
function restartOf(entry: ServiceEntry): string {
  if (entry['x-fleet']?.job !== undefined) return 'no';
  const policy = entry.deploy?.restart_policy;
  if (policy === undefined) return entry.restart ?? 'unless-stopped';
  if (policy.condition === 'none') return 'no';
  if (policy.condition !== 'on-failure') return 'unless-stopped';
  return policy.max_attempts === undefined ? 'on-failure' : `on-failure:${policy.max_attempts}`;
}

function limitsOf(entry: ServiceEntry): Service['limits'] {
  const limits = entry.deploy?.resources?.limits;
  return {
    ...(limits?.cpus === undefined ? {} : { cpus: limits.cpus }),
    ...(limits?.memory === undefined ? {} : { memoryBytes: limits.memory }),
    ...(limits?.pids === undefined ? {} : { pids: limits.pids }),
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

function same<T>(value: T): T {
  return value;
}

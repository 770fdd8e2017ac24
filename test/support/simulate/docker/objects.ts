/** What Docker has on a simulated host, in the form in which the docker command prints it for the probe. */
import { LABEL } from '../../../../src/model/labels.ts';
import type { Container, HostUp } from '../../../../src/model/observed.ts';

/** `docker info`, as far as the probe reads it. */
export function infoOf(up: HostUp): Readonly<Record<string, unknown>> {
  const insecure = up.insecureRegistries.map((name) => [name, { Secure: false }]);
  return {
    ServerVersion: up.dockerVersion,
    Architecture: up.architecture,
    NCPU: up.cpus,
    MemTotal: up.memoryBytes,
    RegistryConfig: { Mirrors: up.registryMirrors, IndexConfigs: Object.fromEntries(insecure) },
  };
}

/** A container, as a line of the probe's section "containers". */
export interface InspectedLine {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: string;
  readonly exitCode?: number;
  readonly startedAt?: string;
  readonly health?: string;
  readonly restarts?: number;
  readonly mounts?: readonly unknown[];
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly ports?: Readonly<Record<string, unknown>>;
}

/** All containers of the host, the router too. */
export function inspectedOf(up: HostUp): InspectedLine[] {
  return [...up.containers.map(replicaOf), ...routerOf(up)];
}

function replicaOf(one: Container): InspectedLine {
  const labels: Record<keyof typeof LABEL, string> = {
    app: one.app,
    service: one.service,
    slot: String(one.slot),
    release: String(one.release),
    spec: one.spec,
    kind: one.kind,
    image: one.image,
    digest: one.imageDigest ?? '',
    cpus: String(one.cpus),
    memory: String(one.memoryBytes),
    ports: one.ports.map(({ port, protocol, hostPort }) => `${port}/${protocol}=${hostPort}`).join(','),
    jobs: Object.entries(one.jobs ?? {})
      .map(([job, spec]) => `${job}=${spec}`)
      .join(','),
  };
  const named = Object.entries(labels).map(([key, value]) => [LABEL[key as keyof typeof LABEL], value]);
  return {
    name: `/${one.name}`,
    image: one.image,
    labels: Object.fromEntries(named),
    status: one.state,
    exitCode: one.exitCode,
    startedAt: one.startedAt === 0 ? '0001-01-01T00:00:00Z' : new Date(one.startedAt).toISOString(),
    health: one.health,
    restarts: one.restarts,
    mounts: [
      ...one.volumes.map((name) => ({ Type: 'volume', Name: name })),
      ...one.carried.map((digest) => ({ Type: 'bind', Source: `/home/deploy/.fleet/${one.app}/files/${digest}/data` })),
    ],
    bindings: Object.fromEntries(one.ports.map(bindingOf)),
    ports: {},
  };
}

function bindingOf({ port, protocol, hostPort }: Container['ports'][number]): [string, unknown] {
  return [`${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`, [{ HostPort: String(hostPort) }]];
}

function routerOf({ router: { container } }: HostUp): InspectedLine[] {
  if (container === undefined) return [];
  const { running, spec, image } = container;
  return [{ name: '/fleet-router', image, labels: { [LABEL.spec]: spec }, status: running ? 'running' : 'exited' }];
}

/** A line of the section "networks". */
export function networkOf([name, subnet]: [string, string]): { readonly name: string; readonly config: unknown } {
  return { name, config: subnet === '' ? [] : [{ Subnet: subnet }] };
}

/** A row of the images, from "name:tag" or "name@sha256:…", as HostUp has them. */
export function imageOf(name: string): unknown {
  const [repository = '', digest] = name.split('@');
  if (digest !== undefined) return { repository, tag: '<none>', digest };
  const colon = repository.lastIndexOf(':');
  return { repository: repository.slice(0, colon), tag: repository.slice(colon + 1), digest: '<none>' };
}

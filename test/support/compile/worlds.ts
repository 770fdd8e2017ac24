/** Builders of what compile decides from: a test names only what matters to it, all else has a quiet default. */

import type { Question } from '../../../src/compile/index.ts';
import type { BareHost } from '../../../src/model/bare-host.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { Host, Inventory } from '../../../src/model/inventory.ts';
import type { Container, HostDown, HostUp, ImageFacts, Observed } from '../../../src/model/observed.ts';
import type { Intent } from '../../../src/model/plan.ts';
import type { AppProtocol, Dependency, Ingress, Playbook, Service } from '../../../src/model/playbook.ts';

/** One MiB in bytes. */
export const MIB = 2 ** 20;

/** The router image of all worlds; new enough to reload without a reset. */
export const ROUTER_IMAGE = 'nginx:1.30';

/** A service in few words; every field of the model may be given as well. */
export interface ServiceShape
  extends Partial<Omit<Service, 'ports' | 'published' | 'ingress' | 'dependsOn' | 'networks'>> {
  /** "8080" (http), "5432/tcp", "53/udp". */
  readonly ports?: readonly string[];
  /** "80:8080", "5432:5432/tcp". */
  readonly published?: readonly string[];
  readonly ingress?: readonly Partial<Ingress>[];
  /** Docker names of volumes, mounted at /NAME. */
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly dependsOn?: Readonly<Record<string, Dependency['condition']>>;
}

/** A service: one replica of image NAME:1 on network "default", blue-green, no ports. */
export function service(name: string, shape: ServiceShape = {}): Service {
  const {
    ports = [],
    published = [],
    ingress = [],
    volumes = [],
    networks = ['default'],
    dependsOn = {},
    ...rest
  } = shape;
  return {
    name,
    image: `${name}:1`,
    container: container(),
    ports: ports.map((text) => ({ port: Number.parseInt(text, 10), protocol: protocolOf(text) })),
    published: published.map((text) => {
      const [outside = '', inside = ''] = text.split(':');
      return { published: Number(outside), target: Number.parseInt(inside, 10), protocol: protocolOf(inside) };
    }),
    mounts: volumes.map((volume) => ({ kind: 'volume', volume, target: `/${volume}`, readOnly: false })),
    secrets: [],
    configs: [],
    networks: Object.fromEntries([...networks].sort().map((network) => [network, []])),
    dependsOn: Object.entries(dependsOn).map(([other, condition]) => ({ service: other, condition })),
    mode: 'replicated',
    replicas: 1,
    reservation: { cpus: 0, memoryBytes: 0 },
    limits: {},
    constraints: [],
    spread: [],
    rollout: volumes.length > 0 ? { kind: 'recreate' } : { kind: 'blue-green' },
    update: { delayMs: 0, monitorMs: 0, maxFailureRatio: 0, onFailure: 'rollback' },
    ingress: ingress.map((one) => ({ path: '/', port: 80, readTimeoutMs: 60_000, retryUnsafe: false, ...one })),
    readTimeoutMs: 60_000,
    retryUnsafe: false,
    ...rest,
  };
}

function protocolOf(text: string): AppProtocol {
  const [, protocol = 'http'] = text.split('/');
  return protocol === 'tcp' || protocol === 'udp' ? protocol : 'http';
}

/** What is handed to docker as it stands. */
export function container(overrides: Partial<Service['container']> = {}): Service['container'] {
  return {
    environment: {},
    labels: {},
    init: false,
    readOnly: false,
    capAdd: [],
    capDrop: [],
    ulimits: {},
    stopGraceMs: 10_000,
    restart: 'unless-stopped',
    extraHosts: [],
    dns: [],
    ...overrides,
  };
}

/** A worker at 10.0.0.N. */
export function host(name: string, overrides: Partial<Host> = {}): Host {
  const address = `10.0.0.${Number(name.replace(/\D/g, '')) || 99}`;
  return {
    name,
    ssh: { address, port: 22, user: 'deploy', identities: [], identitiesOnly: false, knownHosts: [], jumps: [] },
    private: address,
    labels: {},
    roles: ['worker'],
    capacity: {},
    reserve: {},
    cordoned: false,
    ...overrides,
  };
}

/** An inventory of these hosts with fleet's own default ranges. */
export function inventory(hosts: readonly Host[], network: Partial<Inventory['network']> = {}): Inventory {
  return {
    name: 'production',
    hosts: [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1)),
    network: {
      vipRange: '10.96.0.0/16',
      subnetRange: '10.97.0.0/16',
      portRange: [20_000, 29_999],
      routerImage: ROUTER_IMAGE,
      shutdownTimeoutMs: 30_000,
      keepaliveMinMs: 3000,
      ...network,
    },
  };
}

/** A playbook of these services. */
export function playbook(services: readonly Service[], overrides: Partial<Playbook> = {}): Playbook {
  const volumes = services.flatMap(({ mounts }) =>
    mounts.flatMap((one) => (one.kind === 'volume' ? [one.volume] : [])),
  );
  return {
    app: 'shop',
    services: [...services].sort((a, b) => (a.name < b.name ? -1 : 1)),
    volumes: Object.fromEntries([...new Set(volumes)].sort().map((name) => [name, name])),
    networks: [...new Set(services.flatMap(({ networks }) => Object.keys(networks)))].sort(),
    internalNetworks: [],
    secrets: {},
    configs: {},
    carried: {},
    locations: {},
    ...overrides,
  };
}

/** A host that answered and has nothing on it: 4 cpus, 8 GiB. */
export function emptyHost(overrides: Partial<HostUp> = {}): HostUp {
  return {
    reachable: true,
    home: '/home/deploy',
    dockerVersion: '28.5.2',
    architecture: 'amd64',
    cpus: 4,
    memoryBytes: 8192 * MIB,
    diskFreeBytes: 100_000 * MIB,
    clockSkewMs: 0,
    containers: [],
    listening: ['tcp/22'],
    networks: {},
    volumes: [],
    carried: {},
    images: [],
    registryMirrors: [],
    insecureRegistries: [],
    router: { mainDigest: '', apps: {} },
    releases: {},
    ...overrides,
  };
}

/** A Debian machine as it comes: a user with sudo, no Docker. */
export function aBareHost(overrides: Partial<BareHost> = {}): BareHost {
  return {
    reachable: true,
    user: 'deploy',
    home: '/home/deploy',
    distribution: ['debian'],
    system: 'Debian GNU/Linux 12 (bookworm)',
    rights: 'sudo',
    refusal: '',
    docker: 'missing',
    mayUseDocker: false,
    isMember: false,
    lacks: ['docker', 'iptables'],
    ...overrides,
  };
}

/** A host that did not answer. */
export const SILENT: HostDown = { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no answer within 10 s' };

/** A container of app shop that serves. */
export function running(name: string, overrides: Partial<Container> = {}): Container {
  const [app = '', service_ = '', release = '1', slot = '1'] = name.split('.');
  return {
    name,
    app,
    service: service_,
    slot: Number(slot),
    release: Number(release),
    spec: '',
    kind: 'replica',
    image: `${service_}:1`,
    state: 'running',
    health: 'none',
    exitCode: 0,
    restarts: 0,
    startedAt: 1,
    cpus: 0,
    memoryBytes: 0,
    ports: [],
    volumes: [],
    carried: [],
    ...overrides,
  };
}

/** What an image means: a digest made of its name, for amd64, without a health check. */
export function facts(image: string, overrides: Partial<ImageFacts> = {}): ImageFacts {
  const version = /^nginx:([\d.]+)/.exec(image)?.[1];
  return {
    digest: `sha256:${sha256(image)}`,
    source: 'registry',
    exposed: [],
    hasHealthcheck: false,
    architectures: ['amd64'],
    ...(version === undefined ? {} : { nginxVersion: version }),
    ...overrides,
  };
}

/** Facts of all images that the playbook and the router need. */
export function imagesOf(services: readonly Service[], router = ROUTER_IMAGE): Observed['images'] {
  const names = [...new Set([router, ...services.map(({ image }) => image)])].sort();
  return Object.fromEntries(names.map((image) => [image, facts(image)]));
}

/** A world in few words. */
export interface WorldShape {
  /** A number makes vm1, vm2, …; the first is edge and worker. */
  readonly hosts?: number | readonly Host[];
  /** Reports by host; hosts that are left out are up and empty. */
  readonly reports?: Readonly<Record<string, HostUp | HostDown>>;
  readonly services?: readonly Service[];
  readonly playbook?: Partial<Playbook>;
  readonly network?: Partial<Inventory['network']>;
  readonly images?: Observed['images'];
  readonly intent?: Intent;
}

/** The whole question for the compiler. */
export function world(shape: WorldShape = {}): Question {
  const { hosts = 3, services = [], reports = {}, images = {}, intent = DEPLOY } = shape;
  const list = typeof hosts === 'number' ? numbered(hosts) : hosts;
  const fleet = inventory(list, shape.network);
  return {
    inventory: fleet,
    playbook: playbook(services, shape.playbook),
    observed: {
      hosts: Object.fromEntries(list.map(({ name }) => [name, reports[name] ?? emptyHost()])),
      images: { ...imagesOf(services, fleet.network.routerImage), ...images },
    },
    intent,
  };
}

/** vm1 … vmN; vm1 is edge and worker. */
export function numbered(count: number): Host[] {
  return Array.from({ length: count }, (_, index) =>
    host(`vm${index + 1}`, index === 0 ? { roles: ['edge', 'worker'] } : {}),
  );
}

/** Everything of the playbook. */
export const DEPLOY: Intent = { kind: 'deploy', services: [] };

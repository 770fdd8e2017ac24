/** The spec of a service: all that shapes its containers. Containers with an equal spec digest need no restart. */
import { digestOf, sha256 } from '../../model/digest.ts';
import { networkName } from '../../model/labels.ts';
import type { ImageFacts } from '../../model/observed.ts';
import type { FileGrant, Playbook, Service } from '../../model/playbook.ts';
import type { ServiceAddresses } from './addresses.ts';
import { hostLines } from './names.ts';
import { reachOf } from './networks.ts';

/** A service with what the compiler fixed for it. */
export interface Desired {
  readonly service: Service;
  /** Digest of the spec; the value of label fleet.spec. */
  readonly spec: string;
  /** What the spec is made of: name of a part -> its digest; tells a reviewer what changed. */
  readonly parts: Readonly<Record<string, string>>;
  readonly facts: ImageFacts | undefined;
  readonly addresses: ServiceAddresses;
  /** Docker's name of its bridge network. */
  readonly network: string;
  /** "name:address" for every name that the service may call, its own among them, sorted. */
  readonly hosts: readonly string[];
  /** Services that may call this one: it shares a network with them. Sorted; has itself. */
  readonly callers: readonly string[];
}

/** What services are judged by when they come from a release on record, by service name. */
export interface Settled {
  /** Specs as recorded: a newer fleet may digest the same service in another way, which must restart nobody. */
  readonly specs: Readonly<Record<string, string>>;
  readonly parts?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Facts of images that mean another thing for these services than for others. */
  readonly pins?: Readonly<Record<string, ImageFacts>>;
}

/** Fixes names, callers and spec of each service. Every service of the playbook must have addresses. */
export function desire(
  playbook: Playbook,
  addresses: ReadonlyMap<string, ServiceAddresses>,
  images: Readonly<Record<string, ImageFacts>>,
  settled: Settled = { specs: {} },
): Desired[] {
  return playbook.services.map((service) => {
    const own = addressesOf(addresses, service.name);
    const peers = playbook.services.filter((other) => sharesNetwork(service, other));
    const hosts = hostLines(service, peers, (name) => addressesOf(addresses, name).vip);
    const facts = factsFor(service, settled.pins?.[service.name] ?? images[service.image]);
    const shape = partsOf(service, facts, hosts, own.subnet, playbook);
    const parts = Object.fromEntries(
      Object.entries(shape).map(([name, part]) => [name, digestOf(part ?? null).slice(0, 8)]),
    );
    return {
      service,
      facts,
      addresses: own,
      network: networkName(playbook.app, service.name, reachOf(service, playbook)),
      hosts,
      callers: peers.map(({ name }) => name).sort(),
      spec: settled.specs[service.name] ?? digestOf(shape),
      parts: settled.parts?.[service.name] ?? parts,
    };
  });
}

/** What is known of the image; `platform` leaves one architecture of it. */
function factsFor(service: Service, facts: ImageFacts | undefined): ImageFacts | undefined {
  const platform = service.container.options?.platform;
  const architecture = typeof platform === 'string' ? platform.split('/')[1] : undefined;
  return facts === undefined || architecture === undefined ? facts : { ...facts, architectures: [architecture] };
}

/** Everything that shapes a container, by names that people know: "image", "environment SHOP_VERSION", "config page". */
function partsOf(
  service: Service,
  facts: ImageFacts | undefined,
  hosts: readonly string[],
  subnet: string,
  playbook: Playbook,
): Record<string, unknown> {
  const { container, healthcheck, mounts, limits, reservation, ports } = service;
  const { environment, options: docker, ...options } = container;
  return {
    image: facts?.digest ?? service.image,
    ...prefixed('environment', Object.entries(environment)),
    ...options,
    ...docker,
    healthcheck,
    volumes: mounts.filter(({ kind }) => kind !== 'carried'),
    ...prefixed(
      'files',
      mounts.flatMap((mount) => (mount.kind === 'carried' ? [[mount.target, mount.digest]] : [])),
    ),
    limits,
    reservations: reservation,
    'names to call': hosts,
    network: subnet,
    ports: ports.map(({ port, protocol }) => `${port}/${protocol === 'udp' ? 'udp' : 'tcp'}`),
    ...prefixed(
      'secret',
      service.secrets.map((grant) => [grant.source, [grant, playbook.secrets[grant.source]]]),
    ),
    ...prefixed(
      'config',
      service.configs.map((grant) => [grant.source, [grant, configDigest(grant, playbook)]]),
    ),
  };
}

function prefixed(kind: string, entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [`${kind} ${name}`, value]));
}

function configDigest(grant: FileGrant, playbook: Playbook): string {
  return sha256(playbook.configs[grant.source] ?? '');
}

/** True when the two may call each other. */
export function sharesNetwork(left: Service, right: Service): boolean {
  return Object.keys(left.networks).some((network) => network in right.networks);
}

function addressesOf(addresses: ReadonlyMap<string, ServiceAddresses>, service: string): ServiceAddresses {
  return addresses.get(service) ?? { vip: '', subnet: '' };
}

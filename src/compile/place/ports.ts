/** Host ports: each replica's ports are published on its host at numbers that are free there. */
import type { Inventory } from '../../model/inventory.ts';
import type { Observed, PortBinding } from '../../model/observed.ts';
import type { Service, ServicePort } from '../../model/playbook.ts';
import { placeOf } from '../desire/addresses.ts';
import { routedKinds } from '../desire/routed.ts';
import type { Existing, World } from '../desire/world.ts';

/** Ports in use on a host; grow while ports are handed out. */
export type PortBook = (host: string) => Set<number>;

/**
 * What is taken on each host: ports that something listens on, of containers (also stopped ones), dialled by live routers,
 * published. A host is only looked at when something starts there.
 */
export function takenPorts({ observed, playbook, up }: World): PortBook {
  const book = new Map<string, Set<number>>();
  const dialled = once(() => dialledPorts(observed));
  const edges = new Set(up.filter(({ roles }) => roles.includes('edge')).map(({ name }) => name));
  const published = playbook.services.flatMap((service) => service.published.map((one) => one.published));
  const takenOn = (name: string): Set<number> => {
    const state = observed.hosts[name];
    const ports = new Set(dialled().get(name));
    if (edges.has(name)) for (const port of published) ports.add(port);
    if (!state?.reachable) return ports;
    for (const entry of state.listening) ports.add(Number(entry.slice(entry.indexOf('/') + 1)));
    for (const container of state.containers) for (const { hostPort } of container.ports) ports.add(hostPort);
    return ports;
  };
  return (name) => {
    const ports = book.get(name) ?? takenOn(name);
    book.set(name, ports);
    return ports;
  };
}

/** Host -> ports there that live routers of any host send traffic to. */
function dialledPorts(observed: Observed): ReadonlyMap<string, readonly number[]> {
  const dialled = new Map<string, number[]>();
  const routed = routedKinds(observed, ({ apps }) => Object.values(apps).map(({ services }) => services));
  for (const { services } of routed) {
    for (const { upstreams, early } of Object.values(services)) {
      if (early) continue;
      for (const { host, ports } of upstreams) {
        const known = dialled.get(host) ?? [];
        dialled.set(host, known);
        for (const { hostPort } of ports) known.push(hostPort);
      }
    }
  }
  return dialled;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * A binding for each port of the replica, or undefined when the range is used up. The search starts where the
 * replica's name decides, so a freed port is seldom given at once to another service, which a router that could not
 * be reached might still dial under the old name.
 */
export function bindPorts(
  ports: readonly ServicePort[],
  replica: string,
  host: string,
  inventory: Inventory,
  book: PortBook,
): PortBinding[] | undefined {
  const [first, last] = inventory.network.portRange;
  const taken = book(host);
  const bindings: PortBinding[] = [];
  for (const { port, protocol } of ports) {
    const start = placeOf(`${replica}:${port}`, last - first + 1);
    const hostPort = freePort(first, last, start, taken);
    if (hostPort === undefined) return undefined;
    taken.add(hostPort);
    bindings.push({ port, protocol, hostPort });
  }
  return bindings;
}

/** The ports of who was in the slot on that host and stops before its successor starts, as far as they are wanted still. */
export function inheritedPorts(
  service: Service,
  { host, slot }: { readonly host: string; readonly slot: number },
  before: readonly Existing[],
): PortBinding[] {
  if (before.length === 0) return [];
  const gone = before.find(
    ({ container, host: at }) => at === host && container.service === service.name && container.slot === slot,
  );
  return service.ports.flatMap(({ port, protocol }) => {
    const old = gone?.container.ports.find(
      (binding) => binding.port === port && isUdp(binding.protocol) === isUdp(protocol),
    );
    return old === undefined ? [] : [{ port, protocol, hostPort: old.hostPort }];
  });
}

/** HTTP and TCP share a port space; UDP has its own. */
function isUdp(protocol: string): boolean {
  return protocol === 'udp';
}

function freePort(first: number, last: number, start: number, taken: ReadonlySet<number>): number | undefined {
  const count = last - first + 1;
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (!taken.has(port)) return port;
  }
  return undefined;
}

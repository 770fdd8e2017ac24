/** Everything that fleet knows by an address, with the ports at which it is found. */
import { type Host, type Inventory, statusAddress } from '../../model/inventory.ts';
import { type Block, formatBlock, parseBlock, toAddress } from '../../model/ipv4.ts';
import { networkName } from '../../model/labels.ts';
import type { HostUp, Observed, PortBinding } from '../../model/observed.ts';
import { compareText } from '../plan/facts.ts';
import { answering, type ReplicaRecord, type RoutedRecord, recordsOf, routedServices } from './records.ts';

/** One owner of the address. */
export type Owner =
  | {
      readonly kind: 'vip';
      readonly app: string;
      readonly service: string;
      readonly vip: string;
      /** Ports that replicas serve; empty when none does. */
      readonly ports: readonly Pick<PortBinding, 'port' | 'protocol'>[];
      readonly replicas: readonly string[];
    }
  /** The router itself: at its own address, or at ports of these edges that no service takes. */
  | { readonly kind: 'router'; readonly address: string; readonly edges: readonly string[] }
  | { readonly kind: 'replica'; readonly record: ReplicaRecord; readonly binding: PortBinding }
  | {
      readonly kind: 'network';
      readonly app: string;
      readonly service: string;
      readonly subnet: string;
      readonly gateway: string;
    }
  | {
      readonly kind: 'host';
      readonly host: string;
      /** Where it is dialled for SSH, and where its replicas are published. */
      readonly ssh: string;
      readonly private: string;
      readonly roles: readonly string[];
      readonly replicas: readonly string[];
    }
  | {
      readonly kind: 'edge';
      readonly app: string;
      readonly service: string;
      /** "host/path" or "port/protocol". */
      readonly claim: string;
      readonly hosts: readonly string[];
    };

/** Something known by an address. */
export interface Known {
  readonly owner: Owner;
  readonly addresses: readonly string[];
  readonly block?: Block;
  /** The ports at which it is found. */
  readonly ports: readonly number[] | 'any';
  /** Whether it is the answer when no port is asked for. */
  readonly alone: boolean;
}

/** VIPs, replicas, claims on the edges, routers, hosts, networks. */
export function everythingKnown(inventory: Inventory, observed: Observed['hosts']): Known[] {
  const records = recordsOf(inventory, observed);
  const routed = routedServices(observed);
  const claimed = routed.flatMap((one) => knownClaims(one, inventory, observed));
  return [
    ...routed.filter(({ vip }) => vip !== '').map(knownVip),
    ...records.flatMap(knownReplica),
    ...claimed,
    ...knownRouters(inventory, claimed),
    ...knownHosts(inventory, records),
    ...knownNetworks(routed, records, observed),
  ];
}

function knownVip({ app, service, vip, upstreams }: RoutedRecord): Known {
  const all = upstreams.flatMap(({ ports }) => ports.map(({ port, protocol }) => ({ port, protocol })));
  const ports = [...new Map(all.map((one) => [`${one.port}/${one.protocol}`, one])).values()];
  const replicas = upstreams.map(({ container, host }) => `${container}@${host}`).sort(compareText);
  return {
    owner: { kind: 'vip', app, service, vip, ports: ports.sort((a, b) => a.port - b.port), replicas },
    addresses: [vip, `${service}.${app}`],
    ports: ports.map(({ port }) => port),
    alone: true,
  };
}

function knownReplica(record: ReplicaRecord): Known[] {
  return record.ports.map((binding) => ({
    owner: { kind: 'replica', record, binding },
    addresses: [record.address, record.host],
    ports: [binding.hostPort],
    alone: false,
  }));
}

function knownHosts({ hosts }: Inventory, records: readonly ReplicaRecord[]): Known[] {
  return hosts.map((host) => ({
    owner: {
      kind: 'host',
      host: host.name,
      ssh: `${host.ssh.address}:${host.ssh.port}`,
      private: host.private,
      roles: host.roles,
      replicas: records.filter((record) => record.host === host.name).map((record) => record.replica),
    },
    addresses: addressesOf(host),
    ports: [host.ssh.port],
    alone: true,
  }));
}

/** What a service takes on the edges: at all addresses of theirs, and under its own host names. */
function knownClaims(routed: RoutedRecord, inventory: Inventory, observed: Observed['hosts']): Known[] {
  const edges = edgesOf(inventory);
  const addresses = edges.flatMap(addressesOf);
  return routed.claims.flatMap((claim): Known[] => {
    const { app, service } = routed;
    const owner: Owner = { kind: 'edge', app, service, claim, hosts: edges.map(({ name }) => name) };
    const published = /^(\d+)\/(?:tcp|udp)$/.exec(claim)?.[1];
    if (published !== undefined) return [{ owner, addresses, ports: [Number(published)], alone: false }];
    const name = claim.slice(0, claim.indexOf('/'));
    const ports = [80, ...(hasTls(app, name, observed) ? [443] : [])];
    const byName: Known = { owner, addresses: [name], ports, alone: true };
    return [{ owner, addresses, ports, alone: false }, ...(name === '*' ? [] : [byName])];
  });
}

/** Where routers answer for themselves: they listen on these ports of every edge, whoever takes them or not. */
function knownRouters(inventory: Inventory, claimed: readonly Known[]): Known[] {
  const address = statusAddress(inventory);
  const edges = edgesOf(inventory);
  const free = [80, 443].filter((port) => !claimed.some(({ ports }) => ports !== 'any' && ports.includes(port)));
  const names = edges.map(({ name }) => name);
  return [
    { owner: { kind: 'router', address, edges: [] }, addresses: [address], ports: [80], alone: true },
    {
      owner: { kind: 'router', address, edges: names },
      addresses: edges.flatMap(addressesOf),
      ports: free,
      alone: false,
    },
  ];
}

function edgesOf({ hosts }: Inventory): Host[] {
  return hosts.filter(({ roles }) => roles.includes('edge'));
}

/** All that a host is called by. */
export function addressesOf(host: Host): string[] {
  return [host.ssh.address, host.private, host.name];
}

/** Whether an edge has a server for this name on port 443; claims do not tell. */
function hasTls(app: string, name: string, observed: Observed['hosts']): boolean {
  const line = name === '*' ? 'server_name "" ~.;' : `server_name ${name};`;
  const texts = answering(observed).map(([, { router }]) => router.apps[app]?.files['http.conf'] ?? '');
  const servers = texts.flatMap((text) => text.split(/^server \{$/m));
  return servers.some((server) => server.includes('listen 443 ssl;') && server.includes(line));
}

/** Subnets by router files, and by the networks of hosts: those of a first deploy that was cut off have no file yet. */
function knownNetworks(
  routed: readonly RoutedRecord[],
  records: readonly ReplicaRecord[],
  observed: Observed['hosts'],
): Known[] {
  const states = answering(observed).map(([, state]) => state);
  const services = new Map([...routed, ...records].map(({ app, service }) => [`${app} ${service}`, { app, service }]));
  return [...services.values()].flatMap(({ app, service }) => {
    const filed = routed.find((one) => one.app === app && one.service === service)?.subnets ?? [];
    const subnets = new Set([...filed, ...states.flatMap((state) => subnetsOn(state, app, service))]);
    return [...subnets].map((subnet): Known => {
      const block = parseBlock(subnet);
      const gateway = toAddress(block.first + 1);
      const owner: Owner = { kind: 'network', app, service, subnet: formatBlock(block), gateway };
      return { owner, addresses: [], block, ports: 'any', alone: true };
    });
  });
}

function subnetsOn({ networks }: HostUp, app: string, service: string): string[] {
  const names = [networkName(app, service, 'open'), networkName(app, service, 'internal')];
  return names.map((name) => networks[name] ?? '').filter((subnet) => subnet !== '');
}

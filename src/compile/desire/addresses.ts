/**
 * Hands out VIPs and subnets. What a service has, it keeps for life: live router files are the record. A new service
 * starts looking at a place that its name decides, so that it gets the same address again when it comes back, and two
 * apps that are planned at the same time hardly ever meet.
 */
import { sha256 } from '../../model/digest.ts';
import type { Inventory } from '../../model/inventory.ts';
import { type Block, formatBlock, halves, overlaps, parseBlock, toAddress } from '../../model/ipv4.ts';
import { formerNetworkName, networkName, type Reach } from '../../model/labels.ts';
import type { HostUp, Observed, RouterState } from '../../model/observed.ts';
import { hostNames } from './world.ts';

/** Addresses of one service, the same on every host. */
export interface ServiceAddresses {
  readonly vip: string;
  /** CIDR of its bridge network. */
  readonly subnet: string;
  /**
   * CIDR of the network that it had before its reach changed. Containers of then still call from there, so it stays
   * the service's own, and is used again when the reach changes back.
   */
  readonly former?: string;
}

/** Whose addresses are asked for. */
export interface Addressee {
  readonly name: string;
  readonly reach: Reach;
}

/** Bits of a service's subnet on each host: /26 holds 61 replicas of one service on one host. */
const SUBNET_BITS = 26;

/** Address 1 of the VIP range is the router's own (status and generations). */
const FIRST_SERVICE_INDEX = 2;

/** The part of the subnet range from where no way leads outside: one rule of each host's firewall names it. */
export function internalRange(subnetRange: string): string {
  return formatBlock(halves(parseBlock(subnetRange))[1]);
}

/** VIP and subnet for each service of the app, "" where none is left; services in any order, result the same. */
export function allocate(
  app: string,
  services: readonly Addressee[],
  inventory: Inventory,
  observed: Observed,
): ReadonlyMap<string, ServiceAddresses> {
  const hosts = upHosts(observed);
  const held = heldAddresses(hosts);
  const vips = new Set([...held.values()].map(({ vip }) => vip));
  const networks = networkSubnets(hosts);
  const blocks = takenBlocks(networks, held);
  const result = new Map<string, ServiceAddresses>();
  for (const { name, reach } of [...services].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const key = `${app}/${name}`;
    const known = held.get(key);
    const vip = known?.vip ?? freeVip(key, inventory.network.vipRange, vips);
    const range = inventory.network.subnetRange;
    const subnet =
      keptSubnet(app, { name, reach }, known?.subnets ?? [], { range, networks }) ??
      freeSubnet(key, halves(parseBlock(range))[reach === 'internal' ? 1 : 0], blocks);
    const former = known?.subnets.find((one) => one !== subnet);
    vips.add(vip);
    if (subnet !== '') blocks.push(parseBlock(subnet));
    result.set(name, { vip, subnet, ...(former === undefined ? {} : { former }) });
  }
  return result;
}

interface Held {
  readonly vip: string;
  /** The present ones before former ones. */
  readonly subnets: readonly string[];
}

/** "app/service" -> addresses, from the live router files of all hosts that answer. */
function heldAddresses(hosts: readonly HostUp[]): Map<string, Held> {
  const held = new Map<string, Held>();
  const states = new Map(hosts.flatMap(({ router }) => Object.values(router.apps).map(named)));
  const routed = [...states].flatMap(([services, app]) =>
    Object.entries(services).map(([service, { vip, subnet, former }]) => ({
      key: `${app}/${service}`,
      ...{ vip, subnet, former },
    })),
  );
  for (const { key, vip, subnet } of routed) held.set(key, { vip, subnets: withSubnet(held.get(key), subnet) });
  for (const { key, vip, former } of routed) {
    if (former !== undefined) held.set(key, { vip, subnets: withSubnet(held.get(key), former) });
  }
  return held;
}

/** What many hosts have is one value, and counts once. */
function named({ app, services }: RouterState): readonly [RouterState['services'], string] {
  return [services, app];
}

function withSubnet(held: Held | undefined, subnet: string): readonly string[] {
  return [...new Set([...(held?.subnets ?? []), subnet])].filter((one) => one !== '');
}

/** The subnet that a service has already and that is right for its reach. */
function keptSubnet(
  app: string,
  { name, reach }: Addressee,
  held: readonly string[],
  { range, networks }: { readonly range: string; readonly networks: Networks },
): string | undefined {
  const internal = parseBlock(internalRange(range));
  const isRight = (subnet: string): boolean => overlaps(parseBlock(subnet), internal) === (reach === 'internal');
  // A network with a name of old keeps its subnet from the new one until it goes.
  const blocked = new Set(networks.get(formerNetworkName(app, name)));
  // The network may be there without router files: a first deploy was cut off.
  return [...held, ...(networks.get(networkName(app, name, reach)) ?? [])].find(
    (subnet) => isRight(subnet) && !blocked.has(subnet),
  );
}

function takenBlocks(networks: Networks, held: ReadonlyMap<string, Held>): Block[] {
  const subnets = [...networks.values()].flatMap((one) => [...one]);
  return [...new Set([...subnets, ...[...held.values()].flatMap((one) => one.subnets)])].map(parseBlock);
}

/** Name of a network -> its subnets, on whichever hosts have it, each once. */
type Networks = ReadonlyMap<string, ReadonlySet<string>>;

function networkSubnets(hosts: readonly HostUp[]): Networks {
  const first = new Map<string, string>();
  const found = new Map<string, Set<string>>();
  for (const { networks } of hosts) {
    for (const name of Object.keys(networks)) {
      const subnet = networks[name] ?? '';
      if (subnet === '') continue;
      // On nearly all hosts a network is the same.
      if (first.get(name) === subnet) continue;
      if (!first.has(name)) first.set(name, subnet);
      found.set(name, (found.get(name) ?? new Set()).add(subnet));
    }
  }
  return found;
}

function freeVip(key: string, range: string, taken: ReadonlySet<string>): string {
  const block = parseBlock(range);
  const count = block.size - FIRST_SERVICE_INDEX - 1;
  const start = placeOf(key, count);
  for (let step = 0; step < count; step++) {
    const vip = toAddress(block.first + FIRST_SERVICE_INDEX + ((start + step) % count));
    if (!taken.has(vip)) return vip;
  }
  return '';
}

function freeSubnet(key: string, block: Block, taken: readonly Block[]): string {
  const size = 2 ** (32 - SUBNET_BITS);
  const count = Math.max(1, Math.floor(block.size / size));
  const start = placeOf(key, count);
  for (let step = 0; step < count; step++) {
    const first = block.first + ((start + step) % count) * size;
    if (!taken.some((other) => overlaps(other, { first, size }))) return `${toAddress(first)}/${SUBNET_BITS}`;
  }
  return '';
}

/** A number below count that the key decides. */
export function placeOf(key: string, count: number): number {
  return Number.parseInt(sha256(key).slice(0, 8), 16) % count;
}

/** The hosts that answered. */
export function upHosts(observed: Observed): HostUp[] {
  return hostNames(observed.hosts).flatMap((name) => {
    const state = observed.hosts[name];
    return state?.reachable ? [state] : [];
  });
}

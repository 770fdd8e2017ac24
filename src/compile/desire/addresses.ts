/**
 * Hands out VIPs and subnets. What a service has, it keeps for life: live router files are the record. A new service
 * starts looking at a place that its name decides, so that it gets the same address again when it comes back, and two
 * apps that are planned at the same time hardly ever meet.
 */
import { sha256 } from '../../model/digest.ts';
import type { Inventory } from '../../model/inventory.ts';
import { networkName } from '../../model/labels.ts';
import type { HostUp, Observed } from '../../model/observed.ts';
import { type Block, overlaps, parseBlock, toAddress } from './ipv4.ts';

/** Addresses of one service, the same on every host. */
export interface ServiceAddresses {
  readonly vip: string;
  /** CIDR of its bridge network. */
  readonly subnet: string;
}

/** Bits of a service's subnet on each host: /26 holds 61 replicas of one service on one host. */
const SUBNET_BITS = 26;

/** Address 1 of the VIP range is the router's own (status and generations). */
const FIRST_SERVICE_INDEX = 2;

/** The router's own address on every host: the first of the VIP range. */
export function statusAddress(inventory: Inventory): string {
  return toAddress(parseBlock(inventory.network.vipRange).first + 1);
}

/** VIP and subnet for each named service of the app; names in any order, result the same. */
export function allocate(
  app: string,
  services: readonly string[],
  inventory: Inventory,
  observed: Observed,
): ReadonlyMap<string, ServiceAddresses> {
  const held = heldAddresses(observed);
  const vips = new Set([...held.values()].map(({ vip }) => vip));
  const blocks = takenBlocks(observed, held);
  const result = new Map<string, ServiceAddresses>();
  for (const service of [...services].sort()) {
    const own = held.get(`${app}/${service}`) ?? {
      vip: freeVip(`${app}/${service}`, inventory.network.vipRange, vips),
      subnet:
        networkSubnet(app, service, observed) ?? freeSubnet(`${app}/${service}`, inventory.network.subnetRange, blocks),
    };
    vips.add(own.vip);
    blocks.push(parseBlock(own.subnet));
    result.set(service, own);
  }
  return result;
}

/** "app/service" -> addresses, from the live router files of all hosts that answer. */
function heldAddresses(observed: Observed): Map<string, ServiceAddresses> {
  const held = new Map<string, ServiceAddresses>();
  for (const host of upHosts(observed)) {
    for (const state of Object.values(host.router.apps)) {
      for (const [service, { vip, subnet }] of Object.entries(state.services)) {
        held.set(`${state.app}/${service}`, { vip, subnet });
      }
    }
  }
  return held;
}

function takenBlocks(observed: Observed, held: ReadonlyMap<string, ServiceAddresses>): Block[] {
  const subnets = upHosts(observed).flatMap((host) => Object.values(host.networks).filter((subnet) => subnet !== ''));
  return [...subnets, ...[...held.values()].map(({ subnet }) => subnet)].map(parseBlock);
}

/** The subnet that the service's network already has on some host (a killed first deploy). */
function networkSubnet(app: string, service: string, observed: Observed): string | undefined {
  const name = networkName(app, service);
  return upHosts(observed)
    .map((host) => host.networks[name])
    .find((subnet) => subnet !== undefined && subnet !== '');
}

function freeVip(key: string, range: string, taken: ReadonlySet<string>): string {
  const block = parseBlock(range);
  const count = block.size - FIRST_SERVICE_INDEX - 1;
  const start = placeOf(key, count);
  for (let step = 0; step < count; step++) {
    const vip = toAddress(block.first + FIRST_SERVICE_INDEX + ((start + step) % count));
    if (!taken.has(vip)) return vip;
  }
  return toAddress(block.first + FIRST_SERVICE_INDEX);
}

function freeSubnet(key: string, range: string, taken: readonly Block[]): string {
  const block = parseBlock(range);
  const size = 2 ** (32 - SUBNET_BITS);
  const count = Math.max(1, Math.floor(block.size / size));
  const start = placeOf(key, count);
  for (let step = 0; step < count; step++) {
    const first = block.first + ((start + step) % count) * size;
    if (!taken.some((other) => overlaps(other, { first, size }))) return `${toAddress(first)}/${SUBNET_BITS}`;
  }
  return `${toAddress(block.first)}/${SUBNET_BITS}`;
}

/** A number below count that the key decides. */
export function placeOf(key: string, count: number): number {
  return Number.parseInt(sha256(key).slice(0, 8), 16) % count;
}

/** The hosts that answered. */
export function upHosts(observed: Observed): HostUp[] {
  return Object.keys(observed.hosts)
    .sort()
    .flatMap((name) => {
      const state = observed.hosts[name];
      return state?.reachable ? [state] : [];
    });
}

/** Whose an address is, and what is nearest to one that nobody has. */
import type { Inventory } from '../../model/inventory.ts';
import { contains, parseBlock, toNumber } from '../../model/ipv4.ts';
import type { Observed } from '../../model/observed.ts';
import { addressesOf, everythingKnown, type Known, type Owner } from './whois-known.ts';

/** An address or a name, and a port if it matters. */
export interface Question {
  readonly address: string;
  readonly port?: number;
}

/** The answer. No owner: unknown, and then the nearest one that there is. */
export interface Answer extends Question {
  readonly owners: readonly Owner[];
  readonly nearest?: Owner;
  /** What else can be said of an address that nobody has: the range it lies in, or that something listens at such a port. */
  readonly notes: readonly string[];
}

/** Who has the address. */
export function whois(question: Question, inventory: Inventory, observed: Observed['hosts']): Answer {
  const all = everythingKnown(inventory, observed);
  const owners = all.filter((known) => isAt(known, question) && hasPort(known, question)).map(({ owner }) => owner);
  if (owners.length > 0) return { ...question, owners, notes: [] };
  const nearest = nearestOf(all, question);
  return {
    ...question,
    owners,
    ...(nearest === undefined ? {} : { nearest: nearest.owner }),
    notes: notesOn(question, inventory, observed),
  };
}

function isAt({ addresses, block }: Known, { address }: Question): boolean {
  return addresses.includes(address) || (block !== undefined && contains(block, address));
}

function hasPort({ ports, alone }: Known, { port }: Question): boolean {
  if (port === undefined) return alone;
  return ports === 'any' || ports.includes(port);
}

/** At the same address the nearest port; else the nearest address. Names have no neighbours. */
function nearestOf(all: readonly Known[], question: Question): Known | undefined {
  const { address, port = 0 } = question;
  const here = all.filter((known) => isAt(known, question));
  if (here.length > 0) return leastBy(here, ({ ports }) => (ports === 'any' ? 0 : distance(ports, port)));
  if (!isIpv4(address)) return undefined;
  const number = toNumber(address);
  const placed = all.filter((known) => known.alone && placesOf(known).length > 0);
  return leastBy(placed, (known) => distance(placesOf(known), number));
}

/** Its IPv4 addresses as numbers; both ends of a block. */
function placesOf({ addresses, block }: Known): number[] {
  const ends = block === undefined ? [] : [block.first, block.first + block.size - 1];
  return [...addresses.filter(isIpv4).map(toNumber), ...ends];
}

function distance(points: readonly number[], from: number): number {
  return Math.min(...points.map((point) => Math.abs(point - from)));
}

/** The first of those with the least number. */
function leastBy<T>(all: readonly T[], measure: (one: T) => number): T | undefined {
  const least = Math.min(...all.map(measure));
  return all.find((one) => measure(one) === least);
}

function notesOn({ address, port }: Question, inventory: Inventory, observed: Observed['hosts']): string[] {
  const { vipRange, subnetRange, portRange } = inventory.network;
  const [first, last] = portRange;
  const host = inventory.hosts.find((one) => addressesOf(one).includes(address));
  const state = host === undefined ? undefined : observed[host.name];
  const listens = ['tcp', 'udp'].filter((kind) => state?.reachable && state.listening.includes(`${kind}/${port}`));
  const isReplicaPort = host !== undefined && port !== undefined && port >= first && port <= last;
  return [
    ...(contains(parseBlock(vipRange), address) ? [`in the range of VIPs, ${vipRange}`] : []),
    ...(contains(parseBlock(subnetRange), address) ? [`in the range of the services' networks, ${subnetRange}`] : []),
    ...(isReplicaPort ? [`in the range of replica ports, ${first}-${last}`] : []),
    // Hosts report ports without addresses: it may be a router at a VIP.
    ...listens.map(
      (kind) => `something on ${host?.name ?? address} listens on ${kind}/${port}, here or at another address`,
    ),
  ];
}

/** An address of four numbers; what is none has no place among the others. */
function isIpv4(text: string): boolean {
  return contains({ first: 0, size: 2 ** 32 }, text);
}

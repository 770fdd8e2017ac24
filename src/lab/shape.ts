/** What a lab looks like: its hosts, their addresses, roles and zones, and the names it uses on this machine. Pure. */

import { createHash } from 'node:crypto';
import { FleetError } from '../model/error.ts';

/** One practice host. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly ('edge' | 'worker')[];
  readonly zone: 'a' | 'b';
}

/** The whole lab, as asked for; plain data, written to `lab.json`. */
export interface LabShape {
  readonly name: string;
  /** The address of this machine on the lab's network; the image registry listens there. */
  readonly gateway: string;
  /** Always a /24. */
  readonly subnet: string;
  readonly hosts: readonly LabHost[];
}

/** What a caller may ask for; everything has a default. */
export interface ShapeOptions {
  /** Default 6. */
  readonly hosts?: number;
  /** How many of the hosts also take traffic from outside; default 2. */
  readonly edges?: number;
  /** Default `lab`. */
  readonly name?: string;
  /** A /24 network such as `10.88.0.0/24`; default 10.88.0.0/24 for `lab`, and one derived from the name for others. */
  readonly subnet?: string;
}

/** The name of the lab when none is given. */
export const DEFAULT_LAB = 'lab';

/** The port of the lab's image registry on the gateway address. */
export const REGISTRY_PORT = 5000;

const MOST_HOSTS = 200;
const FIRST_HOST_NUMBER = 11;

/** The shape that the options ask for. Raises E_LAB_SHAPE when no lab can look like that. */
export function shapeLab(options: ShapeOptions): LabShape {
  const name = checkName(options.name ?? DEFAULT_LAB);
  const count = options.hosts ?? 6;
  const edges = options.edges ?? Math.min(2, count);
  if (!Number.isInteger(count) || count < 1 || count > MOST_HOSTS) {
    throw new FleetError('E_LAB_SHAPE', `a lab has 1 to ${MOST_HOSTS} hosts, not ${count}`);
  }
  if (!Number.isInteger(edges) || edges < 0 || edges > count) {
    throw new FleetError('E_LAB_SHAPE', `${edges} of ${count} hosts can not be edges`, {
      hint: `choose --edges between 0 and ${count}`,
    });
  }
  const subnet = options.subnet ?? defaultSubnet(name);
  const network = networkOf(subnet);
  return { name, gateway: `${network}.1`, subnet, hosts: makeHosts(count, edges, network) };
}

/** The host of that name. Raises E_LAB_HOST_UNKNOWN, naming those that exist. */
export function findHost(shape: LabShape, hostName: string): LabHost {
  const found = shape.hosts.find((host) => host.name === hostName);
  if (found !== undefined) return found;
  throw new FleetError('E_LAB_HOST_UNKNOWN', `lab "${shape.name}" has no host "${hostName}"`, {
    hint: `it has ${shape.hosts.map((host) => host.name).join(', ')}`,
  });
}

/** The name itself, when it can be a folder and part of a link's name (at most 15 characters). Raises E_LAB_SHAPE. */
export function checkName(name: string): string {
  if (/^[a-z][a-z0-9]{0,11}$/.test(name) && name !== 'cache') return name;
  throw new FleetError('E_LAB_SHAPE', `"${name}" can not be the name of a lab`, {
    hint: 'use 1 to 12 small letters and digits, first a letter, and not "cache"',
  });
}

/** What every namespace of the lab starts with; a lab that crashed is found by it. */
export function namespacePrefix(labName: string): string {
  return `fleet-lab.${labName}.`;
}

/** The network namespace of a host. */
export function hostNamespace(labName: string, hostName: string): string {
  return namespacePrefix(labName) + hostName;
}

/** The network namespace that holds the bridge: apart from the machine's own, so that no firewall here drops lab traffic. */
export function switchNamespace(labName: string): string {
  return `${namespacePrefix(labName)}switch`;
}

/** The machine's own end of the cable into the lab: the only link that the lab adds here. */
export function gatewayLink(labName: string): string {
  return `fl-${labName}`;
}

/** The parent of all cgroups of the lab's containers, below the root of each hierarchy. */
export function labCgroup(labName: string): string {
  return `fleet-lab.${labName}`;
}

function makeHosts(count: number, edges: number, network: string): LabHost[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `vm${index + 1}`,
    address: `${network}.${FIRST_HOST_NUMBER + index}`,
    roles: index < edges ? ['edge', 'worker'] : ['worker'],
    zone: index % 2 === 0 ? 'a' : 'b',
  }));
}

function defaultSubnet(name: string): string {
  if (name === DEFAULT_LAB) return '10.88.0.0/24';
  const third = 1 + ((createHash('sha256').update(name).digest()[0] ?? 0) % 250);
  return `10.88.${third}.0/24`;
}

function networkOf(subnet: string): string {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(subnet);
  const network = match?.[1];
  if (network?.split('.').every((part) => Number(part) <= 255)) return network;
  throw new FleetError('E_LAB_SHAPE', `"${subnet}" is not a network that a lab can use`, {
    hint: 'write a /24, such as 10.88.0.0/24',
  });
}

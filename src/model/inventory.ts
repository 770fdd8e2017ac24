/** The inventory: the machines, and the ranges of addresses and ports that fleet may hand out on them. */

import { parseBlock, toAddress } from './ipv4.ts';

/** What a host is for. An edge takes traffic from outside; a worker runs replicas. A host may be both. */
export type Role = 'edge' | 'worker';

/** How a host is reached by SSH, with the user's own ~/.ssh/config already applied. */
export interface SshTarget {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private key files, in the order to try; empty means agent and the usual default files. */
  readonly identities: readonly string[];
  /** True when only `identities` may be offered (IdentitiesOnly). */
  readonly identitiesOnly: boolean;
  /** known_hosts files to check, in order. */
  readonly knownHosts: readonly string[];
  /** The name to look up in known_hosts instead of the address (HostKeyAlias). */
  readonly hostKeyAlias?: string;
  /** Jump hosts, the first one is dialled directly. */
  readonly jumps: readonly SshTarget[];
}

/** Room on a host, or what a replica asks for. */
export interface Resources {
  /** CPUs, fractions allowed. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** One machine of the fleet. */
export interface Host {
  readonly name: string;
  readonly ssh: SshTarget;
  /** The address that replicas are published on and that routers dial. */
  readonly private: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly Role[];
  /** Declared room; what is absent comes from Docker. */
  readonly capacity: Partial<Resources>;
  /** Kept free for the machine itself; taken off what Docker reports, not off a declared capacity. */
  readonly reserve: Partial<Resources>;
  /** A cordoned host keeps what it runs and gets nothing new. */
  readonly cordoned: boolean;
  /** A drained host is cordoned and keeps nothing that may move. */
  readonly drained?: true;
}

/** What fleet may hand out on all hosts, and how its router runs. */
export interface NetworkSettings {
  /** CIDR of the virtual addresses of services, for example 10.96.0.0/16. */
  readonly vipRange: string;
  /** CIDR of the services' own bridge networks, for example 10.97.0.0/16. */
  readonly subnetRange: string;
  /** First and last host port that replicas are published on. */
  readonly portRange: readonly [number, number];
  /** Image of the router and edge, any nginx with the stream module. */
  readonly routerImage: string;
  /** How long an old nginx worker may finish requests after a reload before its connections are cut. */
  readonly shutdownTimeoutMs: number;
  /** nginx `keepalive_min_timeout`: how long idle client connections stay usable after a reload. */
  readonly keepaliveMinMs: number;
}

/** A checked inventory. Hosts are sorted by name. */
export interface Inventory {
  /** For people: the file's name without folder and ending. */
  readonly name: string;
  readonly hosts: readonly Host[];
  readonly network: NetworkSettings;
}

/** The router's own address on every host: the first of the VIP range. */
export function statusAddress({ network }: Inventory): string {
  return toAddress(parseBlock(network.vipRange).first + 1);
}

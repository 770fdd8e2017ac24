/** What hosts tell of the use of their containers, and the load of services that comes of it. */
import type { Inventory } from './inventory.ts';
import type { Observed } from './observed.ts';
import type { ServiceMetrics } from './scale.ts';
import type { Shell } from './shell.ts';

/** What one host told at one time. */
export interface HostUsage {
  /** By the host's own steady clock: since it booted. */
  readonly uptimeMs: number;
  /** Container -> cpu time that it used since it started. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Absent when its router did not tell. */
  readonly requests?: RequestCounts;
}

/** What a router asked of replicas in the last seconds. */
export interface RequestCounts {
  /** Of how many of them: less than was asked for when its log began later. */
  readonly coveredMs: number;
  /** "10.0.0.2:20011" -> requests, and those that were answered with 5xx or not at all. */
  readonly byAddress: Readonly<Record<string, { readonly requests: number; readonly errors: number }>>;
}

/** What the hosts told, by name. A host that did not answer is not there. */
export type Usage = Readonly<Record<string, HostUsage>>;

/** App -> service -> its load. */
export type Loads = Readonly<Record<string, Readonly<Record<string, ServiceMetrics>>>>;

/** A question for the load of the services of some apps. */
export interface LoadQuestion {
  readonly shell: Shell;
  readonly inventory: Inventory;
  readonly observed: Observed['hosts'];
  readonly apps: readonly string[];
  /** All hosts that take or route traffic; those that are known to be gone are left out, for nothing goes through them. */
  readonly hosts: readonly string[];
  /** Requests of the last so many seconds count; cpu counts since `before`. */
  readonly windowSeconds: number;
  /** What the call before this one returned. Without it cpu is not known. */
  readonly before?: Usage;
}

/** Load of each service that has replicas, and what the next call needs. */
export interface Measured {
  readonly loads: Loads;
  readonly usage: Usage;
}

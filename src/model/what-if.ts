/** What-ifs: what is taken as so for the length of one question, and the answer beside the plan. */
import type { Resources } from './inventory.ts';

/** One thing that is taken as so. The hosts are never touched for it. */
export type Assumption =
  /** The host is gone, and what runs on it. */
  | { readonly kind: 'lose'; readonly host: string }
  /** The host keeps what it runs and gets nothing new. */
  | { readonly kind: 'cordon'; readonly host: string }
  | { readonly kind: 'scale'; readonly service: string; readonly replicas: number }
  /** An empty worker like the first one; what is given of its capacity is other. */
  | { readonly kind: 'add'; readonly host: string; readonly capacity: Partial<Resources> };

/** The answer to a what-if. A plan that has one is never carried out. */
export interface WhatIf {
  /** Sorted: `asked` as on the command line ("lose=vm3"), `words` say what it comes to. */
  readonly assumptions: readonly { readonly asked: string; readonly words: string }[];
  /** True when `misfits` is empty. */
  readonly fits: boolean;
  /** What would fit nowhere; the plan is the one for all the rest. */
  readonly misfits: readonly Misfit[];
  /** Replicas that are bound to a volume on a host that is gone: they start nowhere else. */
  readonly waiting: readonly Waiting[];
  /** What is free afterwards on each host that takes new replicas, sorted by name. */
  readonly free: readonly FreeRoom[];
}

/** An error that would end a deploy, as plain data. */
export interface Misfit {
  readonly code: string;
  readonly message: string;
  readonly expected?: string;
  readonly notes: readonly string[];
  readonly hint?: string;
}

/** A replica that waits for its host. */
export interface Waiting {
  readonly service: string;
  readonly replica: string;
  readonly host: string;
  /** Docker names. */
  readonly volumes: readonly string[];
}

/** What is free on a host, and of how much. */
export interface FreeRoom {
  readonly host: string;
  readonly free: Resources;
  readonly capacity: Resources;
}

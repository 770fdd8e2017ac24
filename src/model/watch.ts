/** What a watcher sees between two full looks at the hosts. */

/** How a host stood when it was asked last: all is there; SSH without Docker; nothing answers. */
export type Pulse = { readonly kind: 'up' } | NoPulse;

/** A host that is not up. */
export interface NoPulse {
  readonly kind: 'no-docker' | 'silent';
  readonly code: string;
  readonly message: string;
  /** When it was up last, epoch milliseconds by our clock; absent when it was not, or when we stood still since. */
  readonly answeredAt?: number;
}

/** Something that Docker on a host said of a container of fleet's, or of the router. */
export interface DockerEvent {
  readonly host: string;
  /** Epoch milliseconds by the host's clock. For people only. */
  readonly at: number;
  /** Docker's own word: die, start, destroy, oom, pause, unpause, "health_status: unhealthy", … */
  readonly action: string;
  readonly container: string;
  /** "" for the router. */
  readonly app: string;
  readonly service: string;
  /** Of `die`. */
  readonly exitCode?: number;
}

/** Whether something behind a silent host still answers when other hosts ask. */
export interface Reach {
  readonly host: string;
  /** How many of its replicas were asked, and how many answered at least one of those who asked. */
  readonly asked: number;
  readonly answered: number;
}

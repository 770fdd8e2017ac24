/** What one measured run gave, and what it is given: traffic and time. */

/**
 * By name. A name that ends in "Ms" is a time, "Bytes" a size, all others are counts. Undefined: it did not happen within
 * the limit of the run.
 */
export type Run = Readonly<Record<string, number | undefined>>;

/** Traffic of a run, and its waits in milliseconds. */
export interface Effort {
  /** Requests a second, over all edges together. */
  readonly rate: number;
  /** For traffic and hosts to come to rest before a fault. */
  readonly steadyMs: number;
  /** After a repair: what fails late is seen then. */
  readonly afterwardsMs: number;
  /** After all is done: what is done twice, or undone, is seen then. */
  readonly quietMs: number;
  /** So long after a host was lost failures are counted at least. */
  readonly watchedMs: number;
  /** So long hosts stay cut off from a watcher that must not act. */
  readonly cutOffMs: number;
  /** A time after which nothing is expected to happen any more. */
  readonly limitMs: number;
}

/** For figures: longer than the default grace and a full look. */
export const THOROUGH: Effort = {
  ...{ rate: 200, steadyMs: 4_000, afterwardsMs: 3_000, quietMs: 20_000 },
  ...{ watchedMs: 25_000, cutOffMs: 45_000, limitMs: 60_000 },
};

/** For tests, on machines that others use, with a short grace and frequent looks. */
export const BRIEF: Effort = {
  ...{ rate: 60, steadyMs: 1_000, afterwardsMs: 1_500, quietMs: 6_000 },
  ...{ watchedMs: 0, cutOffMs: 12_000, limitMs: 120_000 },
};

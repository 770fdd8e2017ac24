/** What a watcher is patient about, and for how long. */

/** Times in milliseconds. */
export interface HealSettings {
  /** How long a host may be away before its replicas start elsewhere. */
  readonly graceMs: number;
  /** A replica must look sick, or a lost host alive, for so long before it is believed. */
  readonly settleMs: number;
  /** Share of a service's replicas that may be replaced at one time; one may always be. */
  readonly maxPart: number;
  /** Repairs of one app within an hour, after which it is only reported. */
  readonly maxRepairs: number;
  /** Free bytes of a host's disk below which it is reported. */
  readonly diskLowBytes: number;
  /** A host's clock may be off by so much: a look is good to about a round trip. */
  readonly skewMs: number;
}

/** What holds when nobody says otherwise. */
export const DEFAULT_HEAL: HealSettings = {
  graceMs: 10_000,
  settleMs: 2000,
  maxPart: 1 / 3,
  maxRepairs: 60,
  diskLowBytes: 2 * 1024 ** 3,
  skewMs: 5000,
};

/** A pause that doubles with each time, from the first to the longest; `times` counts from 1. */
export function growingPause(times: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, times - 1)));
}

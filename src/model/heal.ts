/** Healing: what a watcher has made up its mind about, as plain data that compile turns into a plan. */

/**
 * A host that does not answer:
 *
 *     serving ──replicas stop answering──▶ away ──grace is over──▶ gone
 *        ▲ its replicas still answer other hosts     │                 │
 *        └──────────────── the host answers again ◀──┴─────────────────┘
 *
 * "serving": its replicas stay in all routers. "away": out of all routers, its slots are kept for it. "gone": its
 * replicas start elsewhere; those bound to a volume wait.
 */
export type Absence = 'serving' | 'away' | 'gone';

/** What one repair is for. All that is not named here is as observed. */
export interface HealOrder {
  /** Silent host -> what is taken of it. A silent host that is not named is "away". */
  readonly absences: Readonly<Record<string, Absence>>;
  /** "HOST/NAME" of containers that run and do not work (unhealthy or hung): replaced, new before old. Sorted. */
  readonly distrusted: readonly string[];
  /** "SERVICE.SLOT" that keep crashing, or whose repair has failed: nothing is started there for now. Sorted. */
  readonly held: readonly string[];
  /** Hosts that come and go: they keep what serves there and get nothing new. Sorted. */
  readonly avoided: readonly string[];
}

/** Nothing is known but what is observed: silent hosts are away. */
export const NO_ORDER: HealOrder = { absences: {}, distrusted: [], held: [], avoided: [] };

/** What a watcher remembers from one judgement to the next: a plain value, bounded by the size of the fleet. */

/**
 * A host that is not up; see `Absence` for the picture. `since` is when it was first found away, which grace counts from.
 * A host that is away and answers others again is believed after a while: `answeringSince`.
 */
export type Away =
  | { readonly kind: 'serving'; readonly since: number }
  | { readonly kind: 'away'; readonly since: number; readonly answeringSince?: number }
  | { readonly kind: 'gone'; readonly since: number };

/** How often a host came back of late. */
export interface Comebacks {
  /** When, within the last ten minutes. */
  readonly at: readonly number[];
  /** How often in a row it was avoided; each time is longer. */
  readonly times: number;
  /** Until when it gets nothing new, or got nothing; 0 when it was never so. */
  readonly until: number;
  readonly isAvoided: boolean;
}

/**
 * A replica that looks sick.
 *
 *     seen --settled, and there is room among its service--> distrusted --replaced--> forgotten
 *       |  looks well again                                    | its repair failed: distrust rests until `restsUntil`
 *       v                                                      v
 *     forgotten                                              distrusted again
 */
export interface Suspect {
  readonly app: string;
  readonly service: string;
  /** Time of the look that saw it first. */
  readonly since: number;
  readonly isDistrusted: boolean;
  /** Repairs of it that failed in a row. */
  readonly failures: number;
  readonly restsUntil?: number;
}

/** A service all of whose replicas are sick: one is tried at a time. */
export interface SickService {
  readonly app: string;
  readonly service: string;
  /** "HOST/NAME" of the one that is replaced; gone from the hosts means that it has been. */
  readonly tried: string;
  /** How many were tried in vain. */
  readonly times: number;
  readonly restsUntil?: number;
}

/** A replica as the last look had it, to notice that it ended in between. */
export interface Seen {
  readonly restarts: number;
  readonly startedAt: number;
  readonly isDown: boolean;
}

/** A slot whose replica ended, once or more, and has not been calm since. */
export interface Crashes {
  readonly deaths: number;
  readonly lastAt: number;
  /** Left alone until then; `lastAt` when it is not held. */
  readonly heldUntil: number;
  readonly told: 'nothing' | 'loop' | 'longest';
}

/** Repairs of an app. */
export interface RepairMemory {
  /** When those of the last hour were made. */
  readonly at: readonly number[];
  readonly isCeilingTold: boolean;
  /** The order that failed last, as JSON: the very same one is not tried again before `until`. */
  readonly failed?: { readonly order: string; readonly times: number; readonly until: number };
}

/** All of it. Keys: a host, "HOST/NAME" of a container, "APP/SERVICE", "APP/SERVICE.SLOT", an app. */
export interface Memory {
  /** When the watcher was cut off; absent when it is not. */
  readonly cutOffSince?: number;
  readonly away: Readonly<Record<string, Away>>;
  readonly comebacks: Readonly<Record<string, Comebacks>>;
  readonly suspects: Readonly<Record<string, Suspect>>;
  readonly sickServices: Readonly<Record<string, SickService>>;
  readonly seen: Readonly<Record<string, Seen>>;
  readonly crashes: Readonly<Record<string, Crashes>>;
  readonly repairs: Readonly<Record<string, RepairMemory>>;
  /** Hosts whose disk or clock was reported. */
  readonly lowDisks: readonly string[];
  readonly wrongClocks: readonly string[];
}

/** What a watcher knows that has just begun: nothing, so every time counts from its own start. */
export const NO_MEMORY: Memory = {
  away: {},
  comebacks: {},
  suspects: {},
  sickServices: {},
  seen: {},
  crashes: {},
  repairs: {},
  lowDisks: [],
  wrongClocks: [],
};

/** The record of those entries that are something. */
export function entriesOf<T>(entries: Iterable<readonly [string, T | undefined]>): Record<string, T> {
  const found: Record<string, T> = {};
  for (const [key, value] of entries) if (value !== undefined) found[key] = value;
  return found;
}

/** The earlier of two times, of which either may be never. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

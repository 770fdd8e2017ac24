/** What a watcher remembers from one judgement to the next: a plain value, bounded by the size of the fleet. */

/** A host that is not up; see `Absence` for the picture. */
export interface Away {
  readonly kind: 'serving' | 'away' | 'gone';
  /** When it was found not to be up. For people. */
  readonly lostAt: number;
  /** When it answered last, as far as that is known, or when it was first found away; grace counts from it. */
  readonly since: number;
  /** It is away and answers others again: believed after a while. */
  readonly answeringSince?: number;
  /** It was told that it shows a wrong key. */
  readonly isUntrusted?: true;
}

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
  /** The order that failed last, but for whom it distrusts, as JSON: the same one is not tried again before `until`. */
  readonly failed?: { readonly order: string; readonly times: number; readonly until: number };
}

/** A slot whose repair failed: nothing is started in it before `restsUntil`. */
export interface Failing {
  readonly times: number;
  readonly restsUntil: number;
}

/** A watcher that sees too few hosts. When enough answer again, they must go on doing so for a while. */
export interface CutOff {
  readonly since: number;
  readonly quorumSince?: number;
}

/** All of it. Keys: a host, "HOST/NAME" of a container, "APP/SERVICE", "APP/SERVICE.SLOT", an app. */
export interface Memory {
  readonly cutOff?: CutOff;
  readonly away: Readonly<Record<string, Away>>;
  readonly comebacks: Readonly<Record<string, Comebacks>>;
  readonly suspects: Readonly<Record<string, Suspect>>;
  readonly sickServices: Readonly<Record<string, SickService>>;
  readonly seen: Readonly<Record<string, Seen>>;
  readonly crashes: Readonly<Record<string, Crashes>>;
  readonly failing: Readonly<Record<string, Failing>>;
  readonly repairs: Readonly<Record<string, RepairMemory>>;
  /** Hosts whose disk or clock was reported. */
  readonly lowDisks: readonly string[];
  readonly wrongClocks: readonly string[];
  /** "APP/FILE" of certificates that end soon -> when it was told last. */
  readonly certificates: Readonly<Record<string, number>>;
}

/** What a watcher knows that has just begun: nothing, so every time counts from its own start. */
export const NO_MEMORY: Memory = {
  away: {},
  comebacks: {},
  suspects: {},
  sickServices: {},
  seen: {},
  crashes: {},
  failing: {},
  repairs: {},
  lowDisks: [],
  wrongClocks: [],
  certificates: {},
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

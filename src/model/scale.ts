/** How many replicas a service has over time: what was declared (`x-fleet.scale`), what was measured, what was decided. */

/** `x-fleet.scale`. By calendar, by load, or both. */
export interface ScalePolicy {
  /** Never fewer, from 1; absent: 1. */
  readonly min?: number;
  /** Never more; always there beside a target. */
  readonly max?: number;
  /** Target: cpu that is used, as a share of what is reserved, averaged over the replicas. 0.7 is 70 %. */
  readonly cpuShare?: number;
  /** Target: HTTP requests of each replica. */
  readonly requestsPerSecond?: number;
  /** How long more replicas must have been needed before there are more. */
  readonly upAfterMs: number;
  /** How long fewer must have been enough before there are fewer. */
  readonly downAfterMs: number;
  /** As in the file. */
  readonly windows: readonly ScaleWindow[];
}

/** What all windows have. */
interface WindowBase {
  /** At least so many while it is open. */
  readonly replicas: number;
  /** IANA name; for cron lines and for people. */
  readonly timeZone: string;
  /** It is held so long before it begins. */
  readonly warmUpMs: number;
}

/** Some time of the calendar in which a service has at least so many replicas. */
export type ScaleWindow =
  /** Epoch milliseconds; the end is outside. */
  | (WindowBase & { readonly kind: 'dates'; readonly startAt: number; readonly endAt: number })
  | (WindowBase & { readonly kind: 'cron'; readonly cron: string; readonly durationMs: number });

/** What was measured of a service. What is absent is not known, which is not the same as nothing. */
export interface ServiceMetrics {
  /** Cpu used over cpu reserved, averaged over its replicas. */
  readonly cpuShare?: number;
  /** HTTP requests of all its replicas together, a second. */
  readonly requestsPerSecond?: number;
}

/** Another number of replicas for a service, and why. */
export interface ScaleChange {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  /** "window of 2026-11-27 08:00 Europe/Berlin: at least 12", "cpu 91 % of what is reserved (target 70 %)". */
  readonly because: string;
  readonly measured: ServiceMetrics;
}

/**
 * What a scaler remembers of a service between two looks: for how long how many replicas were needed, oldest first. Plain
 * data; a scaler that starts anew begins with none.
 */
export type ScaleMemory = readonly NeededSpan[];

/** From one look to another the same number was needed. Epoch milliseconds. */
export interface NeededSpan {
  readonly replicas: number;
  readonly from: number;
  readonly until: number;
}

/** What steady traffic counted: requests, failures by reason, versions seen and when, gaps and latencies. */

/** How one request went over the network. */
export type Connection = 'keepAlive' | 'fresh';

/** One request that is over. Times are epoch milliseconds. */
export interface Finished {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly method: string;
  readonly url: string;
  readonly connection: Connection;
  /** Whether the socket had carried a request before. */
  readonly reused: boolean;
  /** Absent when the answer was good; else "status 502", "ECONNRESET", "timeout", … */
  readonly reason?: string;
  /** Version headers of the answer, those that it had. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A failed request, as kept for the report. */
export interface FailedRequest {
  readonly sentAt: number;
  /** When it had failed. */
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly connection: Connection;
  readonly reused: boolean;
  readonly reason: string;
  readonly ms: number;
}

/** Requests of one kind. */
interface Count {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
}

/** Failed requests of one method. Times are when they had failed. */
export interface Failed {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Answers of one version. `lastSentAt`: when the latest request was sent that this version answered. */
export interface Seen {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lastSentAt: number;
}

/** All that was counted so far. Times are epoch milliseconds. */
export interface TrafficSummary extends Count {
  readonly kind: 'summary' | 'snapshot';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly inFlight: number;
  /** By method, by connection and by base URL: "GET", "keepAlive", "http://10.88.0.11". */
  readonly counts: Readonly<Record<string, Count>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** The first 1,000. */
  readonly failures: readonly FailedRequest[];
  readonly firstFailureAt?: number;
  readonly lastFailureAt?: number;
  /** By method, those that had any: "POST". */
  readonly failuresOf: Readonly<Record<string, Failed>>;
  /** Good answers that took a second or more. */
  readonly slow: number;
  /** Header -> value -> when it was seen. */
  readonly versions: Readonly<Record<string, Readonly<Record<string, Seen>>>>;
  /** The longest time between two good answers. */
  readonly longestGapMs: number;
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  /** How far the generator itself once was behind its schedule: above 1,000 its figures say little. */
  readonly mostLateMs: number;
}

const MOST_FAILURES_KEPT = 1_000;
const SLOW_MS = 1_000;

/** Counts requests as they start and end. */
export class Tally {
  readonly #startedAt: number;
  readonly #counts = new Map<string, { sent: number; ok: number; failed: number }>();
  readonly #reasons = new Map<string, number>();
  readonly #failures: FailedRequest[] = [];
  readonly #failuresOf = new Map<string, Failed>();
  readonly #versions = new Map<string, Map<string, Seen>>();
  readonly #latencies: number[] = [];
  #firstFailureAt: number | undefined;
  #lastFailureAt: number | undefined;
  #lastOkAt: number;
  #longestGapMs = 0;
  #slow = 0;
  #mostLateMs = 0;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#lastOkAt = startedAt;
  }

  get inFlight(): number {
    const all = this.#count('all');
    return all.sent - all.ok - all.failed;
  }

  late(ms: number): void {
    this.#mostLateMs = Math.max(this.#mostLateMs, ms);
  }

  sent(kinds: readonly string[]): void {
    for (const kind of ['all', ...kinds]) this.#count(kind).sent += 1;
  }

  /** `kinds` as they were given to `sent`. */
  finished(request: Finished, kinds: readonly string[]): void {
    for (const [header, value] of Object.entries(request.versions)) this.#see(header, value, request);
    if (request.reason === undefined) this.#countOk(request, kinds);
    else this.#countFailed(request, request.reason, kinds);
  }

  summary(kind: 'summary' | 'snapshot', now: number): TrafficSummary {
    const { all = { sent: 0, ok: 0, failed: 0 }, ...counts } = Object.fromEntries(this.#counts);
    const sorted = this.#latencies.toSorted((left, right) => left - right);
    const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      kind,
      ...all,
      startedAt: this.#startedAt,
      endedAt: now,
      inFlight: this.inFlight,
      counts,
      reasons: Object.fromEntries(this.#reasons),
      failures: this.#failures,
      ...(this.#firstFailureAt === undefined ? {} : { firstFailureAt: this.#firstFailureAt }),
      ...(this.#lastFailureAt === undefined ? {} : { lastFailureAt: this.#lastFailureAt }),
      failuresOf: Object.fromEntries(this.#failuresOf),
      slow: this.#slow,
      versions: Object.fromEntries(
        [...this.#versions].map(([header, values]) => [header, Object.fromEntries(values)] as const),
      ),
      longestGapMs: Math.max(this.#longestGapMs, now - this.#lastOkAt),
      latencyMs: { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), max: sorted.at(-1) ?? 0 },
      mostLateMs: this.#mostLateMs,
    };
  }

  #countOk(request: Finished, kinds: readonly string[]): void {
    for (const kind of ['all', ...kinds]) this.#count(kind).ok += 1;
    this.#longestGapMs = Math.max(this.#longestGapMs, request.endedAt - this.#lastOkAt);
    this.#lastOkAt = request.endedAt;
    const ms = request.endedAt - request.sentAt;
    this.#latencies.push(ms);
    if (ms >= SLOW_MS) this.#slow += 1;
  }

  #countFailed(request: Finished, reason: string, kinds: readonly string[]): void {
    for (const kind of ['all', ...kinds]) this.#count(kind).failed += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.#firstFailureAt ??= request.endedAt;
    this.#lastFailureAt = request.endedAt;
    const { method, url, connection, reused, sentAt, endedAt: at } = request;
    const before = this.#failuresOf.get(method);
    this.#failuresOf.set(method, { count: (before?.count ?? 0) + 1, firstAt: before?.firstAt ?? at, lastAt: at });
    if (this.#failures.length >= MOST_FAILURES_KEPT) return;
    this.#failures.push({ sentAt, at, method, url, connection, reused, reason, ms: at - sentAt });
  }

  #see(header: string, value: string, { sentAt, endedAt }: Finished): void {
    const values = this.#versions.get(header) ?? new Map<string, Seen>();
    this.#versions.set(header, values);
    const before = values.get(value);
    values.set(value, {
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? endedAt,
      lastAt: endedAt,
      lastSentAt: Math.max(before?.lastSentAt ?? 0, sentAt),
    });
  }

  #count(kind: string): { sent: number; ok: number; failed: number } {
    const known = this.#counts.get(kind);
    if (known !== undefined) return known;
    const made = { sent: 0, ok: 0, failed: 0 };
    this.#counts.set(kind, made);
    return made;
  }
}

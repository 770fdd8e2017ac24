/** Notifications: every report to every channel, in order, without holding anything up. */
import type { Report, Tell } from '../model/report.ts';
import type { Clock } from '../model/shell.ts';
import { type ReportRecord, reportRecord } from '../report/index.ts';

/** A way out. Rejects when it did not work; the message must not have a webhook's URL in it, which is a secret. */
export interface Channel {
  readonly way: 'webhook' | 'command';
  send(record: ReportRecord, signal: AbortSignal): Promise<void>;
}

const LIMIT_MS = 5000;
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
/** What waits longer than this many others is not sent any more. */
const MOST_WAITING = 100;
/** How long the last notifications may take when the watcher leaves. */
const FAREWELL_MS = 5000;

/** Sends reports one after the other. A channel that fails is told about once, until it works again. */
export class Notifier {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #waiting: Report[] = [];
  #sending: Promise<void> | undefined;
  #isFailing = false;

  constructor(channel: Channel, clock: Clock, tell: Tell) {
    this.#channel = channel;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Returns at once. */
  notify(report: Report): void {
    if (report.kind === 'notify-failed' && report.way === this.#channel.way) return;
    this.#waiting.push(report);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when all is sent, or after a while. */
  async end(): Promise<void> {
    if (this.#sending === undefined) return;
    const sent = new AbortController();
    const late = this.#clock.sleep(FAREWELL_MS, sent.signal).catch(() => undefined);
    await Promise.race([this.#sending, late]);
    sent.abort();
  }

  async #sendAll(): Promise<void> {
    for (let report = this.#waiting.shift(); report !== undefined; report = this.#waiting.shift()) {
      const problem = await this.#send(reportRecord(report));
      if (problem !== undefined && !this.#isFailing) {
        const { way } = this.#channel;
        this.#tell({ at: this.#clock.now(), kind: 'notify-failed', way, message: problem });
      }
      this.#isFailing = problem !== undefined;
    }
  }

  /** Why it could not be sent; undefined when it was. */
  async #send(record: ReportRecord): Promise<string | undefined> {
    let problem: string | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      problem = await this.#try(record);
      if (problem === undefined) return undefined;
      if (attempt < ATTEMPTS) await this.#clock.sleep(PAUSE_MS * attempt);
    }
    return problem;
  }

  async #try(record: ReportRecord): Promise<string | undefined> {
    const [limit, done] = [new AbortController(), new AbortController()];
    const late = this.#clock.sleep(LIMIT_MS, done.signal).then(
      () => {
        limit.abort();
        return `no answer within ${LIMIT_MS / 1000} s`;
      },
      () => undefined,
    );
    const sent = this.#channel.send(record, limit.signal).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const problem = await Promise.race([sent, late]);
    done.abort();
    return problem;
  }
}

/** The watcher's hand in the audit log: what it saw and decided, beside what its repairs write down themselves. */
import type { Report, Tell } from '../model/report.ts';
import type { Shell } from '../model/shell.ts';
import { reportRecord } from '../report/index.ts';
import type { Stages } from '../stages.ts';

/** What waits longer than this many others is not written any more. */
const MOST_WAITING = 100;

/** How long the last lines may take when the watcher leaves. */
const FAREWELL_MS = 5000;

/** Repairs have lines of their own; what is about the watcher alone is in its own output. */
const SILENT: ReadonlySet<Report['kind']> = new Set([
  'repaired',
  'repair-failed',
  'repair-interrupted',
  'scaled',
  'scale-failed',
  'scale-interrupted',
  'watch-ended',
  'reloaded',
  'reload-failed',
  'notify-failed',
  'trouble',
]);

/** Where it writes, and as whom. */
export interface Desk {
  readonly stages: Pick<Stages, 'appendAudit' | 'clock'>;
  /** Does not wait for hosts that are known to be silent. */
  readonly shell: Shell;
  readonly keepers: readonly string[];
  /** ann@laptop */
  readonly by: string;
  /** Apps as they are known now: what is about a host is written into the log of each. */
  readonly apps: () => readonly string[];
}

/** Writes reports one after the other, and holds nothing up. */
export class Scribe {
  readonly #desk: Desk;
  readonly #waiting: Report[] = [];
  #writing: Promise<void> | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Returns at once. */
  readonly write: Tell = (report) => {
    if (SILENT.has(report.kind)) return;
    this.#waiting.push(report);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  };

  /** Resolves when all is written as far as keepers answer, or after a while. */
  async end(): Promise<void> {
    if (this.#writing === undefined) return;
    const written = new AbortController();
    const late = this.#desk.stages.clock.sleep(FAREWELL_MS, written.signal).catch(() => undefined);
    await Promise.race([this.#writing, late]);
    written.abort();
  }

  async #writeAll(): Promise<void> {
    const { stages, shell, keepers, by, apps } = this.#desk;
    for (let report = this.#waiting.shift(); report !== undefined; report = this.#waiting.shift()) {
      const entry = { at: report.at, by, what: 'watch', result: 'seen', detail: reportRecord(report).text } as const;
      for (const app of 'app' in report ? [report.app] : apps()) {
        await stages.appendAudit({ shell, app, keepers }, entry);
      }
    }
  }
}

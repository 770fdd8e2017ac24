/** One inventory's time: connections are open, senses are out, and each change is judged. */
import type { Verdict } from '../compile/heal/judge.ts';
import type { Memory } from '../compile/heal/memory.ts';
import type { HealSettings } from '../compile/heal/settings.ts';
import { keepersOf } from '../compile/index.ts';
import type { Inventory } from '../model/inventory.ts';
import type { News, Report, Tell } from '../model/report.ts';
import type { Senses } from '../model/senses.ts';
import type { Shell } from '../model/shell.ts';
import type { DockerEvent, Pulse } from '../model/watch.ts';
import type { Stages } from '../stages.ts';
import { Bell } from './bell.ts';
import { Crew } from './crew.ts';
import { Eyes } from './eyes.ts';
import { lastWords } from './last-words.ts';
import { Looks } from './looks.ts';
import { Mind } from './mind.ts';
import { quietShell, Standings } from './quiet-shell.ts';
import { Reaches } from './reaches.ts';
import { Scaler } from './scaler.ts';
import { watchScene } from './scene.ts';
import { Scribe } from './scribe.ts';
import { Shelf } from './shelf.ts';
import { Worker } from './worker.ts';

/** When somebody else acts on an app, it is looked again so soon. */
const HELD_MS = 5000;
/** Who wakes so much too late stood still (a laptop that slept): the time since proves nothing. */
const STALLED_MS = 3000;

/** What a session is for. */
export interface SessionOrder {
  readonly inventory: Inventory;
  /** Empty: all apps that are on the hosts. */
  readonly apps: readonly string[];
  readonly settings: HealSettings;
  /** Between two full looks when nothing happens. */
  readonly everyMs: number;
  /** ann@laptop */
  readonly by: string;
  readonly tell: Tell;
  /** What is told after the first look. */
  readonly greet: (apps: readonly string[]) => News;
  /** What the session before remembered. */
  readonly memory?: Memory;
  /** Ends the session: what is in flight is finished. */
  readonly signal: AbortSignal;
  readonly stopNow: AbortSignal;
}

/** Watches until the signal aborts; returns what it remembers. */
export async function runSession(order: SessionOrder, stages: Stages): Promise<Memory> {
  const shell = stages.openShell(order.inventory);
  try {
    return await new Session(order, stages, shell).run();
  } finally {
    await shell.close();
  }
}

/**
 *     waiting --event, 200 ms--> looking --+
 *        | ^                       ^       |
 *        | |       every so often -+       v
 *        | +---------------------------- judging --orders--> one worker an app (worker.ts) --end--> looking
 *        |                                 ^
 *        +--pulse, reach, end of a grace --+
 *
 * Looking, asking and measuring (scaler.ts, once for each look) go on beside each other and beside the repairs, so a lost
 * host is judged at once.
 */
class Session {
  readonly #order: SessionOrder;
  readonly #stages: Stages;
  readonly #shell: Shell;
  readonly #quiet: Shell;
  readonly #standings = new Standings();
  readonly #eyes: Eyes;
  readonly #mind: Mind;
  readonly #bell = new Bell();
  readonly #looks: Looks;
  readonly #reaches: Reaches;
  readonly #crew = new Crew((app) => this.#hire(app));
  readonly #scribe: Scribe;
  readonly #scaler: Scaler;
  readonly #shelf = new Shelf();
  #wakeAt = Number.POSITIVE_INFINITY;
  #isGreeted = false;
  #trouble = '';

  constructor(order: SessionOrder, stages: Stages, shell: Shell) {
    this.#order = order;
    this.#stages = stages;
    this.#shell = shell;
    this.#quiet = quietShell(shell, this.#standings, 'silent');
    this.#eyes = new Eyes(stages, this.#standings);
    this.#mind = new Mind({ ...order, standings: this.#standings, eyes: this.#eyes });
    this.#scribe = new Scribe({
      stages,
      shell: this.#quiet,
      keepers: keepersOf(order.inventory).map(({ name }) => name),
      by: order.by,
      apps: () => this.#mind.apps,
    });
    const { inventory } = order;
    this.#scaler = new Scaler({ stages, shell: this.#quiet, inventory, shelf: this.#shelf });
    this.#looks = new Looks(stages.clock, order.everyMs);
    this.#reaches = new Reaches(stages.clock, {
      ask: (silent) => this.#ask(silent),
      onReach: (reach) => this.#mind.sawReach(reach),
      onLost: (host, pulse) => this.#standings.set(host, pulse),
      onEnd: () => this.#bell.ring(),
    });
    if (order.memory !== undefined) this.#mind.memory = order.memory;
  }

  async run(): Promise<Memory> {
    const { signal, stopNow } = this.#order;
    const feeling = new AbortController();
    const stop = (): void => this.#bell.ring();
    signal.addEventListener('abort', stop);
    const felt = this.#feel(feeling.signal);
    while (!signal.aborted) {
      const due = this.#dueAt();
      const isLate = await this.#waitUntil(due);
      if (isLate) this.#mind.stoodStill(this.#stages.clock.now());
      if (!signal.aborted) this.#turn();
    }
    signal.removeEventListener('abort', stop);
    feeling.abort();
    await Promise.all([felt, this.#crew.leave(stopNow)]);
    await this.#scribe.end();
    return this.#mind.memory;
  }

  #dueAt(): number {
    return Math.min(this.#looks.dueAt, this.#reaches.dueAt(this.#mind.hostsThatAre('not-up')), this.#wakeAt);
  }

  /** True when it became much later than that. */
  async #waitUntil(due: number): Promise<boolean> {
    const { clock } = this.#stages;
    // No timer waits for ever (2^31 ms is its end); whoever wakes for nothing finds nothing to do.
    await this.#bell.wait(Math.min(due - clock.now(), this.#order.everyMs), clock);
    return clock.now() - due > STALLED_MS;
  }

  #turn(): void {
    const now = this.#stages.clock.now();
    const silent = this.#mind.hostsThatAre('not-up');
    if (this.#looks.dueAt <= now) this.#inBackground(this.#looks.go(() => this.#look(now)));
    if (this.#reaches.dueAt(silent) <= now) this.#inBackground(this.#reaches.go(silent));
    if (this.#mind.lookedAt > 0) this.#judge(now);
  }

  async #look(at: number): Promise<void> {
    try {
      this.#mind.sawAll(await this.#eyes.look(this.#quiet, this.#order.inventory), at);
    } finally {
      this.#bell.ring();
    }
  }

  async #ask(silent: readonly string[]): ReturnType<Senses['reach']> {
    const up = this.#mind.hostsThatAre('up').filter((host) => !silent.includes(host));
    const { inventory } = this.#order;
    const question = { shell: this.#quiet, inventory, silent, up, observed: this.#mind.observed };
    try {
      return up.length === 0 ? [] : await this.#stages.senses.reach(question);
    } catch (error) {
      this.#fail(error);
      return [];
    }
  }

  async #feel(signal: AbortSignal): Promise<void> {
    const feelers = {
      shell: this.#shell,
      inventory: this.#order.inventory,
      onPulse: (host: string, pulse: Pulse) => this.#felt(host, pulse),
      onEvent: (event: DockerEvent) => this.#heard(event),
      onStream: () => {
        this.#looks.soon();
        this.#bell.ring();
      },
      onHung: (keys: readonly string[]) => {
        this.#mind.hung = keys;
        this.#bell.ring();
      },
      observed: () => this.#mind.observed,
      signal,
    };
    try {
      await this.#stages.senses.feel(feelers);
    } catch (error) {
      this.#fail(error);
    }
  }

  #felt(host: string, pulse: Pulse): void {
    if (pulse.kind === 'up') {
      this.#reaches.back(host);
      // The first pulse of a host that was looked at is no news.
      if (this.#standings.of(host) !== undefined || this.#mind.observed[host]?.reachable === false) this.#looks.soon(0);
      this.#standings.set(host, pulse);
    } else this.#reaches.lost(host, pulse);
    this.#bell.ring();
  }

  /** What happens to an app that is repaired is our own doing, and is looked at after it. */
  #heard({ app }: DockerEvent): void {
    if (app !== '' && this.#crew.isBusy(app)) return;
    this.#looks.soon();
    this.#bell.ring();
  }

  #judge(now: number): void {
    const verdict = this.#mind.judge(now);
    this.#wakeAt = verdict.wakeAt ?? Number.POSITIVE_INFINITY;
    if (verdict.lookAt !== undefined) this.#looks.by(verdict.lookAt);
    const { apps } = this.#mind;
    if (!this.#isGreeted) this.#tell(this.#order.greet(apps));
    this.#isGreeted = true;
    this.#report(verdict);
    this.#crew.give(apps, verdict.orders);
    if (!verdict.isCutOff) this.#inBackground(this.#scale());
  }

  /** Once for each look: the calendar and the load may ask for other numbers of replicas. */
  async #scale(): Promise<void> {
    const { lookedAt: at, observed: hosts, apps, memory } = this.#mind;
    const serving = Object.keys(memory.away).filter((host) => memory.away[host]?.kind === 'serving');
    const decided = await this.#scaler.decide({ at, hosts, serving, apps });
    for (const [app, { changes, isSettled, nextAt }] of decided) {
      if (this.#mind.memory.cutOff !== undefined) return;
      const worker = this.#crew.of(app);
      if (isSettled) worker?.settled();
      else if (this.#order.settings.maxRepairs === 0) worker?.wish(changes);
      else worker?.scale(changes, at);
      if (nextAt === undefined) continue;
      this.#looks.by(nextAt);
      this.#bell.ring();
    }
  }

  #report({ reports }: Verdict): void {
    for (const report of reports) {
      if (report.kind === 'crash-loop') this.#inBackground(this.#tellWithLogs(report));
      else this.#tellOf(report);
    }
  }

  async #tellWithLogs(report: Extract<Report, { kind: 'crash-loop' }>): Promise<void> {
    this.#tellOf({ ...report, logs: await lastWords(this.#quiet, report.host, report.container) });
  }

  #hire(app: string): Worker {
    const { inventory, by } = this.#order;
    const bodies = this.#shelf.of(app);
    const [shell, stages, eyes] = [this.#quiet, this.#stages, this.#eyes];
    return new Worker({
      app,
      clock: stages.clock,
      by,
      scene: (change) => watchScene({ app, change, inventory, bodies, shell, stages, eyes }),
      lastLook: () => ({ at: this.#mind.lookedAt, hosts: this.#mind.observed }),
      note: (note) => this.#mind.noteRepair(note),
      noteScale: (services, end) => this.#scaler.note(app, services, end),
      tell: (news) => this.#tell(news),
      trouble: (error) => this.#fail(error),
      rest: (why) => {
        this.#looks.soon(why === 'held' ? HELD_MS : 0);
        this.#bell.ring();
      },
    });
  }

  #tell(news: News): void {
    this.#tellOf({ at: this.#stages.clock.now(), ...news });
  }

  #tellOf(report: Report): void {
    this.#order.tell(report);
    this.#scribe.write(report);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error));
  }

  /** A bug is told once, and ends nothing. */
  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#tell({ kind: 'trouble', message });
  }
}

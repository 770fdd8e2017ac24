/** What is done for one app: repairs and scaling, one at a time, and what is urgent goes first. */
import type { RepairNote } from '../compile/heal/repairs.ts';
import { applyIn } from '../flow.ts';
import { type HealOrder, NO_ORDER } from '../model/heal.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { RepairNews } from '../model/report.ts';
import type { ScaleChange } from '../model/scale.ts';
import type { Clock } from '../model/shell.ts';
import type { ApplyEnd, ApplyTerms, Audience } from '../one-way.ts';
import type { ChangeOfRelease } from '../recorded.ts';
import { problemsOf } from '../report/index.ts';
import { currentPlan, type Scene } from '../scene.ts';
import { blamedSlots } from './blame.ts';
import { changeOf, endNews, type Job, refusalOf } from './job.ts';
import { isSlow, isUrgent } from './urgency.ts';
import { Voice } from './voice.ts';

/** Something slow that stands in the way of an urgent repair may finish what is in flight for so long. */
const PATIENCE_MS = 2000;

/** What a worker needs of its watcher. */
export interface Employer {
  readonly app: string;
  readonly clock: Clock;
  readonly by: string;
  /** The scene of a change as it is now. */
  scene(change: ChangeOfRelease): Scene;
  /** The last look and when it began; 0 when there was none. */
  lastLook(): { readonly at: number; readonly hosts: Observed['hosts'] };
  /** Called at each end of a repair that matters to later judgements. */
  note(note: RepairNote): void;
  /** The same of scaling; `services` are those that it is due to. */
  noteScale(services: readonly string[], end: 'done' | 'failed'): void;
  tell(news: RepairNews): void;
  /** A bug: something that is no FleetError was thrown. */
  trouble(error: unknown): void;
  /** Called when something was done: how it is now must be seen. "held": somebody else acts on the app. */
  rest(why: 'done' | 'held'): void;
}

/** What is under way. */
interface Running {
  readonly job: Job;
  readonly gentle: AbortController;
  readonly atOnce: AbortController;
  /** Aborted when it has ended. */
  readonly over: AbortController;
  readonly startedAt: number;
  readonly failures: string[];
  isSlow: boolean;
}

/** Numbers of replicas that are wanted by a look. */
interface WantedScale {
  readonly changes: readonly ScaleChange[];
  readonly lookedAt: number;
}

/**
 * Works on the orders for one app; where there is nothing to repair, on its numbers of replicas.
 *
 *     idle --order--> drafting --nothing to do, or no way to do it--> other numbers wanted? --no--> idle
 *       ^                | something to do                              | yes
 *       |                v                                              v
 *       +---end------ repairing                                      scaling
 *                        ^    \---a host is lost meanwhile, and this is slow---/
 *                        |                        v
 *                        +-with the new order- breaking off
 */
export class Worker {
  readonly #employer: Employer;
  readonly #voice: Voice;
  #wanted: HealOrder | undefined;
  #wantedScale: WantedScale | undefined;
  /** The last order: what is taken of silent hosts. */
  #order = NO_ORDER;
  #running: Running | undefined;
  #work: Promise<void> | undefined;
  #endedAt = 0;
  #isLeaving = false;
  /** The orders that were drafted by the last look. */
  #drafted: { readonly at: number; readonly orders: Set<string> } = { at: 0, orders: new Set() };

  constructor(employer: Employer) {
    this.#employer = employer;
    this.#voice = new Voice(employer.app, (news) => employer.tell(news));
  }

  /** True while it drafts, repairs or scales: what happens to the app is its own doing. */
  get isBusy(): boolean {
    return this.#work !== undefined;
  }

  /** Makes this the order; undefined: nothing is to be done any more. */
  want(order: HealOrder | undefined): void {
    if (this.#isLeaving) return;
    const running = this.#running;
    const isUnderWay = running?.job.kind === 'repair' && JSON.stringify(running.job.order) === JSON.stringify(order);
    this.#wanted = isUnderWay ? undefined : order;
    this.#order = order ?? this.#order;
    if (running?.isSlow === true && order !== undefined && isUrgent(order, running.job.order)) this.#breakOff(running);
    this.#begin();
  }

  /** Makes these the numbers of replicas, by the look of that time, unless something is done before they are due. */
  scale(changes: readonly ScaleChange[], lookedAt: number): void {
    if (this.#isLeaving) return;
    this.#wantedScale = changes.length === 0 ? undefined : { changes, lookedAt };
    this.#begin();
  }

  /** They are only told: nothing is to be changed. */
  wish(changes: readonly ScaleChange[]): void {
    const gist = changes.map(({ service, from, to }) => `${service} ${from} ${to}`).join();
    this.#voice.once('scale', { kind: 'scale-wanted', app: this.#employer.app, changes }, gist);
  }

  /** All numbers of replicas are as they should be. */
  settled(): void {
    this.#wantedScale = undefined;
    this.#voice.calm('scale');
  }

  /** Finishes what is in flight and takes back what must be; at once when the signal says so. */
  async leave(stopNow: AbortSignal): Promise<void> {
    this.#isLeaving = true;
    this.#wanted = undefined;
    this.#wantedScale = undefined;
    const stop = (): void => this.#running?.atOnce.abort();
    stopNow.addEventListener('abort', stop);
    this.#running?.gentle.abort();
    if (stopNow.aborted) stop();
    await this.#work;
    stopNow.removeEventListener('abort', stop);
  }

  #begin(): void {
    if (this.#work !== undefined || (this.#wanted === undefined && this.#wantedScale === undefined)) return;
    this.#work = this.#workOn()
      .catch((error: unknown) => this.#employer.trouble(error))
      .finally(() => {
        this.#work = undefined;
        this.#begin();
      });
  }

  async #workOn(): Promise<void> {
    let isBrokenOff = false;
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      const part: Job | undefined = isBrokenOff ? urgentPart(job) : await this.#firstWork(job);
      isBrokenOff = part !== undefined && (await this.#carryOut(part));
    }
  }

  /** What is missing comes before what is to be replaced: a successor that does not become healthy holds up nothing else. */
  async #firstWork(job: Job): Promise<Job | undefined> {
    if (job.kind === 'scale') return job;
    const parts = job.order.distrusted.length === 0 ? [job] : [urgentPart(job), job];
    for (const part of parts) if (await this.#isWork(part)) return part;
    return undefined;
  }

  /** A repair goes first. What was done after the look that wanted other numbers may have changed them. */
  #next(): Job | undefined {
    const [order, scale] = [this.#wanted, this.#wantedScale];
    this.#wanted = undefined;
    if (order !== undefined) return { kind: 'repair', order };
    this.#wantedScale = undefined;
    if (scale === undefined || scale.lookedAt < this.#endedAt) return undefined;
    return { kind: 'scale', order: this.#order, changes: scale.changes };
  }

  /** Whether there is anything to do, by the last look. */
  async #isWork(job: Job): Promise<boolean> {
    const { lastLook, scene } = this.#employer;
    const { at, hosts } = lastLook();
    const question = JSON.stringify(job.order);
    if (at !== this.#drafted.at) this.#drafted = { at, orders: new Set() };
    // What was looked at before the last repair tells nothing; what gave no work once gives none twice.
    if (at === 0 || at < this.#endedAt || this.#drafted.orders.has(question)) return false;
    this.#drafted.orders.add(question);
    try {
      const look = async (): Promise<Observed> => ({ hosts, images: {} });
      const { plan } = await currentPlan({ ...scene(changeOf(job)), look });
      this.#voice.misfits(plan);
      if (plan.steps.length === 0) this.#voice.calm('repair');
      return plan.steps.length > 0;
    } catch (error) {
      this.#refused(job, error);
      return false;
    }
  }

  /** True when it was broken off for something urgent. */
  async #carryOut(job: Job): Promise<boolean> {
    const running = this.#start(job);
    try {
      this.#ended(running, await this.#apply(running));
    } catch (error) {
      this.#threw(running, error);
    } finally {
      running.over.abort();
      this.#running = undefined;
      this.#endedAt = this.#employer.clock.now();
    }
    return running.gentle.signal.aborted && !this.#isLeaving;
  }

  #start(job: Job): Running {
    const [gentle, atOnce, over] = [new AbortController(), new AbortController(), new AbortController()];
    const startedAt = this.#employer.clock.now();
    const running: Running = { job, gentle, atOnce, over, startedAt, failures: [], isSlow: false };
    this.#running = running;
    return running;
  }

  #apply(running: Running): Promise<ApplyEnd> {
    const { by, scene } = this.#employer;
    const { gentle, atOnce, job, failures } = running;
    const terms: ApplyTerms = { isDecided: true, waitMs: 0, by, signal: gentle.signal, stopNow: atOnce.signal };
    const audience: Audience = {
      review: async () => true,
      begin: (plan: Plan) => {
        running.isSlow = isSlow(plan);
      },
      emit: (event) => {
        if (event.kind === 'step-failed') failures.push(`${event.id}: ${event.failure.message}`);
      },
    };
    return applyIn(scene(changeOf(job)), terms, audience);
  }

  #ended({ job, startedAt, failures }: Running, end: ApplyEnd): void {
    const { app, clock, rest } = this.#employer;
    const ms = clock.now() - startedAt;
    if (end.kind === 'ended') {
      const { plan, outcome } = end;
      this.#note(job, outcome.kind, outcome.kind === 'failed' ? blamedSlots(plan, outcome.failed) : []);
      const news = endNews(job, { app, end: outcome.kind, plan, failures, ms });
      if (outcome.kind === 'failed') this.#voice.once(job.kind, news);
      else this.#voice.tell(news);
      if (outcome.kind === 'done') this.#voice.calm(job.kind);
    }
    rest('done');
  }

  #note(job: Job, end: RepairNote['end'], blamed: readonly string[]): void {
    const { app, clock, note, noteScale } = this.#employer;
    if (job.kind === 'repair') note({ app, order: job.order, end, at: clock.now(), blamed });
    else if (end !== 'interrupted') noteScale(blamedServices(job.changes, blamed), end === 'done' ? 'done' : 'failed');
  }

  #threw({ job, gentle }: Running, error: unknown): void {
    if (gentle.signal.aborted && (error === gentle.signal.reason || isAbort(error))) return;
    const held = problemsOf(error)?.find(({ code }) => code === 'E_LEASE_HELD');
    if (held === undefined) this.#refused(job, error);
    else this.#voice.once(job.kind, { kind: 'lease-held', app: this.#employer.app, why: held.message });
    this.#employer.rest(held === undefined ? 'done' : 'held');
  }

  #refused(job: Job, error: unknown): void {
    const { app, trouble } = this.#employer;
    const problems = problemsOf(error);
    // Too few hosts answer for a plan: the watcher knows that by itself, a moment later.
    if (problems?.some(({ code }) => code === 'E_QUORUM') === true) return;
    if (problems === undefined) trouble(error);
    else this.#voice.once(job.kind, refusalOf(job, app, problems));
    this.#note(job, 'refused', []);
  }

  #breakOff({ gentle, atOnce, over }: Running): void {
    if (gentle.signal.aborted) return;
    gentle.abort();
    this.#employer.clock.sleep(PATIENCE_MS, over.signal).then(
      () => atOnce.abort(),
      () => undefined,
    );
  }
}

/** Without what works badly and still works. */
function urgentPart(job: Job): Job {
  return job.kind === 'scale' ? job : { ...job, order: { ...job.order, distrusted: [] } };
}

/** Services whose slots are blamed; where nobody knows which they are, all. */
function blamedServices(changes: readonly ScaleChange[], blamed: readonly string[]): string[] {
  const all = changes.map(({ service }) => service);
  const own = all.filter((service) => blamed.some((slot) => slot.startsWith(`${service}.`)));
  return own.length === 0 ? all : own;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

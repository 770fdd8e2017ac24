/** Repairs of one app: one at a time, and what is urgent goes first. */
import type { RepairNote } from '../compile/heal/repairs.ts';
import { type ApplyEnd, type ApplyTerms, type Audience, applyIn } from '../flow.ts';
import type { HealOrder } from '../model/heal.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { RepairNews } from '../model/report.ts';
import type { Clock } from '../model/shell.ts';
import { problemsOf, repairSentences } from '../report/index.ts';
import { currentPlan, type Scene } from '../scene.ts';
import { blamedSlots } from './blame.ts';
import { isSlow, isUrgent, refusalOf } from './urgency.ts';

/** A slow repair that stands in the way of an urgent one may finish what is in flight for so long. */
const PATIENCE_MS = 2000;

/** What a worker needs of its watcher. */
export interface Employer {
  readonly app: string;
  readonly clock: Clock;
  readonly by: string;
  /** The scene of a repair as it is now. */
  scene(order: HealOrder): Scene;
  /** The last look and when it began; 0 when there was none. */
  lastLook(): { readonly at: number; readonly hosts: Observed['hosts'] };
  /** Called at each end that matters to later judgements. */
  note(note: RepairNote): void;
  tell(news: RepairNews): void;
  /** A bug: something that is no FleetError was thrown. */
  trouble(error: unknown): void;
  /** Called when something was done: how it is now must be seen. "held": somebody else acts on the app. */
  rest(why: 'done' | 'held'): void;
}

/** A repair that is under way. */
interface Running {
  readonly order: HealOrder;
  readonly gentle: AbortController;
  readonly atOnce: AbortController;
  /** Aborted when it has ended. */
  readonly over: AbortController;
  readonly startedAt: number;
  readonly failures: string[];
  isSlow: boolean;
}

/**
 * Works on the orders for one app.
 *
 *     idle --order--> drafting --nothing to do, or no way to do it--> idle
 *       ^                | something to do
 *       |                v
 *       +---end------ repairing --a host is lost meanwhile, and this one is slow--> breaking off
 *                        ^                                                              |
 *                        +--------------------- with the new order ---------------------+
 */
export class Worker {
  readonly #employer: Employer;
  #wanted: HealOrder | undefined;
  #running: Running | undefined;
  #work: Promise<void> | undefined;
  #endedAt = 0;
  #isLeaving = false;
  /** The orders that were drafted by the last look. */
  #drafted: { readonly at: number; readonly orders: Set<string> } = { at: 0, orders: new Set() };
  /** What was told to fit nowhere. */
  #misfits = '';
  /** What was told last, so that the same trouble is told once. */
  #told = '';

  constructor(employer: Employer) {
    this.#employer = employer;
  }

  /** True while it drafts or repairs: what happens to the app is its own doing. */
  get isBusy(): boolean {
    return this.#work !== undefined;
  }

  /** Makes this the order; undefined: nothing is to be done any more. */
  want(order: HealOrder | undefined): void {
    if (this.#isLeaving) return;
    const running = this.#running;
    const isUnderWay = running !== undefined && JSON.stringify(running.order) === JSON.stringify(order);
    this.#wanted = isUnderWay ? undefined : order;
    if (running?.isSlow === true && order !== undefined && isUrgent(order, running.order)) this.#breakOff(running);
    this.#begin();
  }

  /** Finishes what is in flight and takes back what must be; at once when the signal says so. */
  async leave(stopNow: AbortSignal): Promise<void> {
    this.#isLeaving = true;
    this.#wanted = undefined;
    const stop = (): void => this.#running?.atOnce.abort();
    stopNow.addEventListener('abort', stop);
    this.#running?.gentle.abort();
    if (stopNow.aborted) stop();
    await this.#work;
    stopNow.removeEventListener('abort', stop);
  }

  #begin(): void {
    if (this.#wanted === undefined || this.#work !== undefined) return;
    this.#work = this.#workOn()
      .catch((error: unknown) => this.#employer.trouble(error))
      .finally(() => {
        this.#work = undefined;
        this.#begin();
      });
  }

  async #workOn(): Promise<void> {
    let isBrokenOff = false;
    for (let order = this.#next(); order !== undefined; order = this.#next()) {
      const part: HealOrder | undefined = isBrokenOff ? { ...order, distrusted: [] } : await this.#firstWork(order);
      isBrokenOff = part !== undefined && (await this.#repair(part));
    }
  }

  /** What is missing comes before what is to be replaced: a successor that does not become healthy holds up nothing else. */
  async #firstWork(order: HealOrder): Promise<HealOrder | undefined> {
    const parts = order.distrusted.length === 0 ? [order] : [{ ...order, distrusted: [] }, order];
    for (const part of parts) if (await this.#isWork(part)) return part;
    return undefined;
  }

  #next(): HealOrder | undefined {
    const order = this.#wanted;
    this.#wanted = undefined;
    return order;
  }

  /** Whether there is anything to do, by the last look. */
  async #isWork(order: HealOrder): Promise<boolean> {
    const { lastLook, scene } = this.#employer;
    const { at, hosts } = lastLook();
    const question = JSON.stringify(order);
    if (at !== this.#drafted.at) this.#drafted = { at, orders: new Set() };
    // What was looked at before the last repair tells nothing; what gave no work once gives none twice.
    if (at === 0 || at < this.#endedAt || this.#drafted.orders.has(question)) return false;
    this.#drafted.orders.add(question);
    try {
      const look = async (): Promise<Observed> => ({ hosts, images: {} });
      const { plan } = await currentPlan({ ...scene(order), look });
      this.#tellMisfits(plan);
      if (plan.steps.length === 0) this.#told = '';
      return plan.steps.length > 0;
    } catch (error) {
      this.#refused(order, error);
      return false;
    }
  }

  /** True when it was broken off for something urgent. */
  async #repair(order: HealOrder): Promise<boolean> {
    const running = this.#start(order);
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

  #start(order: HealOrder): Running {
    const [gentle, atOnce, over] = [new AbortController(), new AbortController(), new AbortController()];
    const startedAt = this.#employer.clock.now();
    const running: Running = { order, gentle, atOnce, over, startedAt, failures: [], isSlow: false };
    this.#running = running;
    return running;
  }

  #apply(running: Running): Promise<ApplyEnd> {
    const { by, scene } = this.#employer;
    const { gentle, atOnce, order, failures } = running;
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
    return applyIn(scene(order), terms, audience);
  }

  #ended({ order, startedAt, failures }: Running, end: ApplyEnd): void {
    const { app, clock, note, tell, rest } = this.#employer;
    const ms = clock.now() - startedAt;
    if (end.kind === 'ended') {
      const { kind } = end.outcome;
      const blamed = kind === 'failed' ? blamedSlots(end.plan, end.outcome.failed) : [];
      note({ app, order, end: kind, at: clock.now(), blamed });
      if (kind === 'failed') this.#tellOnce({ kind: 'repair-failed', app, why: failures, ms });
      else if (kind === 'interrupted') tell({ kind: 'repair-interrupted', app, ms });
      else {
        this.#told = '';
        tell({ kind: 'repaired', app, what: repairSentences(end.plan), ms });
      }
    }
    rest('done');
  }

  #threw({ order, gentle }: Running, error: unknown): void {
    if (gentle.signal.aborted && (error === gentle.signal.reason || isAbort(error))) return;
    const held = problemsOf(error)?.find(({ code }) => code === 'E_LEASE_HELD');
    if (held === undefined) this.#refused(order, error);
    else this.#tellOnce({ kind: 'lease-held', app: this.#employer.app, why: held.message });
    this.#employer.rest(held === undefined ? 'done' : 'held');
  }

  #refused(order: HealOrder, error: unknown): void {
    const { app, clock, note, trouble } = this.#employer;
    const problems = problemsOf(error);
    // Too few hosts answer for a plan: the watcher knows that by itself, a moment later.
    if (problems?.some(({ code }) => code === 'E_QUORUM') === true) return;
    if (problems === undefined) trouble(error);
    else this.#tellOnce(refusalOf(app, problems));
    note({ app, order, end: 'refused', at: clock.now(), blamed: [] });
  }

  /** What fits nowhere is left out of a repair, and told when it changes. */
  #tellMisfits({ warnings }: Plan): void {
    const { app, tell } = this.#employer;
    const why = warnings.filter(({ code }) => code === 'W_UNPLACED').map(({ message }) => message);
    const text = why.join('\n');
    if (text === this.#misfits) return;
    this.#misfits = text;
    tell(why.length === 0 ? { kind: 'fits-again', app } : { kind: 'does-not-fit', app, why });
  }

  #tellOnce(news: RepairNews): void {
    // Times pass, and that is no news.
    const text = JSON.stringify({ ...news, ms: 0 }).replaceAll(/ since \d+ s/g, '');
    if (text === this.#told) return;
    this.#told = text;
    this.#employer.tell(news);
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

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

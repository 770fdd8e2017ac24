/** fleet heal: one round of what a watcher does all day, for cron and CI. */
import type { Verdict } from '../compile/heal/judge.ts';
import type { HealSettings } from '../compile/heal/settings.ts';
import { applyIn } from '../flow.ts';
import { FleetError } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Plan } from '../model/plan.ts';
import type { Tell } from '../model/report.ts';
import type { Shell } from '../model/shell.ts';
import type { ApplyEnd, ApplyTerms, Audience } from '../one-way.ts';
import type { ChangeOfRelease } from '../recorded.ts';
import { currentPlan } from '../scene.ts';
import type { Files, Stages } from '../stages.ts';
import { Eyes } from './eyes.ts';
import { scaleChange } from './job.ts';
import { Mind } from './mind.ts';
import { Standings } from './quiet-shell.ts';
import { Scaler } from './scaler.ts';
import { watchScene } from './scene.ts';
import { Shelf } from './shelf.ts';

/** Between two looks while a host is silent. */
const AGAIN_MS = 2000;
/** However hosts come and go, the round ends so long after the grace. */
const EXTRA_MS = 30_000;

/** What is healed, and how. */
export interface HealRequest {
  /** Only the inventory is read. */
  readonly files: Files;
  /** Empty: all apps that are on the hosts. */
  readonly apps: readonly string[];
  readonly settings: HealSettings;
  /** "show": plans are made and nothing is changed. */
  readonly terms: ApplyTerms | 'show';
}

/** Who is told, shown and asked. */
export interface HealAudience {
  readonly tell: Tell;
  /** Who decides about one app. */
  of(app: string): Audience;
}

/** What came of one app: how its repair ended, the plan that was only made, or why there is none. */
export type AppEnd =
  | { readonly kind: 'applied'; readonly app: string; readonly end: ApplyEnd }
  | { readonly kind: 'planned'; readonly app: string; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly app: string; readonly error: unknown };

/**
 * Looks, asks silent hosts again until the grace is over, and repairs one app after the other; one that can not be
 * repaired keeps no other from it. Throws FleetError E_QUORUM when fewer than half of the hosts answer.
 */
export async function heal(request: HealRequest, stages: Stages, audience: HealAudience): Promise<readonly AppEnd[]> {
  const inventory = await stages.loadInventory(request.files);
  const shell = stages.openShell(inventory);
  try {
    return await new Round({ request, stages, audience, inventory, shell }).run();
  } finally {
    await shell.close();
  }
}

interface RoundParts {
  readonly request: HealRequest;
  readonly stages: Stages;
  readonly audience: HealAudience;
  readonly inventory: Inventory;
  readonly shell: Shell;
}

/** Nothing is known of the hosts but what each look says. */
class Round {
  readonly #parts: RoundParts;
  readonly #eyes: Eyes;
  readonly #mind: Mind;
  readonly #shelf = new Shelf();

  constructor(parts: RoundParts) {
    const { request, inventory, stages } = parts;
    const standings = new Standings();
    this.#parts = parts;
    this.#eyes = new Eyes(stages, standings);
    this.#mind = new Mind({ ...request, inventory, standings, eyes: this.#eyes });
  }

  async run(): Promise<readonly AppEnd[]> {
    const orders = await this.#orders();
    const ends: AppEnd[] = [];
    for (const app of Object.keys(orders).sort()) {
      const order = orders[app];
      if (order !== undefined && !this.#signal().aborted) ends.push(await this.#apply(app, { kind: 'heal', order }));
    }
    return [...ends, ...(await this.#scaleAll(Object.keys(orders).sort()))];
  }

  /** What the calendar asks for now; load is a matter of more than one look. */
  async #scaleAll(apps: readonly string[]): Promise<readonly AppEnd[]> {
    const { stages, shell, inventory } = this.#parts;
    const unmeasured = { ...stages, readLoads: async () => ({ loads: {}, usage: {} }) };
    const scaler = new Scaler({ stages: unmeasured, shell, inventory, shelf: this.#shelf });
    const { lookedAt: at, observed: hosts } = this.#mind;
    const ends: AppEnd[] = [];
    for (const [app, { changes }] of await scaler.decide({ at, hosts, serving: [], apps })) {
      if (changes.length === 0 || this.#signal().aborted) continue;
      ends.push(await this.#apply(app, scaleChange(changes, [])));
    }
    return ends;
  }

  /** Looks until nothing more is waited for. */
  async #orders(): Promise<Verdict['orders']> {
    const { request, stages, audience } = this.#parts;
    const { clock } = stages;
    const deadline = clock.now() + request.settings.graceMs + EXTRA_MS;
    for (;;) {
      await this.#look();
      const verdict = this.#mind.judge(clock.now());
      for (const report of verdict.reports) audience.tell(report);
      if (verdict.isCutOff) throw this.#cutOff();
      const next = this.#nextLook(verdict);
      if (next === undefined || next > deadline || this.#signal().aborted) return verdict.orders;
      await clock.sleep(Math.max(0, next - clock.now()), this.#signal()).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { stages, shell, inventory } = this.#parts;
    const at = stages.clock.now();
    const isFirst = this.#mind.lookedAt === 0;
    this.#mind.sawAll(await this.#eyes.look(shell, inventory), at);
    if (isFirst) await this.#findHung();
    const [silent, up] = [this.#mind.hostsThatAre('not-up'), this.#mind.hostsThatAre('up')];
    if (silent.length === 0 || up.length === 0) return;
    const { observed } = this.#mind;
    for (const reach of await stages.senses.reach({ shell, inventory, silent, up, observed })) {
      this.#mind.sawReach(reach);
    }
  }

  /** Nobody has asked replicas before, and a hung one is not seen by a look. */
  async #findHung(): Promise<void> {
    const { stages, shell, inventory } = this.#parts;
    const { observed } = this.#mind;
    this.#mind.hung = await stages.senses.hung({ shell, inventory, observed, signal: this.#signal() });
  }

  /** While a host is only away, or a replica has only been sick once. */
  #nextLook({ wakeAt, lookAt }: Verdict): number | undefined {
    const isAway = Object.values(this.#mind.memory.away).some(({ kind }) => kind === 'away');
    const soon = this.#parts.stages.clock.now() + AGAIN_MS;
    if (isAway) return Math.min(soon, wakeAt ?? soon);
    return lookAt;
  }

  async #apply(app: string, change: ChangeOfRelease): Promise<AppEnd> {
    const { request, stages, audience, inventory, shell } = this.#parts;
    const bodies = this.#shelf.of(app);
    const scene = watchScene({ app, change, inventory, shell, stages, eyes: this.#eyes, bodies });
    try {
      if (request.terms === 'show') return { kind: 'planned', app, plan: (await currentPlan(scene)).plan };
      return { kind: 'applied', app, end: await applyIn(scene, request.terms, audience.of(app)) };
    } catch (error) {
      return { kind: 'refused', app, error };
    }
  }

  #signal(): AbortSignal {
    const { terms } = this.#parts.request;
    return terms === 'show' ? new AbortController().signal : terms.signal;
  }

  #cutOff(): FleetError {
    const { hosts } = this.#parts.inventory;
    const up = this.#mind.hostsThatAre('up').length;
    const message = `${up} of ${hosts.length} hosts answer: nothing was done, it may be this machine that is cut off`;
    return new FleetError('E_QUORUM', message, { hint: 'fleet hosts' });
  }
}

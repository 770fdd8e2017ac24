/** A fleet to watch: hosts that can be lost, apps on record, plans as the test says, and a clock that runs by itself. */

import { DEFAULT_HEAL } from '../../../src/compile/heal/settings.ts';
import type { Question } from '../../../src/compile/index.ts';
import { FleetError } from '../../../src/model/error.ts';
import { type HealOrder, NO_ORDER } from '../../../src/model/heal.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { HostState, HostUp, Observed, ReleaseRecord } from '../../../src/model/observed.ts';
import type { Intent, Plan, Step } from '../../../src/model/plan.ts';
import type { Playbook } from '../../../src/model/playbook.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Feelers } from '../../../src/model/senses.ts';
import type { Pulse, Reach } from '../../../src/model/watch.ts';
import type { Stages } from '../../../src/stages.ts';
import { type WatchRequest, watch } from '../../../src/watch.ts';
import { aPlaybook, type FakeStages, fakeStages, hostUp } from '../fake-stages.ts';
import { aPlan } from '../plan-builders.ts';
import { commitOf, stepOf } from '../plans.ts';

const SILENT: Pulse = { kind: 'silent', code: 'E_HOST_UNREACHABLE', message: 'no answer' };

/** A plan of these steps that commits at its end. */
export function repairPlan(...steps: readonly Step[]): Plan {
  return aPlan({ steps: [...steps, commitOf(steps.map(({ id }) => id))] });
}

/** A step that starts a replica: slow, and taken back when it is broken off. */
export function startStep(id: string, host = 'vm1'): Step {
  return stepOf(id, { host, action: { kind: 'start', service: 'web', replica: 'shop.web.6.1' } });
}

/** What is there at the start. */
export interface WatchedSetup {
  readonly hosts?: number;
  readonly apps?: readonly string[];
  /** Of every release. */
  readonly playbook?: Playbook;
}

/** Hosts vm1 … and what is asked of them. Times in `log` are milliseconds from the start. */
export class WatchedFleet {
  readonly hosts: Record<string, HostUp> = {};
  readonly lost = new Set<string>();
  readonly base: FakeStages;
  readonly told: Report[] = [];
  /** "0 look", "1200 compile shop", "1200 lease shop", … */
  readonly log: string[] = [];
  reaches: readonly Reach[] = [];
  /** Who hangs, for one who asks once. */
  hung: readonly string[] = [];
  /** Who has the leases. */
  holder: string | undefined;
  inventory: Inventory | undefined;
  feelers: Feelers | undefined;
  /** What a plan does; nothing unless a test says otherwise. */
  plan: (order: HealOrder, app: string, observed: Observed) => Plan = () => aPlan();
  /** What a plan for other numbers of replicas does. */
  scalePlan: (intent: Extract<Intent, { kind: 'scale' }>, app: string) => Plan = () => {
    throw new Error('nothing is to be scaled');
  };
  readonly stages: Stages;
  readonly stop = new AbortController();
  readonly stopNow = new AbortController();
  reload: () => void = () => undefined;
  /** Resolves when the senses are out. */
  readonly begun: Promise<void>;
  #begin: () => void = () => undefined;
  readonly #startedAt: number;

  constructor({ hosts = 3, apps = ['shop'], playbook = aPlaybook() }: WatchedSetup = {}) {
    for (let number = 1; number <= hosts; number++) this.hosts[`vm${number}`] = hostUp({ releases: releasesOf(apps) });
    this.base = fakeStages({ hosts: { ...this.hosts }, body: { version: 1, playbook, images: {} } });
    this.#startedAt = this.base.clock.now();
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.stages = this.#stages();
  }

  /** Milliseconds from the start. */
  get now(): number {
    return this.base.clock.now() - this.#startedAt;
  }

  sleep(ms: number): Promise<void> {
    return this.base.clock.sleep(ms);
  }

  /** Sleeps until then. */
  async until(ms: number): Promise<void> {
    if (ms > this.now) await this.sleep(ms - this.now);
  }

  /** The senses notice that nothing reaches the host. */
  lose(host: string): void {
    this.lost.add(host);
    this.feelers?.onPulse(host, SILENT);
  }

  find(host: string): void {
    this.lost.delete(host);
    this.feelers?.onPulse(host, { kind: 'up' });
  }

  event(app = 'shop', action = 'die'): void {
    this.feelers?.onEvent({ host: 'vm1', at: 0, action, container: 'shop.web.6.1', app, service: 'web' });
  }

  /** Watches while the script goes on; returns when both have ended. */
  async watch(script: () => Promise<void>, more: Partial<WatchRequest> = {}): Promise<void> {
    const watching = watch(this.request(more), this.stages, (report) => this.told.push(report));
    try {
      await script();
    } finally {
      this.stop.abort();
    }
    await watching;
  }

  request(more: Partial<WatchRequest> = {}): WatchRequest {
    return {
      files: {
        inventory: 'x.yaml',
        playbooks: [],
        profiles: [],
        services: [],
        envFiles: [],
        env: {},
        home: '/',
        cwd: '/',
        user: 'ann',
      },
      apps: [],
      settings: DEFAULT_HEAL,
      everyMs: 30_000,
      by: 'ann@laptop',
      channels: [],
      signal: this.stop.signal,
      stopNow: this.stopNow.signal,
      onReload: (listener) => {
        this.reload = listener;
        return () => undefined;
      },
      ...more,
    };
  }

  /** Reports as "1200 kind", without those of begin and end. */
  kinds(): string[] {
    return this.told
      .filter(({ kind }) => kind !== 'watch-started' && kind !== 'watch-ended')
      .map(({ at, kind }) => `${at - this.#startedAt} ${kind}`);
  }

  /** Lines of the log with this word. */
  logged(word: string): string[] {
    return this.log.filter((line) => line.split(' ')[1] === word);
  }

  #note(text: string): void {
    this.log.push(`${this.now} ${text}`);
  }

  #stages(): Stages {
    const { base } = this;
    return {
      ...base,
      senses: {
        feel: async (feelers) => {
          this.feelers = feelers;
          this.#begin();
          for (const host of Object.keys(this.hosts)) if (!this.lost.has(host)) feelers.onPulse(host, { kind: 'up' });
          await new Promise<void>((resolve) => feelers.signal.addEventListener('abort', () => resolve()));
        },
        hung: async () => this.hung,
        reach: async ({ silent }) => this.reaches.filter(({ host }) => silent.includes(host)),
      },
      loadInventory: async (files) => this.inventory ?? base.loadInventory(files),
      observe: (shell, { hosts }) =>
        this.#observe(
          shell,
          hosts.map(({ name }) => name),
        ),
      compile: (question) => ({ ok: true, plan: this.#compile(question) }),
      acquireLease: async (request) => {
        const { app } = request;
        this.#note(`lease ${app}`);
        if (this.holder !== undefined)
          throw new FleetError('E_LEASE_HELD', `${app}: ${this.holder} since ${this.now} s`);
        const lease = await base.acquireLease(request);
        return { ...lease, release: async () => this.#note(`release ${app}`) };
      },
    };
  }

  /** A host that is lost keeps who asks waiting, as a dead connection does. */
  async #observe(shell: Parameters<Stages['observe']>[0], names: readonly string[]): Promise<Observed> {
    this.#note('look');
    const states = names.map(async (name): Promise<[string, HostState]> => {
      try {
        await shell.run(name, 'report', { timeoutMs: 20_000 });
        const state = this.hosts[name];
        return [name, state ?? hostUp()];
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        return [name, { reachable: false, code: error.code, message: error.message }];
      }
    });
    return { hosts: Object.fromEntries(await Promise.all(states)), images: {} };
  }

  #compile({ intent, settled, playbook, observed }: Question): Plan {
    if (intent.kind === 'remove') {
      this.#note(`remove ${playbook.app}`);
      return { ...this.plan(NO_ORDER, playbook.app, observed), app: playbook.app };
    }
    const app = settled?.record.app ?? '';
    if (intent.kind === 'scale') return { ...this.scalePlan(intent, app), app };
    if (intent.kind !== 'heal') throw new Error(`not a repair: ${intent.kind}`);
    this.#note(`compile ${app} ${JSON.stringify(intent.order.absences)}`);
    return { ...this.plan(intent.order, app, observed), app };
  }
}

function releasesOf(apps: readonly string[]): Record<string, ReleaseRecord[]> {
  const record = { release: 6, at: 0, by: 'ann', planDigest: '', specs: {}, images: {}, body: 'x' };
  return Object.fromEntries(apps.map((app) => [app, [{ app, ...record }]]));
}

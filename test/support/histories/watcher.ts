/** A watcher of a simulated fleet: looks, judges, repairs, and remembers, as `fleet watch` does. */
import { judge, type Verdict } from '../../../src/compile/heal/judge.ts';
import { type Memory, NO_MEMORY } from '../../../src/compile/heal/memory.ts';
import { noteRepair } from '../../../src/compile/heal/repairs.ts';
import { DEFAULT_HEAL } from '../../../src/compile/heal/settings.ts';
import { appsOn, pulseOf, type Sight } from '../../../src/compile/heal/sight.ts';
import type { Question } from '../../../src/compile/index.ts';
import type { HealOrder } from '../../../src/model/heal.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { HostUp, Observed } from '../../../src/model/observed.ts';
import type { Reach } from '../../../src/model/watch.ts';
import { act, type End, type Fates } from './acting.ts';
import type { FaultyFleet } from './fleet/fleet.ts';
import { type Looked, questionOf } from './on-record.ts';

/** What came of one look: the watcher is cut off, its mind lets the app rest, or how the repair ended. */
export interface Turn {
  readonly verdict: Verdict;
  readonly order?: HealOrder;
  readonly end: Omit<End, 'kind'> & { readonly kind: End['kind'] | 'cut-off' | 'resting' };
}

/** One watcher's life; a new one remembers nothing. */
export class Watcher {
  readonly #fleet: FaultyFleet;
  readonly #inventory: Inventory;
  readonly #app: string;
  readonly #last = new Map<string, HostUp>();
  /** When each host that is silent was first seen so. */
  readonly #silentSince = new Map<string, number>();
  #memory: Memory = NO_MEMORY;
  /** The state of the fleet and the order for which there was nothing to do. */
  #idleFor = '';

  constructor(fleet: FaultyFleet, inventory: Inventory, app: string) {
    this.#fleet = fleet;
    this.#inventory = inventory;
    this.#app = app;
  }

  /** Looks, judges, and does what is to be done. */
  turn(fates: Fates): Turn {
    const observed = this.#look();
    const verdict = judge({ memory: this.#memory, sight: this.#sight(observed), settings: DEFAULT_HEAL });
    this.#memory = verdict.memory;
    const order = verdict.orders[this.#app];
    if (!verdict.isCutOff) this.#noteSilence(observed);
    if (order !== undefined) this.#checkPatience(order);
    if (order === undefined)
      return { verdict, end: { kind: verdict.isCutOff ? 'cut-off' : 'resting', steps: 0, why: '' } };
    return { verdict, order, end: this.#repair(order, observed, fates) };
  }

  #look(): Observed {
    const observed = this.#fleet.observed();
    const hosts = Object.entries(observed.hosts).map(([host, state]): [string, Observed['hosts'][string]] => {
      if (state.reachable) this.#last.set(host, state);
      const before = this.#last.get(host);
      return [host, state.reachable || before === undefined ? state : { ...state, before }];
    });
    return { hosts: Object.fromEntries(hosts), images: {} };
  }

  /** What is seen while the watcher is cut off proves nothing. */
  #noteSilence({ hosts }: Observed): void {
    for (const [host, { reachable }] of Object.entries(hosts)) {
      if (reachable) this.#silentSince.delete(host);
      else if (!this.#silentSince.has(host)) this.#silentSince.set(host, this.#fleet.now);
    }
  }

  /** Nothing starts elsewhere before a host was away for the whole grace. */
  #checkPatience({ absences }: HealOrder): void {
    for (const [host, absence] of Object.entries(absences)) {
      const afterMs = this.#fleet.now - (this.#silentSince.get(host) ?? this.#fleet.now);
      if (absence === 'gone' && afterMs < DEFAULT_HEAL.graceMs)
        throw new Error(`${host} is taken as gone after ${afterMs} ms`);
    }
  }

  #sight({ hosts }: Observed): Sight {
    const { now, ills } = this.#fleet;
    const pulses = Object.fromEntries(Object.entries(hosts).map(([host, state]) => [host, pulseOf(state)]));
    const hung = [...ills].filter(([key, ill]) => ill === 'hung' && this.#isAsked(key)).map(([key]) => key);
    const reaches = Object.keys(hosts).flatMap((host) => this.#reach(host, hosts));
    return { now, lookedAt: now, pulses, observed: hosts, reaches, hung: hung.sort(), apps: appsOn(hosts) };
  }

  /** Only who has a port can be asked anything. */
  #isAsked(key: string): boolean {
    const container = this.#fleet.container(key);
    const isUp = this.#fleet.standing(key.split('/')[0] ?? '') === 'up';
    return isUp && container?.state === 'running' && container.ports.length > 0;
  }

  /** Other hosts try the replicas that a host which is not up reported last, and those that routers lead to. */
  #reach(host: string, observed: Observed['hosts']): Reach[] {
    const fleet = this.#fleet;
    if (fleet.standing(host) === 'up') return [];
    const known = new Set([...this.#reported(host), ...routedTo(host, observed)]);
    const isReached = fleet.hostsThatAre('up').some((from) => fleet.links(from, host));
    // A connection opens to whatever runs, were it hung.
    const answering = [...known].filter((name) => fleet.container(`${host}/${name}`)?.state === 'running');
    return [{ host, asked: known.size, answered: isReached ? answering.length : 0 }];
  }

  #reported(host: string): string[] {
    const containers = this.#last.get(host)?.containers ?? [];
    return containers.filter(({ ports, state }) => ports.length > 0 && state === 'running').map(({ name }) => name);
  }

  /** What is missing comes before what is to be replaced. */
  #repair(order: HealOrder, observed: Observed, fates: Fates): End {
    const state = `${this.#fleet.changes} ${JSON.stringify(order)}`;
    if (state === this.#idleFor) return NOTHING;
    const parts = order.distrusted.length === 0 ? [order] : [{ ...order, distrusted: [] }, order];
    for (const part of parts) {
      const end = this.#apply(part, observed, fates);
      if (end.kind !== 'nothing') return end;
    }
    if (!isWarm(questionOf(this.#looked(observed), { kind: 'heal', order }))) this.#idleFor = state;
    return NOTHING;
  }

  #apply(order: HealOrder, observed: Observed, fates: Fates): End {
    const question = questionOf(this.#looked(observed), { kind: 'heal', order });
    const end: End =
      question === undefined
        ? { kind: 'refused', steps: 0, why: 'nothing is on record' }
        : act(question, this.#fleet, fates);
    const { kind, why, blamed = [] } = end;
    if (kind === 'nothing' || kind === 'killed' || why.startsWith('E_QUORUM')) return end;
    const note = { app: this.#app, order, end: kind, blamed, at: this.#fleet.now };
    this.#memory = noteRepair(this.#memory, note);
    return end;
  }

  #looked(observed: Observed): Looked {
    return { fleet: this.#fleet, inventory: this.#inventory, app: this.#app, observed };
  }
}

const NOTHING: End = { kind: 'nothing', steps: 0, why: '' };

/** Replicas that are kept warm go when their time is over, though nothing else changes. */
function isWarm(question: Question | undefined): boolean {
  return question?.settled?.record.warm !== undefined;
}

function routedTo(host: string, observed: Observed['hosts']): string[] {
  return Object.values(observed).flatMap((state) => {
    if (!state.reachable) return [];
    const { apps, unlinked = {} } = state.router;
    const files = [...Object.values(apps).map(({ services }) => services), ...Object.values(unlinked)];
    const upstreams = files.flatMap((services) => Object.values(services)).flatMap((service) => service.upstreams);
    return upstreams.filter((one) => one.host === host).map(({ container }) => container);
  });
}

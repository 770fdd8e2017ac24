/** The mind of a watcher: all that it knows at the moment, judged whenever something changes. */
import { suspendAbsences } from '../compile/heal/absences.ts';
import { judge, type Verdict } from '../compile/heal/judge.ts';
import { type Memory, NO_MEMORY } from '../compile/heal/memory.ts';
import { noteRepair, type RepairNote } from '../compile/heal/repairs.ts';
import type { HealSettings } from '../compile/heal/settings.ts';
import { appsOn, pulseOf } from '../compile/heal/sight.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Observed } from '../model/observed.ts';
import type { Pulse, Reach } from '../model/watch.ts';
import type { Eyes } from './eyes.ts';
import type { Standings } from './quiet-shell.ts';

/** What a mind is made of. */
export interface MindParts {
  readonly inventory: Inventory;
  readonly settings: HealSettings;
  /** Empty: all that are on the hosts. */
  readonly apps: readonly string[];
  readonly standings: Standings;
  readonly eyes: Eyes;
}

/** Holds what was seen and what is remembered; nothing here waits. */
export class Mind {
  /** Outlives an inventory that is read again. */
  memory: Memory = NO_MEMORY;
  hung: readonly string[] = [];
  readonly #parts: MindParts;
  readonly #reaches = new Map<string, Reach>();
  #hosts: Observed['hosts'] = {};
  #lookedAt = 0;
  #countsFrom = 0;

  constructor(parts: MindParts) {
    this.#parts = parts;
  }

  /** When the last full look began; 0 before the first one. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  /** All hosts, by the last look and by what is known since. */
  get observed(): Observed['hosts'] {
    return this.#parts.eyes.asKnown(this.#hosts);
  }

  /** The apps that are watched. */
  get apps(): readonly string[] {
    const { apps } = this.#parts;
    return apps.length > 0 ? apps : appsOn(this.observed);
  }

  /** Hosts that stand so, sorted. */
  hostsThatAre(kind: 'up' | 'not-up'): string[] {
    const pulses = this.#pulses();
    return Object.keys(pulses)
      .filter((host) => (pulses[host]?.kind === 'up') === (kind === 'up'))
      .sort();
  }

  sawAll(hosts: Observed['hosts'], at: number): void {
    this.#hosts = hosts;
    this.#lookedAt = at;
  }

  sawReach(reach: Reach): void {
    this.#reaches.set(reach.host, reach);
  }

  /** Nobody looked for a while: hosts that are away have not been seen to be. */
  stoodStill(now: number): void {
    this.#countsFrom = now;
    this.memory = { ...this.memory, away: suspendAbsences(this.memory.away, { now, pulses: this.#pulses() }) };
  }

  noteRepair(note: RepairNote): void {
    this.memory = noteRepair(this.memory, note);
  }

  /** Judges this moment, and remembers. */
  judge(now: number): Verdict {
    const { settings } = this.#parts;
    const { observed, apps, hung } = this;
    const sight = {
      now,
      countsFrom: this.#countsFrom,
      lookedAt: this.#lookedAt,
      pulses: this.#pulses(),
      observed,
      apps,
      hung,
    };
    const verdict = judge({ memory: this.memory, sight: { ...sight, reaches: [...this.#reaches.values()] }, settings });
    this.memory = verdict.memory;
    return verdict;
  }

  /** What was felt; where nothing was felt yet, what the look says. */
  #pulses(): Record<string, Pulse> {
    const { inventory, standings } = this.#parts;
    return Object.fromEntries(
      inventory.hosts.map(({ name }) => {
        const state = this.#hosts[name];
        const unknown: Pulse = { kind: 'silent', code: 'E_HOST_UNREACHABLE', message: `${name} was not asked yet` };
        return [name, standings.of(name) ?? (state === undefined ? unknown : pulseOf(state))];
      }),
    );
  }
}

/** Moments of a watcher's life, one after the other, with the memory carried along. */
import { judge, type Verdict } from '../../../src/compile/heal/judge.ts';
import { type Memory, NO_MEMORY } from '../../../src/compile/heal/memory.ts';
import { noteRepair, type RepairNote } from '../../../src/compile/heal/repairs.ts';
import { DEFAULT_HEAL, type HealSettings } from '../../../src/compile/heal/settings.ts';
import type { Sight } from '../../../src/compile/heal/sight.ts';
import type { Container, HostUp } from '../../../src/model/observed.ts';
import type { Report } from '../../../src/model/report.ts';
import type { NoPulse, Pulse } from '../../../src/model/watch.ts';
import { aContainer, hostUp } from '../fake-stages.ts';

export const SILENT: NoPulse = { kind: 'silent', code: 'E_HOST_UNREACHABLE', message: 'no answer' };
export const NO_DOCKER: NoPulse = { kind: 'no-docker', code: 'E_HOST_DOCKER', message: 'the daemon does not run' };

/** A replica of shop. */
export function replica(service: string, slot: number, more: Partial<Container> = {}): Container {
  return aContainer(service, { slot, ...more });
}

/** A watcher of hosts vm1 … vmN; times are counted in milliseconds from its first moment. */
export class Mind {
  memory: Memory = NO_MEMORY;
  readonly told: Report[] = [];
  readonly hosts: Record<string, HostUp> = {};
  readonly pulses: Record<string, Pulse> = {};
  readonly answering = new Set<string>();
  hung: string[] = [];
  apps: string[] = ['shop'];
  lookedAt = 0;
  readonly settings: HealSettings;

  constructor(hosts: number, settings: Partial<HealSettings> = {}) {
    this.settings = { ...DEFAULT_HEAL, ...settings };
    for (let number = 1; number <= hosts; number++) {
      this.hosts[`vm${number}`] = hostUp();
      this.pulses[`vm${number}`] = { kind: 'up' };
    }
  }

  /** Puts these containers on a host, instead of what was there. */
  put(host: string, ...containers: Container[]): this {
    this.hosts[host] = hostUp({ containers });
    return this;
  }

  pulse(host: string, pulse: Pulse | 'up'): this {
    this.pulses[host] = pulse === 'up' ? { kind: 'up' } : pulse;
    return this;
  }

  sight(now: number): Sight {
    const observed = Object.entries(this.hosts).map(([host, before]) => {
      const pulse = this.pulses[host];
      return [host, pulse?.kind === 'up' ? before : { reachable: false as const, ...(pulse ?? SILENT), before }];
    });
    const reaches = [...this.answering].map((host) => ({ host, asked: 2, answered: 2 }));
    const { pulses, hung, apps, lookedAt } = this;
    return { now, lookedAt, pulses: { ...pulses }, observed: Object.fromEntries(observed), reaches, hung, apps };
  }

  /** Judges with a fresh look, and returns the verdict. */
  at(now: number): Verdict {
    this.lookedAt = now;
    return this.judgeAt(now);
  }

  /** Judges with the look of before. */
  judgeAt(now: number): Verdict {
    const verdict = judge({ memory: this.memory, sight: this.sight(now), settings: this.settings });
    this.memory = verdict.memory;
    this.told.push(...verdict.reports);
    return verdict;
  }

  note(note: Omit<RepairNote, 'app' | 'blamed'> & { readonly blamed?: readonly string[] }): void {
    this.memory = noteRepair(this.memory, { app: 'shop', blamed: [], ...note });
  }

  /** Kinds of all reports so far. */
  kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }
}

/** A watched app of one service that is scaled: its record, what is asked of it, and how many replicas there were when. */
import type { ReleaseRecord } from '../../../src/model/observed.ts';
import { countsOf } from '../../../src/model/release.ts';
import type { ScalePolicy, ServiceMetrics } from '../../../src/model/scale.ts';
import type { Stages } from '../../../src/stages.ts';
import { service } from '../compile/worlds.ts';
import { aPlaybook } from '../fake-stages.ts';
import { aPlan } from '../plan-builders.ts';
import { stepOf } from '../plans.ts';
import { startStep, WatchedFleet } from './fleet.ts';

/** How long replicas take to start and to be healthy. */
export const START_MS = 20_000;

/** What all replicas of the service do together at that time: cpus in use, or HTTP requests a second. */
export type Work = (at: number) => { readonly cpus?: number; readonly rate?: number };

/** Cpus that each replica reserves. */
const RESERVED = 0.5;

interface Setup {
  readonly scale: Partial<ScalePolicy>;
  readonly replicas?: number;
  readonly hosts?: number;
  readonly work?: Work;
}

/** The service is `web` of `shop`. Times are milliseconds from the start. */
export class ScaledFleet {
  readonly fleet: WatchedFleet;
  /** "300000 3 -> 12": when the scaling began, and what it asked for. */
  readonly asked: string[] = [];
  /** When the replicas were there, or gone. */
  readonly history: { readonly at: number; readonly replicas: number }[] = [];
  readonly #declared: { readonly name: string; readonly replicas: number };
  #record: Pick<ReleaseRecord, 'replicas' | 'scaled' | 'revision'> = {};

  constructor({ scale, replicas = 3, hosts = 3, work }: Setup) {
    const policy = { upAfterMs: 30_000, downAfterMs: 300_000, windows: [], ...scale };
    const web = service('web', { replicas, ports: ['80'], scale: policy });
    this.#declared = web;
    this.fleet = new WatchedFleet({ hosts, playbook: aPlaybook({ services: [web] }) });
    this.fleet.scalePlan = ({ replicas: wanted }) => {
      const scale = startStep(`scale web=${wanted.web}`);
      const commit = { action: { kind: 'commit' }, needs: [scale.id], undo: [] } as const;
      return aPlan({ steps: [scale, stepOf(`record web=${wanted.web}`, commit)] });
    };
    this.fleet.base.shell.on(/^scale web=/, ({ line }) => {
      this.asked.push(`${this.fleet.now} ${this.current} -> ${numberIn(line)}`);
      return { takesMs: START_MS };
    });
    this.fleet.base.shell.on(/^record web=/, ({ line }) => {
      const { declared } = countsOf(this.#declared, this.#record);
      const { scaled: _, ...rest } = this.#record;
      this.#write({ ...rest, ...(numberIn(line) === declared ? {} : { scaled: { web: numberIn(line) } }) });
      return {};
    });
    if (work !== undefined) this.fleet.stages.readLoads = this.#measuring(work);
  }

  /** The number on record. */
  get current(): number {
    return countsOf(this.#declared, this.#record).current;
  }

  /** `fleet scale web=N`, by a person. */
  ask(replicas: number): void {
    this.#write({ replicas: { web: replicas } });
  }

  #write(record: Pick<ReleaseRecord, 'replicas' | 'scaled'>): void {
    this.#record = { ...record, revision: (this.#record.revision ?? 0) + 1 };
    this.history.push({ at: this.fleet.now, replicas: this.current });
    for (const [name, host] of Object.entries(this.fleet.hosts)) {
      const [first] = host.releases.shop ?? [];
      if (first === undefined) continue;
      const { replicas: _, scaled: __, ...base } = first;
      this.fleet.hosts[name] = { ...host, releases: { shop: [{ ...base, ...this.#record }] } };
    }
  }

  /** Work is shared evenly; cpu is that of replicas which were there at the reading before, since then. */
  #measuring(work: Work): Stages['readLoads'] {
    return async ({ before }) => {
      const { cpus, rate } = work(this.fleet.now);
      const since = before?.vm1?.uptimeMs;
      const web: ServiceMetrics = {
        ...(cpus === undefined || since === undefined ? {} : { cpuShare: (cpus / RESERVED) * this.#partSince(since) }),
        ...(rate === undefined ? {} : { requestsPerSecond: rate }),
      };
      return { loads: { shop: { web } }, usage: { vm1: { uptimeMs: this.fleet.now, cpuMs: {} } } };
    };
  }

  /** The part of the work that an old replica did: more of it before there were others. */
  #partSince(since: number): number {
    const now = 1 / this.current;
    const [before, last] = [this.history.at(-2), this.history.at(-1)];
    if (last === undefined || last.at <= since) return now;
    const old = 1 / (before?.replicas ?? this.#declared.replicas);
    return (old * (last.at - since) + now * (this.fleet.now - last.at)) / (this.fleet.now - since);
  }
}

/** The number in "scale web=12". */
function numberIn(line: string): number {
  return Number(line.split('=')[1]);
}

/** The watcher's scaler: after each look it decides how many replicas each service with `x-fleet.scale` should have. */
import { type AppScale, decideScale, needLoad, noteScale, type Scaling } from '../compile/scale/decide.ts';
import { FleetError } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Loads, Measured } from '../model/load.ts';
import type { Observed } from '../model/observed.ts';
import type { Shell } from '../model/shell.ts';
import { chosenRelease } from '../recorded.ts';
import type { Stages } from '../stages.ts';
import type { Shelf } from './shelf.ts';

/** Requests of so many seconds count: what is shorter is noise. */
const WINDOW_SECONDS = 30;
/** Events bring looks one after the other; what was measured counts for so long. */
const FRESH_MS = 15_000;
/** Cpu over a longer time says nothing of now. */
const STALE_MS = 120_000;

/** What a scaler works with. */
export interface ScalerParts {
  readonly stages: Pick<Stages, 'clock' | 'readLoads' | 'readBody'>;
  readonly shell: Shell;
  readonly inventory: Inventory;
  readonly shelf: Shelf;
}

/** A look at all hosts. */
export interface ScaleLook {
  /** When it began. */
  readonly at: number;
  readonly hosts: Observed['hosts'];
  /** Silent hosts whose replicas answer others. */
  readonly serving: readonly string[];
  readonly apps: readonly string[];
}

interface Reading extends Measured {
  readonly at: number;
  readonly cpuSince: number | undefined;
}

type Known = Awaited<ReturnType<typeof chosenRelease>>;

/** Remembers what was needed of each service, for as long as it decides by that. */
export class Scaler {
  readonly #parts: ScalerParts;
  readonly #memory = new Map<string, AppScale>();
  #reading: Reading | undefined;
  #isDeciding = false;
  #decidedAt = 0;

  constructor(parts: ScalerParts) {
    this.#parts = parts;
  }

  /** What each app needs by that look, once. An app whose release nobody has is not there. */
  async decide(look: ScaleLook): Promise<ReadonlyMap<string, Scaling>> {
    if (this.#isDeciding || look.at === this.#decidedAt) return new Map();
    this.#isDeciding = true;
    this.#decidedAt = look.at;
    try {
      return await this.#decide(look);
    } finally {
      this.#isDeciding = false;
    }
  }

  async #decide(look: ScaleLook): Promise<ReadonlyMap<string, Scaling>> {
    const releases = new Map<string, Known>();
    for (const app of look.apps) {
      const known = await this.#release(app, look);
      if (known?.body.playbook.services.some(({ scale }) => scale !== undefined)) releases.set(app, known);
    }
    const measured = [...releases].filter(([, { body }]) => needLoad(body.playbook.services)).map(([app]) => app);
    const reading = measured.length === 0 ? undefined : await this.#measure(look, measured);
    return this.#decideAll(look.at, releases, reading);
  }

  /** Remembers how a change of these services ended. */
  note(app: string, services: readonly string[], end: 'done' | 'failed'): void {
    const at = this.#parts.stages.clock.now();
    this.#memory.set(app, noteScale(this.#memory.get(app) ?? {}, { services, end, at }));
  }

  #decideAll(now: number, releases: ReadonlyMap<string, Known>, reading: Reading | undefined): Map<string, Scaling> {
    const decided = new Map<string, Scaling>();
    for (const [app, { record, body }] of releases) {
      const { services } = body.playbook;
      const load: Loads[string] = reading?.loads[app] ?? {};
      const memory = this.#memory.get(app) ?? {};
      decided.set(app, decideScale({ services, record, now, load, cpuSince: reading?.cpuSince, memory }));
    }
    this.#memory.clear();
    for (const [app, { memory }] of decided) this.#memory.set(app, memory);
    return decided;
  }

  /** What keeps the app from being repaired is told there. */
  async #release(app: string, { hosts }: ScaleLook): Promise<Known | undefined> {
    const { stages, shell, inventory, shelf } = this.#parts;
    const wanted = { inventory, app, change: { kind: 'scale', replicas: {} }, bodies: shelf.of(app) } as const;
    try {
      return await chosenRelease({ shell, stages }, wanted, { hosts, images: {} });
    } catch (error) {
      if (error instanceof FleetError) return undefined;
      throw error;
    }
  }

  async #measure({ hosts, serving }: ScaleLook, apps: readonly string[]): Promise<Reading> {
    const { stages, shell, inventory } = this.#parts;
    const at = stages.clock.now();
    const last = this.#reading;
    if (last !== undefined && at - last.at < FRESH_MS) return last;
    const before = last !== undefined && at - last.at < STALE_MS ? last : undefined;
    const asked = inventory.hosts
      .map(({ name }) => name)
      .filter((name) => hosts[name]?.reachable || serving.includes(name));
    const question = { shell, inventory, observed: hosts, apps, hosts: asked, windowSeconds: WINDOW_SECONDS };
    const measured = await stages.readLoads(before === undefined ? question : { ...question, before: before.usage });
    this.#reading = { ...measured, at, cpuSince: before?.at };
    return this.#reading;
  }
}

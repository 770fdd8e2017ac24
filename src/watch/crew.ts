/** The workers of all apps: each app has its own, and none waits for another. */
import type { HealOrder } from '../model/heal.ts';
import type { Worker } from './worker.ts';

/** Hires a worker when an app is first seen, and lets it go when the app is gone. */
export class Crew {
  readonly #workers = new Map<string, Worker>();
  readonly #hire: (app: string) => Worker;

  constructor(hire: (app: string) => Worker) {
    this.#hire = hire;
  }

  /** Gives every app its order; an app without one is left alone. */
  give(apps: readonly string[], orders: Readonly<Record<string, HealOrder>>): void {
    for (const [app, worker] of this.#workers) {
      if (!apps.includes(app) && !worker.isBusy) this.#workers.delete(app);
    }
    for (const app of apps) {
      const worker = this.#workers.get(app) ?? this.#hire(app);
      this.#workers.set(app, worker);
      worker.want(orders[app]);
    }
  }

  /** The app's worker; undefined before its first order. */
  of(app: string): Worker | undefined {
    return this.#workers.get(app);
  }

  /** True while something is done for the app. */
  isBusy(app: string): boolean {
    return this.#workers.get(app)?.isBusy === true;
  }

  /** All finish what is in flight. */
  async leave(stopNow: AbortSignal): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.leave(stopNow)));
  }
}

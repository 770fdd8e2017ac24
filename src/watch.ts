/** fleet watch: one session after the other, a new one whenever the inventory is read again. */
import type { Memory } from './compile/heal/memory.ts';
import type { HealSettings } from './compile/heal/settings.ts';
import { canonicalJson } from './model/digest.ts';
import type { Inventory } from './model/inventory.ts';
import type { News, Report, Tell } from './model/report.ts';
import { problemsOf } from './report/index.ts';
import type { Files, Stages } from './stages.ts';
import { type Channel, Notifier } from './watch/notify.ts';
import { runSession } from './watch/session.ts';

/** What is watched, and how. */
export interface WatchRequest {
  /** Only the inventory is read. */
  readonly files: Files;
  /** Empty: all apps that are on the hosts. */
  readonly apps: readonly string[];
  readonly settings: HealSettings;
  /** Between two full looks when nothing happens. */
  readonly everyMs: number;
  /** ann@laptop */
  readonly by: string;
  readonly channels: readonly Channel[];
  /** Ends it: what is in flight is finished. */
  readonly signal: AbortSignal;
  readonly stopNow: AbortSignal;
  /** Calls back when the inventory is to be read again; returns how to stop listening. */
  readonly onReload: (listener: () => void) => () => void;
}

/**
 * Watches until the signal aborts.
 *
 *     session --inventory is another one--> what is in flight ends --> next session, with the memory of the last
 *        | signal
 *        v
 *     what is in flight ends --> ended
 *
 * Throws FleetErrors only for an inventory that can not be read at the start.
 */
export async function watch(request: WatchRequest, stages: Stages, tell: Tell): Promise<void> {
  const notifiers = request.channels.map((channel) => new Notifier(channel, stages.clock, (one) => tellAll(one)));
  const tellAll = (report: Report): void => {
    tell(report);
    for (const notifier of notifiers) notifier.notify(report);
  };
  const tellNow = (news: News): void => tellAll({ at: stages.clock.now(), ...news });
  let inventory = await stages.loadInventory(request.files);
  let memory: Memory | undefined;
  let greet = (apps: readonly string[]): News => ({ kind: 'watch-started', hosts: inventory.hosts.length, apps });
  while (!request.signal.aborted) {
    const turn = new Turn({ request, stages, inventory, tell: tellNow });
    try {
      const session = { ...request, inventory, greet, tell: tellAll, signal: turn.signal };
      memory = await runSession({ ...session, ...(memory === undefined ? {} : { memory }) }, stages);
    } finally {
      turn.end();
    }
    inventory = turn.next;
    greet = () => ({ kind: 'reloaded', hosts: inventory.hosts.length });
  }
  tellNow({ kind: 'watch-ended' });
  await Promise.all(notifiers.map((notifier) => notifier.end()));
}

interface TurnParts {
  readonly request: WatchRequest;
  readonly stages: Stages;
  readonly inventory: Inventory;
  readonly tell: (news: News) => void;
}

/** Listens for what ends a session: the request's signal, or another inventory. */
class Turn {
  next: Inventory;
  readonly #over = new AbortController();
  readonly #stop: () => void;
  readonly #unfollow: () => void;

  constructor({ request, stages, inventory, tell }: TurnParts) {
    this.next = inventory;
    this.#stop = () => this.#over.abort();
    if (request.signal.aborted) this.#stop();
    request.signal.addEventListener('abort', this.#stop);
    const unfollow = request.onReload(() => {
      stages.loadInventory(request.files).then(
        (fresh) => this.#loaded(fresh, tell),
        (error: unknown) => tell({ kind: 'reload-failed', message: messageOf(error) }),
      );
    });
    this.#unfollow = () => {
      unfollow();
      request.signal.removeEventListener('abort', this.#stop);
    };
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#unfollow();
  }

  #loaded(fresh: Inventory, tell: (news: News) => void): void {
    if (canonicalJson(fresh) === canonicalJson(this.next)) {
      tell({ kind: 'reloaded', hosts: fresh.hosts.length });
      return;
    }
    this.next = fresh;
    this.#stop();
  }
}

function messageOf(error: unknown): string {
  const problems = problemsOf(error);
  if (problems !== undefined) return problems.map(({ message }) => message).join('; ');
  return error instanceof Error ? error.message : String(error);
}

export { DEFAULT_HEAL, type HealSettings } from './compile/heal/settings.ts';
export { type AppEnd, heal } from './watch/heal.ts';
export type { Channel } from './watch/notify.ts';
export { webhook } from './watch/webhook.ts';

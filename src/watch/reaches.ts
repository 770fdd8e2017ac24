/** Silent hosts: before one counts as lost, and every so often after that, other hosts are asked for its replicas. */
import type { Clock } from '../model/shell.ts';
import type { Pulse, Reach } from '../model/watch.ts';

/** How often it is asked again. */
const EVERY_MS = 2000;

/** What is done with answers. */
export interface Reached {
  /** Asks other hosts. Never rejects. */
  readonly ask: (silent: readonly string[]) => Promise<readonly Reach[]>;
  readonly onReach: (reach: Reach) => void;
  /** A host is not up, and now it is known whether its replicas answer. */
  readonly onLost: (host: string, pulse: Pulse) => void;
  readonly onEnd: () => void;
}

/** One round of questions at a time; a host that becomes silent meanwhile has its own right after it. */
export class Reaches {
  readonly #clock: Clock;
  readonly #reached: Reached;
  /** Hosts that do not count as lost yet, with their newest pulse. */
  readonly #pending = new Map<string, Pulse>();
  #isUnderWay = false;
  #askedAt = 0;

  constructor(clock: Clock, reached: Reached) {
    this.#clock = clock;
    this.#reached = reached;
  }

  /** When to ask for these hosts again; never while it is asked, and not for nobody. */
  dueAt(silent: readonly string[]): number {
    if (this.#isUnderWay || silent.length + this.#pending.size === 0) return Number.POSITIVE_INFINITY;
    return this.#pending.size > 0 ? this.#clock.now() : this.#askedAt + EVERY_MS;
  }

  /** A host is not up any more. */
  lost(host: string, pulse: Pulse): void {
    this.#pending.set(host, pulse);
  }

  /** It is. */
  back(host: string): void {
    this.#pending.delete(host);
  }

  /** Asks for these hosts and for those that have become silent. */
  async go(silent: readonly string[]): Promise<void> {
    const asked = new Map(this.#pending);
    this.#isUnderWay = true;
    this.#askedAt = this.#clock.now();
    try {
      const hosts = [...new Set([...silent, ...asked.keys()])].sort();
      const reaches = await this.#reached.ask(hosts);
      for (const host of hosts) {
        this.#reached.onReach(reaches.find((reach) => reach.host === host) ?? { host, asked: 0, answered: 0 });
      }
      for (const [host, pulse] of asked) {
        if (this.#pending.get(host) !== pulse) continue;
        this.#pending.delete(host);
        this.#reached.onLost(host, pulse);
      }
    } finally {
      this.#isUnderWay = false;
      this.#reached.onEnd();
    }
  }
}

/** A shell that does not wait for hosts that are known to be lost: what is asked of them fails at once. */
import { FleetError } from '../model/error.ts';
import type { RunOptions, Shell } from '../model/shell.ts';
import type { Pulse } from '../model/watch.ts';

/** Which hosts are not asked: those that nothing reaches, or also those that have no Docker. */
export type Refusal = 'silent' | 'not-up';

/** Knows how hosts stand, and ends what waits for one that is lost. */
export class Standings {
  readonly #pulses = new Map<string, Pulse>();
  /** By host: what looks whether it must end. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** The pulse of the host, if it is known yet. */
  of(host: string): Pulse | undefined {
    return this.#pulses.get(host);
  }

  set(host: string, pulse: Pulse): void {
    this.#pulses.set(host, pulse);
    for (const check of this.#waiting.get(host) ?? []) check();
  }

  /** Rejects as the connection itself would, only sooner: at once, or when the host is lost before the work has ended. */
  async whileThere<T>(host: string, refusal: Refusal, work: () => Promise<T>): Promise<T> {
    const before = this.#refused(host, refusal);
    if (before !== undefined) throw before;
    const checks = this.#waiting.get(host) ?? new Set();
    this.#waiting.set(host, checks);
    let check = (): void => undefined;
    const lost = new Promise<never>((_, reject) => {
      check = () => {
        const error = this.#refused(host, refusal);
        if (error !== undefined) reject(error);
      };
      checks.add(check);
    });
    try {
      return await Promise.race([work(), lost]);
    } finally {
      checks.delete(check);
    }
  }

  #refused(host: string, refusal: Refusal): FleetError | undefined {
    const pulse = this.#pulses.get(host);
    if (pulse === undefined || pulse.kind === 'up') return undefined;
    if (pulse.kind === 'no-docker' && refusal === 'silent') return undefined;
    return new FleetError(pulse.code, pulse.message);
  }
}

/** The shell with what is known of the hosts. Closing it closes nothing: the connections are shared. */
export function quietShell(shell: Shell, standings: Standings, refusal: Refusal): Shell {
  return {
    connect: (host) => standings.whileThere(host, refusal, () => shell.connect(host)),
    run: (host: string, line: string, options: RunOptions) =>
      standings.whileThere(host, refusal, () => shell.run(host, line, options)),
    dial: (host, address, port, timeoutMs) =>
      standings.whileThere(host, refusal, () => shell.dial(host, address, port, timeoutMs)),
    connectSocket: (host, path, timeoutMs) =>
      standings.whileThere(host, refusal, () => shell.connectSocket(host, path, timeoutMs)),
    reset: (host) => shell.reset(host),
    close: async () => undefined,
  };
}

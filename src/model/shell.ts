/** The port through which everything reaches a host. `ssh/` is the real one; tests have a fake. */
import type { Duplex } from 'node:stream';

/** How a command ended. */
export interface CommandResult {
  /** Exit code; -1 when it ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly stdin?: Uint8Array;
  /** Limit for all of it: opening the channel, running, reading. Then FleetError E_TIMEOUT. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with output as it comes; the result then has it too. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: string) => void;
  /** How much of the end of each output the result has; for commands that talk for hours. Default: 8 MiB. */
  readonly keepBytes?: number;
}

/**
 * Runs lines on hosts by name. A command that ends with a code other than 0 is a result; a host that can not be
 * reached is a FleetError whose code starts with E_HOST_ or E_SSH_ (see error-codes.ts). Both never hang.
 */
export interface Shell {
  /**
   * Resolves when the host is logged in: limits of what follows then count for the host alone, not for the logins before
   * its own. Rejects as `run` does.
   */
  connect(host: string): Promise<void>;
  run(host: string, line: string, options: RunOptions): Promise<CommandResult>;
  /** A connection from the host to address:port (its own network path). Rejects with FleetError E_DIAL. */
  dial(host: string, address: string, port: number, timeoutMs: number): Promise<Duplex>;
  /**
   * A stream to a unix socket on the host. `timeoutMs` is for all of it, logging in too. Rejects with FleetError E_DIAL
   * when sshd answers and forbids it or nothing listens there (it says the same of both), E_TIMEOUT when nothing answers
   * in time, E_HOST_… and E_SSH_AUTH as `run` does.
   */
  connectSocket(host: string, path: string, timeoutMs: number): Promise<Duplex>;
  /**
   * Drops the connection to a host, or the attempt at one: it may lead nowhere since a power loss. What runs on it
   * rejects at once with E_HOST_UNREACHABLE; the next use connects anew. An attempt that waits for its turn stays.
   */
  reset(host: string): void;
  close(): Promise<void>;
}

/** Time, as an argument: the real one in main.ts, a made one in tests. */
export interface Clock {
  now(): number;
  /** Resolves after ms, or rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

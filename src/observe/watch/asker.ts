/** Hosts that ask others in our name, and whether it was the asking host that could not be reached. */
import type { Duplex } from 'node:stream';
import PQueue from 'p-queue';
import type { Shell } from '../../model/shell.ts';

/** Connections that are being opened at one time, over all hosts. */
const AT_ONCE = 32;

/** Limit for the question whether the asking host itself is there. */
const ALIVE_MS = 2_000;

/** One address asked through a host. */
export interface Way {
  /** The host that asks. */
  readonly from: string;
  readonly address: string;
  readonly port: number;
}

/** What came of one question. "unknown": nobody was there to ask it. */
export type Said = 'answer' | 'silence' | 'unknown';

/** What is done with a connection that opened: whether that was an answer. */
type Use = (stream: Duplex, signal: AbortSignal) => Promise<boolean>;

/** What one round of questions is asked through. */
export class Askers {
  readonly #shell: Shell;
  readonly #queue = new PQueue({ concurrency: AT_ONCE });
  readonly #alive = new Map<string, Promise<boolean>>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /**
   * Opens a connection and hands it to `use`, which says whether that was an answer. "unknown" when there was none and
   * the asking host can not be reached either: then nothing is known of the address.
   */
  async ask(way: Way, timeoutMs: number, use: Use): Promise<Said> {
    const isAnswer = await this.#queue.add(() =>
      within(timeoutMs, async (signal) => {
        const stream = await this.#shell.dial(way.from, way.address, way.port, timeoutMs);
        stream.on('error', () => undefined);
        try {
          return await orFalse(use(stream, signal), signal);
        } finally {
          stream.destroy();
        }
      }),
    );
    if (isAnswer === true) return 'answer';
    return (await this.#isAlive(way.from)) ? 'silence' : 'unknown';
  }

  /** Once a round and host, and only where something did not answer. */
  #isAlive(host: string): Promise<boolean> {
    const known = this.#alive.get(host) ?? this.#askAlive(host);
    this.#alive.set(host, known);
    return known;
  }

  #askAlive(host: string): Promise<boolean> {
    return within(ALIVE_MS, async (signal) => {
      await this.#shell.run(host, ':', { timeoutMs: ALIVE_MS, signal });
      return true;
    });
  }
}

/** What the work says, or false when it fails or takes longer; the work then goes on to its own limit. */
async function within(ms: number, work: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await orFalse(work(controller.signal), controller.signal);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** The outcome of the work, or false as soon as the signal aborts. */
function orFalse(work: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
    work.then(resolve, reject);
  });
}

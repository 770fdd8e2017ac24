/** A link: the one shared connection to a hop, opened when it is first needed and again after it was lost. */
import type { Duplex } from 'node:stream';
import PQueue from 'p-queue';
import type { Client } from 'ssh2';
import { FleetError } from '../model/error.ts';
import { login, Throttled } from './handshake.ts';
import { formatHop, type Hop, jumpOf, sshCommand } from './hop.ts';
import type { KeySource } from './identity.ts';
import type { Limits } from './limits.ts';
import { openSocket, unreachable } from './socket.ts';
import { orAborted, pause } from './waiting.ts';

/** What all links of a shell share. */
export interface LinkContext {
  readonly keys: KeySource;
  readonly limits: Limits;
  /** Bounds the handshakes of all links together. */
  readonly handshakes: PQueue;
  readonly now: () => number;
  /** A raw connection from a jump host; the jump's own link is shared by all hops behind it. */
  readonly dialThrough: (jump: Hop, hop: Hop) => Promise<Duplex>;
}

/** Refusals that another attempt can only make worse. */
const FINAL = /^E_(SSH_AUTH|HOST_KEY_)/;

/** Owns the connection of one hop, and the queue of the commands on it. */
export class Link {
  readonly hop: Hop;
  /** Commands on this connection, at most `limits.sessions` at one time. */
  readonly sessions: PQueue;
  readonly #context: LinkContext;
  #client: Promise<Client> | undefined;
  #refusal: { readonly error: FleetError; readonly at: number } | undefined;
  #connected: Client | undefined;
  #attempt = new AbortController();
  #closed = false;

  constructor(hop: Hop, context: LinkContext) {
    this.hop = hop;
    this.#context = context;
    this.sessions = new PQueue({ concurrency: context.limits.sessions });
  }

  /** The client, connected. Callers at the same time share one attempt. Throws FleetError E_HOST_… or E_SSH_AUTH. */
  async client(): Promise<Client> {
    if (this.#closed) throw new FleetError('E_HOST_UNREACHABLE', `${formatHop(this.hop)}: the connection is closed`);
    const refusal = this.#refusal;
    if (refusal !== undefined && this.#context.now() - refusal.at < this.#context.limits.refusedMs) throw refusal.error;
    this.#client ??= this.#open();
    return this.#client;
  }

  /** Takes the client for lost: the next command connects anew. */
  forget(client: Client): void {
    if (this.#connected !== client) return;
    this.#connected = undefined;
    this.#client = undefined;
  }

  /** Drops the connection and the attempt at one without a word to the other side; what waits for them is rejected. */
  reset(): void {
    const client = this.#connected;
    this.#connected = undefined;
    this.#client = undefined;
    this.#attempt.abort(unreachable(this.hop, new Error('given up')));
    client?.destroy();
  }

  /** Ends the connection; what runs on it is rejected. Resolves when it is gone, or after a second. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#attempt.abort(unreachable(this.hop, new Error('given up')));
    const client = this.#connected;
    if (client === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        client.destroy();
        resolve();
      }, 1000);
      client.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      client.end();
    });
  }

  async #open(): Promise<Client> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    try {
      const client = await orAborted(this.#connect(attempt.signal), attempt.signal);
      this.#connected = client;
      client.once('close', () => this.forget(client));
      client.once('end', () => this.forget(client));
      return client;
    } catch (error) {
      if (this.#attempt === attempt) this.#client = undefined;
      if (error instanceof FleetError && FINAL.test(error.code)) this.#refusal = { error, at: this.#context.now() };
      throw error;
    }
  }

  async #connect(signal: AbortSignal): Promise<Client> {
    const { limits } = this.#context;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#logIn(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Throttled)) throw error;
        if (attempt + 1 >= limits.connectAttempts) throw throttled(this.hop, attempt + 1, error);
        await pause(attempt, limits.backoffMs * 4);
      }
    }
  }

  async #logIn(signal: AbortSignal): Promise<Client> {
    const { handshakes, keys, limits, dialThrough } = this.#context;
    const jump = jumpOf(this.hop);
    const socket =
      jump === undefined ? await openSocket(this.hop, limits.connectMs, signal) : await dialThrough(jump, this.hop);
    return new Promise((resolve, reject) => {
      const place = handshakes.add(async () => {
        const attempt = login(this.hop, socket, keys, limits);
        const abort = () => socket.destroy();
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
        attempt.then(resolve, reject);
        await atMost(limits.handshakePlaceMs, attempt);
      });
      place.catch(reject);
    });
  }
}

/** Resolves when the work ends in any way, or after so many milliseconds. */
function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}

function throttled(hop: Hop, attempts: number, cause: Throttled): FleetError {
  return new FleetError(
    'E_HOST_UNREACHABLE',
    `${formatHop(hop)} closed the connection before its greeting, ${attempts} times in a row`,
    {
      cause,
      hint: `too many logins there (MaxStartups, or a penalty for failed ones): wait, then ${sshCommand(hop, '-v')}`,
    },
  );
}

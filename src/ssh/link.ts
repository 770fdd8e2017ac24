/** A link: the one shared connection to a hop, opened when it is first needed and again after it was lost. */
import PQueue from 'p-queue';
import type { Client } from 'ssh2';
import { FleetError } from '../model/error.ts';
import type { Credentials } from './credentials.ts';
import { login, Throttled } from './handshake.ts';
import { formatHop, type Hop, jumpOf, sshCommand } from './hop.ts';
import type { Limits } from './limits.ts';
import { openSocket, unreachable } from './socket.ts';
import { orAborted, pause } from './waiting.ts';
import { type Wire, whileHeard } from './wire.ts';

/** What all links of a shell share. */
export interface LinkContext {
  readonly credentials: Credentials;
  readonly limits: Limits;
  /** Bounds the handshakes of all links together. */
  readonly handshakes: PQueue;
  readonly now: () => number;
  /** Resolves when the jump host is logged in; its link is shared by all hops behind it. */
  readonly reach: (jump: Hop) => Promise<unknown>;
  /** A raw connection from a jump host. */
  readonly dialThrough: (jump: Hop, hop: Hop) => Promise<Wire>;
}

/** Refusals that another attempt can only make worse. */
const FINAL = /^E_(SSH_AUTH|HOST_KEY_)/;

/** One way to a connection, with its repetitions. */
interface Attempt {
  readonly controller: AbortController;
  /** For its turn: nothing was asked of the host yet. */
  waits: boolean;
}

/** Owns the connection of one hop, and the queue of the commands on it. */
export class Link {
  readonly hop: Hop;
  /** Commands on this connection, at most `limits.sessions` at one time. */
  readonly sessions: PQueue;
  readonly #context: LinkContext;
  #client: Promise<Client> | undefined;
  #refusal: { readonly error: FleetError; readonly at: number } | undefined;
  #connected: Client | undefined;
  #attempt: Attempt = { controller: new AbortController(), waits: false };
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

  /**
   * Drops the connection and the attempt at one without a word to the other side; what waits for them is rejected. A
   * login that waits for its turn stays: it leads nowhere yet, and thousands would lose theirs again and again.
   */
  reset(): void {
    if (this.#attempt.waits) return;
    const client = this.#connected;
    this.#connected = undefined;
    this.#client = undefined;
    this.#attempt.controller.abort(unreachable(this.hop, new Error('given up')));
    client?.destroy();
  }

  /** Ends the connection; what runs on it is rejected. Resolves when it is gone, or after a second. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#attempt.controller.abort(unreachable(this.hop, new Error('given up')));
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
    const attempt = { controller: new AbortController(), waits: false };
    this.#attempt = attempt;
    try {
      const client = await orAborted(this.#connect(attempt), attempt.controller.signal);
      this.#connected = client;
      client.once('close', () => this.forget(client));
      client.once('end', () => this.forget(client));
      return client;
    } catch (error) {
      attempt.waits = false;
      if (this.#attempt === attempt) this.#client = undefined;
      if (error instanceof FleetError && FINAL.test(error.code)) this.#refusal = { error, at: this.#context.now() };
      throw error;
    }
  }

  async #connect(attempt: Attempt): Promise<Client> {
    const { limits } = this.#context;
    const { signal } = attempt.controller;
    for (let count = 0; ; count += 1) {
      try {
        return await this.#logIn(attempt);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Throttled)) throw error;
        if (count + 1 >= limits.connectAttempts) throw throttled(this.hop, count + 1, error);
        await pause(count, limits.backoffMs * 4);
      }
    }
  }

  async #logIn(own: Attempt): Promise<Client> {
    const { signal } = own.controller;
    const { credentials, handshakes, limits, reach } = this.#context;
    // Before there are connections: where they take the last file that may be open, no key could be read any more.
    await credentials.read(this.hop);
    const jump = jumpOf(this.hop);
    // A jump host takes a place of its own, and must not wait for those that wait for it.
    if (jump !== undefined) await reach(jump);
    own.waits = true;
    return new Promise((resolve, reject) => {
      const place = handshakes.add(() => {
        own.waits = false;
        const state: { wire?: Wire } = {};
        const attempt = this.#handshake(jump, signal, state);
        attempt.then(resolve, reject);
        return whileHeard(() => state.wire?.bytesRead ?? 0, attempt, limits.handshakeQuietMs);
      });
      place.catch(reject);
    });
  }

  async #handshake(jump: Hop | undefined, signal: AbortSignal, state: { wire?: Wire }): Promise<Client> {
    const { credentials, limits, dialThrough } = this.#context;
    signal.throwIfAborted();
    const wire =
      jump === undefined ? await openSocket(this.hop, limits.connectMs, signal) : await dialThrough(jump, this.hop);
    state.wire = wire;
    const abort = () => wire.destroy();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    return login(this.hop, wire, credentials, limits);
  }
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

/** Docker's Engine API on a host, through its socket and the SSH connection that is there anyway. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { FleetError } from '../../model/error.ts';
import type { Shell } from '../../model/shell.ts';

/** Where Docker listens. A rootless Docker listens elsewhere: there the docker command is the way. */
export const DOCKER_SOCKET = '/var/run/docker.sock';

/** Limit for the way to the socket, logging in too; who asks may give up sooner, or grant more. */
export const CONNECT_MS = 4_000;

/** More of an answer than this is not read: no answer to a small question is longer. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** What differs where more hosts log in than can at one time. */
export interface EngineLimits {
  /** For the way to the socket; default CONNECT_MS. */
  readonly connectMs?: number;
}

/** How far a question came: not to Docker yet, or over a stream that was just opened, or over one kept from before. */
export type Stage = 'connecting' | 'fresh' | 'kept';

/** A question that got no answer of HTTP: given up by its signal ("late"), or cut off ("broken"). */
export class Unanswered extends Error {
  readonly stage: Stage;
  readonly how: 'late' | 'broken';

  constructor(stage: Stage, how: 'late' | 'broken', message: string) {
    super(message);
    this.stage = stage;
    this.how = how;
  }
}

/** An answer, complete. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks Docker on one host. One stream is kept between questions: a question over it costs a millisecond. */
export class Engine {
  readonly #agent: Agent;

  constructor(shell: Shell, host: string, limits: EngineLimits = {}) {
    const connect = (_options: unknown, done: (error: unknown, socket?: Duplex) => void) => {
      shell.connectSocket(host, DOCKER_SOCKET, limits.connectMs ?? CONNECT_MS).then(
        (socket) => {
          socket.on('error', () => undefined);
          done(null, socket);
        },
        (error: unknown) => done(error),
      );
    };
    this.#agent = Object.assign(new Agent({ keepAlive: true, maxFreeSockets: 1 }), { createConnection: connect });
  }

  /** GET. Rejects with Unanswered, also as soon as the signal aborts, or with the FleetError of Shell.connectSocket. */
  async get(path: string, signal: AbortSignal): Promise<EngineAnswer> {
    const response = await this.stream(path, signal);
    return { status: response.statusCode ?? 0, body: await bodyOf(response, signal) };
  }

  /** GET whose answer is read by the caller, who ends it by destroying it. Rejects as `get` does. */
  stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request({ agent: this.#agent, path, headers: { host: 'docker' } });
      const stage = stageOf(asked);
      const abort = () => {
        reject(new Unanswered(stage(), 'late', 'no answer in time'));
        asked.destroy();
      };
      asked.once('response', (response) => {
        signal.removeEventListener('abort', abort);
        resolve(response);
      });
      asked.on('error', (error) => {
        signal.removeEventListener('abort', abort);
        reject(stage() === 'connecting' ? error : new Unanswered(stage(), 'broken', error.message));
      });
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      asked.end();
    });
  }

  /** Lets go of the stream; the next question opens another one. */
  close(): void {
    this.#agent.destroy();
  }
}

/** True for what may happen to a host and its connection; any other error is a bug of ours. */
export function isHostTrouble(error: unknown): error is FleetError {
  return error instanceof FleetError && /^E_(HOST_|SSH_|TIMEOUT$)/.test(error.code);
}

function stageOf(asked: ClientRequest): () => Stage {
  let stage: Stage = 'connecting';
  asked.once('socket', () => {
    stage = asked.reusedSocket ? 'kept' : 'fresh';
  });
  return () => stage;
}

function bodyOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => {
      reject(new Unanswered('fresh', 'late', 'the answer did not end in time'));
      response.destroy();
    };
    response.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
      if (body.length > BODY_LIMIT_BYTES) response.destroy(new Error('the answer is too long'));
    });
    response.once('end', () => end(() => resolve(body)));
    response.on('error', (error) => end(() => reject(new Unanswered('fresh', 'broken', error.message))));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}

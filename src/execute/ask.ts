/** One question to one address, through a connection that a host opened: does it answer well? */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { FleetError } from '../model/error.ts';
import { follow } from '../model/follow.ts';
import { USER_AGENT } from '../model/labels.ts';
import type { ProbeTarget } from '../model/plan.ts';
import type { Shell } from '../model/shell.ts';

/** What came back; `why` is for people: "HTTP 500". */
export type Reply = { readonly good: true } | { readonly good: false; readonly why: string };

type Http = NonNullable<ProbeTarget['http']>;

/** More of a body than this is not read: no status text is longer. */
const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * Asks once, within `attemptMs`. A refused connection, a bad status or a wrong body is a reply; only a host that can
 * not be reached at all throws (E_HOST_…, E_SSH_…).
 */
export async function ask(shell: Shell, host: string, target: ProbeTarget, limit: AskLimit): Promise<Reply> {
  // Not AbortSignal.timeout(): it can not be called off, and goes off seconds after each of many thousand answers.
  const over = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    over.abort();
  }, limit.attemptMs);
  const letGo = follow(over, limit.signal);
  let socket: Duplex | undefined;
  try {
    socket = await shell.dial(host, target.address, target.port, limit.attemptMs);
    if (target.http === undefined) return { good: true };
    return await askHttp(target, target.http, socket, over.signal);
  } catch (error) {
    if (error instanceof FleetError && isHostLost(error)) throw error;
    return { good: false, why: isLate ? `no answer within ${limit.attemptMs} ms` : messageOf(error) };
  } finally {
    socket?.destroy();
    clearTimeout(timer);
    letGo();
  }
}

/** How long an answer may take, and what makes the question moot. */
export interface AskLimit {
  readonly attemptMs: number;
  readonly signal: AbortSignal;
}

/** True when the host itself, and not the address behind it, can not be reached. */
export function isHostLost(problem: { readonly code: string }): boolean {
  return /^E_(HOST|SSH)_/.test(problem.code) && problem.code !== 'E_HOST_DOCKER';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function askHttp(target: ProbeTarget, http: Http, socket: Duplex, signal: AbortSignal): Promise<Reply> {
  const host = http.host ?? `${target.address}:${target.port}`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({
      createConnection: () => (http.tls ? encrypted(socket, http.host) : socket),
      path: http.path,
      headers: { host, 'user-agent': USER_AGENT, connection: 'close' },
      setHost: false,
      signal,
    });
    asked.once('response', resolve);
    asked.on('error', reject);
    asked.end();
  });
  const body = await bodyOf(response);
  return judge(response.statusCode ?? 0, body, http);
}

/** Our own edge answers here, and a certificate about to be replaced must not fail a deploy: any is accepted. */
function encrypted(socket: Duplex, host: string | undefined): Duplex {
  const name = host?.replace(/:\d+$/, '');
  const servername = name === undefined || isIP(name) !== 0 ? {} : { servername: name };
  return connect({ socket, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...servername });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString().trim();
}

function judge(status: number, body: string, http: Http): Reply {
  const [lowest, highest] = http.status;
  if (status < lowest || status > highest) return { good: false, why: `HTTP ${status}` };
  if (http.body === undefined || http.body === body) return { good: true };
  return { good: false, why: `HTTP ${status} "${body.slice(0, 80)}", wanted "${http.body.slice(0, 80)}"` };
}

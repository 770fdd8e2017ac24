/** HTTP to a registry, from this machine or through a host, with a limit on time and size. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

/** Opens a connection to an address; the registry's own network path, or a host's. */
export type Dial = (address: string, port: number, timeoutMs: number) => Promise<Duplex>;

/** An answer, complete. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** How a request is sent. */
export interface Request {
  readonly dial: Dial;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** "any" accepts every certificate, as Docker does for registries that it is told are insecure. */
  readonly certificates: 'checked' | 'any';
}

/** More than any manifest or image configuration has. */
const MAX_BYTES = 8 * 1024 * 1024;

/** GET, following up to four redirects; credentials do not follow to another origin. Rejects with Error. */
export async function get(url: URL, how: Request): Promise<Answer> {
  const { authorization: _secret, ...open } = how.headers;
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const headers = at.origin === url.origin ? how.headers : open;
    const answer = await getOnce(at, { ...how, headers });
    const location = answer.headers.location;
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
    if (redirects === 4) throw new Error('too many redirects');
    at = new URL(location, at);
  }
}

/** Straight from this machine. */
export const dialDirectly: Dial = (address, port, timeoutMs) =>
  new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address, port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });

async function getOnce(url: URL, how: Request): Promise<Answer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const until = Date.now() + how.timeoutMs;
  const raw = await how.dial(host, url.port === '' ? (isTls ? 443 : 80) : Number(url.port), how.timeoutMs);
  const leftMs = Math.max(1, until - Date.now());
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error(`no answer in ${how.timeoutMs} ms`)), leftMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      raw.destroy();
      reject(error);
    };
    raw.on('error', fail);
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    const createConnection = () =>
      isTls ? connectTls({ socket: raw, rejectUnauthorized: how.certificates === 'checked', ...name }) : raw;
    const send = isTls ? requestHttps : requestHttp;
    const headers = { host: url.host, ...how.headers, connection: 'close' };
    const sent = send({ method: 'GET', path: `${url.pathname}${url.search}`, headers, createConnection });
    sent.once('error', fail);
    sent.once('response', (response) => {
      collect(response).then((body) => {
        clearTimeout(timer);
        raw.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      }, fail);
    });
    sent.end();
  });
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

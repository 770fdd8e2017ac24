/**
 * Steady traffic as a process of its own: sends requests at a fixed rate, whether answers come or not, and counts.
 * A plain HTTP client: it never sends a request twice. With --fail-over an address that refuses the connection is passed
 * over for the next one, as browsers do with a name of several addresses; nothing was sent there. `snapshot` and `stop`
 * on standard input are answered with a line of JSON (a TrafficSummary); the end of standard input stops it too, so that
 * it never outlives its test.
 *
 *   tsx test/support/traffic/traffic.ts --url http://10.88.0.11 --url http://10.88.0.12 --rate 200 --for 60
 */
import http from 'node:http';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Connection, type Finished, Tally } from './tally.ts';

interface Options {
  readonly urls: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly forMs: number;
  /** Connections that are kept open, used in turn. */
  readonly connections: number;
  readonly keepAliveShare: number;
  readonly postShare: number;
  readonly timeoutMs: number;
  readonly paths: readonly string[];
  readonly postPaths: readonly string[];
  readonly postBody: string;
  readonly hostHeader?: string;
  readonly failOver: boolean;
}

interface Request {
  readonly base: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly connection: Connection;
  readonly agent: http.Agent | false;
}

const VERSION_HEADERS = ['x-frontend-version', 'x-shop-version'];
const TICK_MS = 5;
const MOST_REQUESTS = 2_000_000;

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', multiple: true },
      rate: { type: 'string', default: '100' },
      for: { type: 'string', default: '600' },
      connections: { type: 'string', default: '24' },
      'keep-alive-share': { type: 'string', default: '0.5' },
      'post-share': { type: 'string', default: '0.3333' },
      'timeout-ms': { type: 'string', default: '10000' },
      path: { type: 'string', multiple: true, default: ['/', '/api/products', '/api/version'] },
      'post-path': { type: 'string', multiple: true, default: ['/api/orders'] },
      'post-body': { type: 'string', default: '{"product":2,"quantity":1}' },
      host: { type: 'string' },
      'fail-over': { type: 'boolean', default: false },
    },
  });
  if (values.url === undefined) throw new Error('--url is missing');
  return {
    urls: values.url,
    rate: Number(values.rate),
    forMs: Number(values.for) * 1_000,
    connections: Number(values.connections),
    keepAliveShare: Number(values['keep-alive-share']),
    postShare: Number(values['post-share']),
    timeoutMs: Number(values['timeout-ms']),
    paths: values.path,
    postPaths: values['post-path'],
    postBody: values['post-body'],
    failOver: values['fail-over'],
    ...(values.host === undefined ? {} : { hostHeader: values.host }),
  };
}

/** The n-th request of the run: a fixed mixture, the same in every run. */
function makeRequest(options: Options, agents: readonly http.Agent[], n: number): Request {
  const base = options.urls[n % options.urls.length] ?? '';
  // Shares are spread evenly: the n-th is one of them when the whole number of them grows with it.
  const isDue = (share: number, count: number) => Math.floor((count + 1) * share) > Math.floor(count * share);
  const turn = Math.floor(n / options.urls.length);
  const isKept = isDue(options.keepAliveShare, turn);
  const isPost = isDue(options.postShare, Math.floor(turn / 2));
  const agent = agents[Math.floor(turn * options.keepAliveShare) % agents.length];
  return {
    base,
    method: isPost ? 'POST' : 'GET',
    path: inTurn(isPost ? options.postPaths : options.paths, turn + Math.floor(turn / 6)),
    connection: isKept ? 'keepAlive' : 'fresh',
    agent: isKept ? (agent ?? false) : false,
  };
}

function inTurn(paths: readonly string[], turn: number): string {
  return paths[turn % paths.length] ?? '/';
}

/** Sends it once, reads the whole answer, and says how it went. Never rejects. */
function send(request: Request, options: Options): Promise<Finished> {
  const sentAt = Date.now();
  const { base, method, path, connection, agent } = request;
  return new Promise((resolve) => {
    let versions: Record<string, string> = {};
    const isPost = method === 'POST';
    const outgoing = http.request(new URL(path, base), {
      method,
      agent,
      headers: {
        ...(options.hostHeader === undefined ? {} : { host: options.hostHeader }),
        ...(isPost ? { 'content-type': 'application/json', 'content-length': options.postBody.length } : {}),
      },
    });
    const finish = (reason?: string) => {
      clearTimeout(deadline);
      const reused = outgoing.reusedSocket;
      const url = `${base}${path}`;
      const why = reason === undefined ? {} : { reason };
      resolve({ sentAt, endedAt: Date.now(), method, url, connection, reused, versions, ...why });
    };
    const deadline = setTimeout(() => outgoing.destroy(new Error('timeout')), options.timeoutMs);
    outgoing.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    outgoing.on('response', (answer) => {
      const status = answer.statusCode ?? 0;
      versions = versionsOf(answer.headers);
      answer.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      answer.on('end', () => finish(status >= 200 && status < 400 ? undefined : `status ${status}`));
      answer.resume();
    });
    outgoing.end(isPost ? options.postBody : undefined);
  });
}

function versionsOf(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    VERSION_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

async function run(options: Options, stopped: AbortSignal, tally: Tally): Promise<void> {
  // One connection each, per base URL: used in turn, so that each of them lies idle for a while between two requests.
  const agents = Array.from(
    { length: options.connections },
    () => new http.Agent({ keepAlive: true, maxFreeSockets: 1 }),
  );
  const most = Math.min(Math.round((options.forMs / 1_000) * options.rate), MOST_REQUESTS);
  const startedAt = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const tick = setInterval(() => {
      const elapsed = performance.now() - startedAt;
      const due = Math.min(Math.floor((elapsed / 1_000) * options.rate), most);
      if (due > sent) tally.late(Math.round(elapsed - (sent * 1_000) / options.rate));
      for (; sent < due; sent += 1) void sendOne(makeRequest(options, agents, sent), options, tally);
      if (!stopped.aborted && elapsed < options.forMs && sent < most) return;
      clearInterval(tick);
      resolve();
    }, TICK_MS);
  });
  const patience = performance.now() + options.timeoutMs + 1_000;
  while (tally.inFlight > 0 && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const agent of agents) agent.destroy();
}

async function sendOne(request: Request, options: Options, tally: Tally): Promise<void> {
  const kinds = [request.method, request.connection, request.base];
  tally.sent(kinds);
  const others = options.failOver ? options.urls.filter((url) => url !== request.base) : [];
  let finished = await send(request, options);
  for (const base of others) {
    if (finished.reason !== 'ECONNREFUSED' && finished.reason !== 'EHOSTUNREACH') break;
    finished = await send({ ...request, base }, options);
  }
  tally.finished(finished, kinds);
}

const options = readOptions();
const stop = new AbortController();
const tally = new Tally(Date.now());
const say = (kind: 'summary' | 'snapshot') =>
  process.stdout.write(`${JSON.stringify(tally.summary(kind, Date.now()))}\n`);
const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => {
  if (line.trim() === 'snapshot') say('snapshot');
  if (line.trim() === 'stop') stop.abort();
});
commands.on('close', () => stop.abort());
process.on('SIGINT', () => stop.abort());
await run(options, stop.signal, tally);
say('summary');
commands.close();
process.stdin.destroy();

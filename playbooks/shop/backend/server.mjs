// The shop's backend: an HTTP API on PostgreSQL and Redis, in plain Node without packages.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { hostname } from 'node:os';
import { Postgres } from './postgres.mjs';
import { Redis } from './redis.mjs';
import { BadRequest, Shop } from './shop.mjs';

const version = process.env.SHOP_VERSION ?? '1';
const port = Number(process.env.PORT ?? 8080);
const database = new Postgres({
  host: process.env.DB_HOST ?? 'db',
  port: Number(process.env.DB_PORT ?? 5432),
  user: 'shop',
  database: 'shop',
  password: readFileSync(process.env.DB_PASSWORD_FILE ?? '/run/secrets/db_password', 'utf8').trim(),
});
const cache = new Redis({ host: process.env.CACHE_HOST ?? 'cache', port: Number(process.env.CACHE_PORT ?? 6379) });
const shop = new Shop({ version, database, cache });

let stopping = false;
let lastComplaint = '';

const routes = {
  'GET /up': up,
  'GET /api/version': () => ({ version, replica: hostname() }),
  'GET /api/products': () => shop.products(),
  'POST /api/orders': async (request) => shop.order(await readJson(request)),
};

const server = http.createServer(async (request, response) => {
  const { status, body } = await answer(request);
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-shop-version': version,
    'x-shop-replica': hostname(),
    ...(stopping ? { connection: 'close' } : {}),
  });
  response.end(`${JSON.stringify(body)}\n`);
});
// Longer than any proxy keeps an idle connection (nginx: 60 s), so that it is never us who close one first.
server.keepAliveTimeout = 75_000;
server.listen(port, () => log(`version ${version} listens on port ${port}`));

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop(signal));

async function answer(request) {
  const path = new URL(request.url ?? '/', 'http://shop').pathname;
  const route = routes[`${request.method} ${path}`];
  if (route === undefined) return { status: 404, body: { error: `nothing at ${request.method} ${path}` } };
  try {
    return { status: request.method === 'POST' ? 201 : 200, body: await route(request) };
  } catch (error) {
    if (error instanceof BadRequest) return { status: error.status, body: { error: error.message } };
    complain(`${request.method} ${path} failed: ${error.message}`);
    return { status: 503, body: { error: error.message } };
  }
}

async function up() {
  if (stopping) throw new Error('stopping');
  await shop.check();
  if (lastComplaint !== '') log('well again');
  lastComplaint = '';
  return { up: true, version };
}

async function readJson(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > 10_000) throw new BadRequest(413, 'an order is smaller than that');
  }
  try {
    return JSON.parse(body) ?? {};
  } catch {
    throw new BadRequest(400, 'an order is JSON');
  }
}

/** Stops taking connections, finishes what is in flight, then goes; what still runs after 9 s is cut. */
function stop(signal) {
  stopping = true;
  log(`${signal}: finishing what is in flight`);
  server.close(() => {
    database.end();
    cache.end();
    log('stopped');
    process.exit(0);
  });
  setTimeout(() => server.closeAllConnections(), 9_000).unref();
}

/** The same complaint is written once, not at every check. */
function complain(text) {
  if (text === lastComplaint) return;
  lastComplaint = text;
  console.error(text);
}

function log(text) {
  console.log(text);
}

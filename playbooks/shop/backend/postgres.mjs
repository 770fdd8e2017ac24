// PostgreSQL, as much of it as the shop needs: login with SCRAM and parameterised queries (protocol 3.0).
import { Channel } from './channel.mjs';
import { Pool } from './pool.mjs';
import { Scram } from './scram.mjs';

/** The database refused a query. `code` is the SQLSTATE. */
export class QueryError extends Error {
  constructor(fields) {
    super(`${fields.M} (${fields.C})`);
    this.code = fields.C;
  }
}

/** A pool of connections to PostgreSQL with `query(sql, parameters)`, which returns rows as objects of strings. */
export class Postgres {
  #pool;

  constructor({ host, port = 5432, user, password, database, size = 4, timeoutMs = 4_000 }) {
    const connect = async () => {
      const channel = await Channel.open({ host, port, name: 'the database', timeoutMs });
      try {
        await login(channel, { user, password, database });
      } catch (error) {
        channel.end();
        throw error;
      }
      return channel;
    };
    this.#pool = new Pool({ connect, size, waitMs: timeoutMs });
  }

  async query(sql, parameters = []) {
    const question = Buffer.concat([
      message('P', text(''), text(sql), int16(0)),
      message('B', text(''), text(''), int16(0), int16(parameters.length), ...parameters.map(parameter), int16(0)),
      message('D', Buffer.from('P'), text('')),
      message('E', text(''), int32(0)),
      message('S'),
    ]);
    return rowsOf(await this.#pool.use((channel) => ask(channel, question, 'Z')));
  }

  end() {
    this.#pool.end();
  }
}

async function login(channel, { user, password, database }) {
  const words = ['user', user, 'database', database, 'application_name', 'shop-backend'];
  const start = Buffer.concat([int32(196_608), ...words.map(text), Buffer.from([0])]);
  const scram = new Scram(password);
  const offer = await askAuth(channel, Buffer.concat([int32(start.length + 4), start]), 10);
  if (!offer.toString().split('\0').includes('SCRAM-SHA-256')) throw new Error('the database offers no SCRAM-SHA-256');
  const first = Buffer.from(scram.first());
  const serverFirst = await askAuth(channel, message('p', text('SCRAM-SHA-256'), int32(first.length), first), 11);
  const second = Buffer.from(await scram.second(serverFirst.toString()));
  const messages = await ask(channel, message('p', second), 'Z');
  scram.check(authBody(messages, 12).toString());
}

async function askAuth(channel, bytes, kind) {
  return authBody(await ask(channel, bytes, 'R'), kind);
}

/** Body of the authentication message of this kind (10 offer, 11 continue, 12 final), or the server's refusal. */
function authBody(messages, kind) {
  for (const { type, body } of messages) {
    if (type === 'E') throw new QueryError(errorFields(body));
    if (type === 'R' && body.readInt32BE(0) === kind) return body.subarray(4);
  }
  throw new Error(`the database does not offer the login that was expected (${kind})`);
}

/** Sends and collects messages until one of type `last` has come; an error during login ends it as well. */
function ask(channel, bytes, last) {
  let received = Buffer.alloc(0);
  const messages = [];
  return channel.ask(bytes, (piece) => {
    received = Buffer.concat([received, piece]);
    while (received.length >= 5 && received.length >= received.readInt32BE(1) + 1) {
      const end = received.readInt32BE(1) + 1;
      messages.push({ type: String.fromCharCode(received[0]), body: received.subarray(5, end) });
      received = received.subarray(end);
    }
    const fatal = messages.some(({ type, body }) => type === 'E' && errorFields(body).S !== 'ERROR');
    return fatal || messages.some(({ type }) => type === last) ? messages : undefined;
  });
}

function rowsOf(messages) {
  let names = [];
  const rows = [];
  for (const { type, body } of messages) {
    if (type === 'E') throw new QueryError(errorFields(body));
    if (type === 'T') names = columnNames(body);
    if (type === 'D') rows.push(Object.fromEntries(values(body).map((value, index) => [names[index], value])));
  }
  return rows;
}

function columnNames(body) {
  const names = [];
  let at = 2;
  for (let count = body.readInt16BE(0); count > 0; count -= 1) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 1 + 18;
  }
  return names;
}

function values(body) {
  const found = [];
  let at = 2;
  for (let count = body.readInt16BE(0); count > 0; count -= 1) {
    const length = body.readInt32BE(at);
    at += 4;
    found.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return found;
}

function errorFields(body) {
  const parts = body.toString('utf8').split('\0').filter(Boolean);
  return Object.fromEntries(parts.map((part) => [part[0], part.slice(1)]));
}

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function parameter(value) {
  const bytes = Buffer.from(String(value));
  return Buffer.concat([int32(bytes.length), bytes]);
}

function text(value) {
  return Buffer.from(`${value}\0`);
}

function int16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import type { Shell } from '../../../src/model/shell.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { makeKey } from '../../support/ssh-key.ts';
import { inventoryOf, makeHome, type ServerOptions, startServer, targetOf } from '../../support/ssh-server.ts';

const hostKey = makeKey();
const userKey = makeKey();
const PATH = '/var/run/docker.sock';

interface World {
  readonly shell: Shell;
  /** Logins so far. */
  readonly connections: () => number;
  /** From now on nothing passes between shell and server, and neither learns of it: the host lost its power. */
  readonly freeze: () => void;
  /** New connections pass again. */
  readonly thaw: () => void;
}

/** A host vm1, behind a cable that can be pulled. */
async function world(options: Partial<ServerOptions> = {}): Promise<World> {
  const server = await startServer({ hostKeys: [hostKey], authorized: userKey, ...options });
  const cable = await startCable(server.port);
  const home = await makeHome({
    id_ed25519: userKey.privateText,
    known_hosts: `[127.0.0.1]:${cable.port} ${hostKey.publicText}\n`,
  });
  const target = { ...targetOf(server, home), port: cable.port };
  const shell = createShell(inventoryOf({ vm1: target }), { home, now: () => Date.now(), limits: { backoffMs: 5 } });
  onTestFinished(async () => {
    shell.reset('vm1');
    await shell.close();
    await cable.close();
    await server.close();
  });
  return { shell, connections: () => server.counts.connections, freeze: cable.freeze, thaw: cable.thaw };
}

async function startCable(
  to: number,
): Promise<{ port: number; freeze: () => void; thaw: () => void; close: () => Promise<unknown> }> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createNetServer((near) => {
    near.on('error', () => undefined);
    sockets.add(near);
    if (frozen) return;
    const far = connect(to, '127.0.0.1');
    far.on('error', () => undefined);
    sockets.add(far);
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw: () => {
      frozen = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Docker, as far as a stream is concerned. */
function engineAt(path: string): Pick<ServerOptions, 'onSocket'> {
  const engine = createServer((asked, response) => response.end(`you asked ${asked.url}`));
  return {
    onSocket: (wanted, open, refuse) => {
      if (wanted !== path) return refuse();
      engine.emit('connection', open());
    },
  };
}

function askThrough(stream: NodeJS.ReadWriteStream, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ createConnection: () => stream as never, path, headers: { connection: 'close' } });
    asked.once('error', reject);
    asked.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve(body));
    });
    asked.end();
  });
}

test('HTTP goes through a stream to a unix socket on the host', async () => {
  const { shell } = await world(engineAt(PATH));
  const stream = await shell.connectSocket('vm1', PATH, 2_000);
  expect(await askThrough(stream, '/_ping')).toBe('you asked /_ping');
});

test('streams to a socket use the one connection that commands use', async () => {
  const { shell, connections } = await world(engineAt(PATH));
  await Promise.all([shell.connectSocket('vm1', PATH, 2_000), shell.run('vm1', 'ok', { timeoutMs: 2_000 })]);
  expect(connections()).toBe(1);
});

test('a socket that is not there, or that sshd forbids, is E_DIAL', async () => {
  const { shell } = await world(engineAt(PATH));
  await expect(shell.connectSocket('vm1', '/nothing', 2_000)).rejects.toMatchObject({
    code: 'E_DIAL',
    message: expect.stringMatching(/^host vm1 can not connect to \/nothing: /),
    hint: 'nothing listens there, or user deploy may not use it, or sshd has AllowStreamLocalForwarding no',
  });
});

test('a socket that nobody answers for is E_TIMEOUT, and so is a host that does not let in in time', async () => {
  const quiet = await world({ onSocket: () => undefined });
  await expect(quiet.shell.connectSocket('vm1', PATH, 50)).rejects.toMatchObject({
    code: 'E_TIMEOUT',
    message: expect.stringContaining(`no way to ${PATH} within 50 ms`),
  });
  const dead = await world();
  dead.freeze();
  await expect(dead.shell.connectSocket('vm1', PATH, 50)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
});

test('a reset ends commands, streams and openings at once, though the host is silent', async () => {
  const opened: ServerChannel[] = [];
  const { shell, freeze } = await world({
    onExec: () => undefined,
    onSocket: (_path, open) => void opened.push(open()),
  });
  const stream = await shell.connectSocket('vm1', PATH, 2_000);
  const closed = once(stream, 'close');
  const command = expect(shell.run('vm1', 'sleep 99', { timeoutMs: 60_000 })).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
  });
  await shell.connectSocket('vm1', PATH, 2_000);
  freeze();
  const opening = expect(shell.connectSocket('vm1', PATH, 60_000)).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
  });
  await new Promise(setImmediate);
  shell.reset('vm1');
  await Promise.all([closed, command, opening]);
  expect(opened.length).toBe(2);
});

test('a reset gives up an attempt to log in, and the next use connects anew', async () => {
  const { shell, connections, freeze, thaw } = await world(engineAt(PATH));
  freeze();
  const waiting = expect(shell.run('vm1', 'ok', { timeoutMs: 60_000 })).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    message: expect.stringContaining('given up'),
  });
  await new Promise(setImmediate);
  shell.reset('vm1');
  await waiting;
  thaw();
  expect((await shell.run('vm1', 'ok', { timeoutMs: 2_000 })).stdout).toBe('ok');
  expect(connections()).toBe(1);
});

test('a reset while nothing is connected does nothing', async () => {
  const { shell, connections } = await world();
  shell.reset('vm1');
  expect((await shell.run('vm1', 'ok', { timeoutMs: 2_000 })).stdout).toBe('ok');
  expect(connections()).toBe(1);
});

test('a reset costs one login, and no more', async () => {
  const { shell, connections } = await world();
  for (let round = 0; round < 5; round += 1) {
    shell.reset('vm1');
    expect((await shell.run('vm1', 'ok', { timeoutMs: 5_000 })).code).toBe(0);
  }
  expect(connections()).toBe(5);
});

test('a stream that is destroyed says so at once, though the host is silent', async () => {
  const { shell, freeze } = await world({ onSocket: (_path, open) => void open() });
  const stream = await shell.connectSocket('vm1', PATH, 2_000);
  freeze();
  const closed = once(stream, 'close');
  stream.destroy();
  await closed;
});

test('of a command that talks for hours only the last so many bytes are kept', async () => {
  const { shell } = await world({
    onExec: (channel) => {
      channel.write('x'.repeat(50_000));
      channel.exit(0);
      channel.end();
    },
  });
  const told: string[] = [];
  const order = { timeoutMs: 2_000, keepBytes: 100, onOutput: (_: string, chunk: string) => void told.push(chunk) };
  expect((await shell.run('vm1', 'x', order)).stdout.length).toBe(100);
  expect(told.join('').length).toBe(50_000);
});

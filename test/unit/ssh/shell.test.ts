import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SshTarget } from '../../../src/model/inventory.ts';
import type { Shell } from '../../../src/model/shell.ts';
import type { Limits } from '../../../src/ssh/limits.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { unreachable } from '../../../src/ssh/socket.ts';
import { makeKey } from '../../support/ssh-key.ts';
import {
  inventoryOf,
  makeHome,
  type ServerOptions,
  startServer,
  type TestServer,
  targetOf,
} from '../../support/ssh-server.ts';

const hostKey = makeKey();
const userKey = makeKey();
const RUN = { timeoutMs: 5_000 };
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const server = await startServer({ hostKeys: [hostKey], authorized: userKey, ...options });
  cleanups.push(() => server.close());
  return server;
}

function shellOf(targets: Record<string, SshTarget>, home: string, limits: Partial<Limits> = {}): Shell {
  const fast = { backoffMs: 5, ...limits };
  const shell = createShell(inventoryOf(targets), { home, now: () => Date.now(), limits: fast });
  cleanups.push(() => shell.close());
  return shell;
}

/** A host called vm1 on a server, its key pinned, the right user key at hand. */
async function world(
  options: Partial<ServerOptions> = {},
  limits: Partial<Limits> = {},
): Promise<{ server: TestServer; shell: Shell; home: string }> {
  const server = await start(options);
  const home = await makeHome({
    id_ed25519: userKey.privateText,
    known_hosts: `[127.0.0.1]:${server.port} ${hostKey.publicText}\n`,
  });
  return { server, home, shell: shellOf({ vm1: targetOf(server, home) }, home, limits) };
}

test('a command gives its output, its errors and its exit code', async () => {
  const { shell } = await world({
    onExec: (channel, line) => {
      channel.write(`out of ${line}`);
      channel.stderr.write('err');
      channel.exit(3);
      channel.end();
    },
  });
  expect(await shell.run('vm1', 'true', RUN)).toEqual({ code: 3, stdout: 'out of true', stderr: 'err' });
});

test('input reaches the command byte for byte, and then ends', async () => {
  const { shell } = await world({
    onExec: (channel) => {
      const chunks: Buffer[] = [];
      channel.on('data', (chunk: Buffer) => chunks.push(chunk));
      channel.on('end', () => {
        channel.write(Buffer.concat(chunks).toString('hex'));
        channel.exit(0);
        channel.end();
      });
    },
  });
  const stdin = Uint8Array.from([0, 255, 10, 13]);
  expect((await shell.run('vm1', 'cat', { ...RUN, stdin })).stdout).toBe('00ff0a0d');
});

test('output is told while it comes, and no character is torn', async () => {
  const { shell } = await world({
    onExec: (channel) => {
      const bytes = Buffer.from('a€b');
      channel.write(bytes.subarray(0, 2), () => {
        channel.write(bytes.subarray(2));
        channel.exit(0);
        channel.end();
      });
    },
  });
  const told: string[] = [];
  const result = await shell.run('vm1', 'x', { ...RUN, onOutput: (stream, chunk) => told.push(`${stream}:${chunk}`) });
  expect(result.stdout).toBe('a€b');
  expect(told.map((chunk) => chunk.replace('stdout:', '')).join('')).toBe('a€b');
});

test('of a flood of output the end is kept', async () => {
  const { shell } = await world(
    {
      onExec: (channel) => {
        channel.write('x'.repeat(100_000));
        channel.write('the end');
        channel.exit(0);
        channel.end();
      },
    },
    { outputBytes: 1000 },
  );
  const { stdout } = await shell.run('vm1', 'x', RUN);
  expect(stdout.length).toBe(1000);
  expect(stdout.endsWith('xthe end')).toBe(true);
});

test('twenty commands share one connection and at most six run at one time', async () => {
  const { shell, server } = await world();
  await Promise.all(Array.from({ length: 20 }, (_, index) => shell.run('vm1', String(index), RUN)));
  expect(server.counts.connections).toBe(1);
  expect(server.counts.most).toBeLessThanOrEqual(6);
});

test('a refused channel is asked for again', async () => {
  const { shell, server } = await world({ acceptSession: (count) => count > 3 });
  expect((await shell.run('vm1', 'ok', RUN)).stdout).toBe('ok');
  expect(server.counts.sessions).toBe(4);
});

test('a server that never opens a session is named with MaxSessions', async () => {
  const { shell } = await world({ acceptSession: () => false }, { channelAttempts: 3 });
  await expect(shell.run('vm1', 'x', RUN)).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    hint: expect.stringContaining('MaxSessions'),
  });
});

test('a command that hangs ends with E_TIMEOUT', async () => {
  const { shell } = await world({ onExec: () => undefined });
  await expect(shell.run('vm1', 'sleep 1000', { timeoutMs: 60 })).rejects.toMatchObject({
    code: 'E_TIMEOUT',
    message: expect.stringContaining('no end after 60 ms: sleep 1000'),
  });
});

test('an aborted command rejects with the reason of the signal', async () => {
  const controller = new AbortController();
  const { shell } = await world({ onExec: () => controller.abort(new Error('Ctrl-C')) });
  await expect(shell.run('vm1', 'x', { ...RUN, signal: controller.signal })).rejects.toThrow('Ctrl-C');
});

test('a connection lost under a command is said, and the next command connects again', async () => {
  const { shell, server } = await world({
    onExec: (channel, line, connection) => {
      if (line === 'die') {
        connection.end();
        return;
      }
      channel.exit(0);
      channel.end();
    },
  });
  await expect(shell.run('vm1', 'die', RUN)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  expect((await shell.run('vm1', 'live', RUN)).code).toBe(0);
  expect(server.counts.connections).toBe(2);
});

test('a server that takes the connection and says nothing costs only the deadline', async () => {
  const silent = createServer(() => undefined);
  const port = await listen(silent);
  const home = await makeHome({ id_ed25519: userKey.privateText });
  const target = { ...targetOf({ port } as TestServer, home) };
  await expect(shellOf({ vm1: target }, home, { connectMs: 80 }).run('vm1', 'x', RUN)).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    message: `host vm1 (127.0.0.1:${port}) took the connection, but no login came about in 80 ms`,
  });
});

test('a server that drops us before its greeting is tried again', async () => {
  const { server, home } = await world();
  let drops = 2;
  const front = createServer((socket) => {
    socket.on('error', () => undefined);
    if (drops-- > 0) return socket.destroy();
    const back = connect(server.port, '127.0.0.1');
    back.on('error', () => undefined);
    socket.pipe(back).pipe(socket);
    return undefined;
  });
  const port = await listen(front);
  await appendFile(join(home, '.ssh', 'known_hosts'), `[127.0.0.1]:${port} ${hostKey.publicText}\n`);
  const shell = shellOf({ vm1: targetOf({ port } as TestServer, home) }, home);
  expect((await shell.run('vm1', 'ok', RUN)).stdout).toBe('ok');
});

test('a port where nothing listens is said in a sentence', async () => {
  const home = await makeHome({ id_ed25519: userKey.privateText });
  const target = targetOf({ port: 1 } as TestServer, home);
  await expect(shellOf({ vm1: target }, home).run('vm1', 'x', RUN)).rejects.toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    message: 'host vm1 (127.0.0.1:1) refuses the connection: nothing listens on that port',
    hint: 'check port and sshd: ssh -p 1 deploy@127.0.0.1',
  });
});

test('a connection for which no file is left here is no fault of the host, and names the limit', () => {
  const hop = { title: 'host vm1', target: targetOf({ port: 22 } as TestServer, '/home/ann') };
  expect(unreachable(hop, Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' }))).toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    message: 'host vm1 (127.0.0.1:22) was not asked: too many connections are open here',
    hint: expect.stringContaining('ulimit -n'),
  });
});

test('a dialled connection carries bytes both ways', async () => {
  const echo = createServer((socket) => socket.pipe(socket));
  const port = await listen(echo);
  const { shell } = await world();
  const stream = await shell.dial('vm1', '127.0.0.1', port, 2_000);
  stream.write('hello');
  const [chunk] = await once(stream, 'data');
  expect(String(chunk)).toBe('hello');
  stream.destroy();
});

test('a dial that fails is E_DIAL, and one that hangs too', async () => {
  const { shell } = await world({ forwarding: 'no' });
  await expect(shell.dial('vm1', '10.9.9.9', 80, 500)).rejects.toMatchObject({ code: 'E_DIAL' });
  const hanging = await world({ forwarding: 'hang' });
  await expect(hanging.shell.dial('vm1', '10.9.9.9', 80, 50)).rejects.toMatchObject({
    code: 'E_DIAL',
    message: 'host vm1 can not connect to 10.9.9.9:80: no end after 50 ms',
  });
});

test('hosts behind a jump host share its one connection, and every hop is verified', async () => {
  const jump = await start();
  const inner = makeKey();
  const first = await start({ hostKeys: [inner] });
  const second = await start({ hostKeys: [inner] });
  const pin = (server: TestServer, key: string) => `[127.0.0.1]:${server.port} ${key}\n`;
  const home = await makeHome({
    id_ed25519: userKey.privateText,
    known_hosts: pin(jump, hostKey.publicText) + pin(first, inner.publicText) + pin(second, hostKey.publicText),
  });
  const jumps = [targetOf(jump, home)];
  const shell = shellOf({ vm1: targetOf(first, home, { jumps }), vm2: targetOf(second, home, { jumps }) }, home);
  const [good, bad] = await Promise.allSettled([shell.run('vm1', 'ok', RUN), shell.run('vm2', 'ok', RUN)]);
  expect(good).toMatchObject({ value: { stdout: 'ok' } });
  expect(bad).toMatchObject({ reason: { code: 'E_HOST_KEY_CHANGED' } });
  expect(jump.counts.connections).toBe(1);
});

test('the known_hosts line of the hint is enough to get in', async () => {
  const { server, home, shell } = await world();
  await writeFile(join(home, '.ssh', 'known_hosts'), '');
  const error = await shell.run('vm1', 'x', RUN).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'E_HOST_KEY_UNKNOWN', message: expect.stringContaining('SHA256:') });
  expect(error.hint).toBe(
    `echo '[127.0.0.1]:${server.port} ${hostKey.publicText.split(' ').slice(0, 2).join(' ')}' >> ~/.ssh/known_hosts`,
  );
  await writeFile(join(home, '.ssh', 'known_hosts'), `${/'(.*)'/.exec(error.hint)?.[1]}\n`);
  const again = shellOf({ vm1: targetOf(server, home) }, home);
  expect((await again.run('vm1', 'ok', RUN)).stdout).toBe('ok');
});

test('a host of which only the RSA key is known is no stranger', async () => {
  const rsa = makeKey({ type: 'rsa' });
  const server = await start({ hostKeys: [hostKey, rsa] });
  const home = await makeHome({
    id_ed25519: userKey.privateText,
    known_hosts: `[127.0.0.1]:${server.port} ${rsa.publicText}\n`,
  });
  expect((await shellOf({ vm1: targetOf(server, home) }, home).run('vm1', 'ok', RUN)).stdout).toBe('ok');
});

test('a key that is not accepted is refused once, and not offered again for a while', async () => {
  const { home, server } = await world();
  await writeFile(join(home, '.ssh', 'id_ed25519'), makeKey().privateText);
  const shell = shellOf({ vm1: targetOf(server, home) }, home);
  const error = await shell.run('vm1', 'x', RUN).catch((caught) => caught);
  expect(error).toMatchObject({
    code: 'E_SSH_AUTH',
    message: `host vm1 (127.0.0.1:${server.port}) does not let user deploy in: it refused key ~/.ssh/id_ed25519`,
    hint: `ssh -p ${server.port} -v deploy@127.0.0.1`,
  });
  await expect(shell.run('vm1', 'x', RUN)).rejects.toBe(error);
  expect(server.counts.connections).toBe(1);
});

test('an encrypted key without an agent is named with ssh-add', async () => {
  const { home, server } = await world();
  await writeFile(join(home, '.ssh', 'id_ed25519'), makeKey({ passphrase: 'secret' }).privateText);
  const shell = shellOf({ vm1: targetOf(server, home) }, home);
  await expect(shell.run('vm1', 'x', RUN)).rejects.toMatchObject({
    code: 'E_SSH_AUTH',
    hint: 'ssh-add ~/.ssh/id_ed25519',
    notes: expect.arrayContaining(['~/.ssh/id_ed25519 is encrypted, and the agent does not hold it']),
  });
});

test('close ends at once, also while a host hangs', async () => {
  const silent = createServer(() => undefined);
  const port = await listen(silent);
  const home = await makeHome({ id_ed25519: userKey.privateText });
  const shell = shellOf({ vm1: targetOf({ port } as TestServer, home) }, home);
  const pending = shell.run('vm1', 'x', RUN);
  const seen = expect(pending).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  await shell.close();
  await seen;
});

async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<{ destroy: () => unknown }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

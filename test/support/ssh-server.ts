/** A real SSH server on the loopback, made with ssh2, that can misbehave on purpose. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { onTestFinished } from 'vitest';
import type { Inventory, SshTarget } from '../../src/model/inventory.ts';
import { authenticate, type TestKey } from './ssh-key.ts';

/** How the server behaves; what is left out is ordinary. */
export interface ServerOptions {
  readonly hostKeys: readonly TestKey[];
  readonly authorized: TestKey;
  /** Called for each command; default: prints the line and ends with 0. */
  readonly onExec?: (channel: ServerChannel, line: string, connection: Connection) => void;
  /** Whether the n-th session (from 1) is opened. */
  readonly acceptSession?: (count: number) => boolean;
  /** Whether forwards are allowed; default yes. */
  readonly forwarding?: 'yes' | 'no' | 'hang';
  /** Called when a stream to a unix socket is asked for; default: refuses it, as sshd does for all it can not open. */
  readonly onSocket?: (path: string, open: () => ServerChannel, refuse: () => void) => void;
}

/** A server that listens. */
export interface TestServer {
  readonly port: number;
  readonly counts: { connections: number; sessions: number; logins: number; open: number; most: number };
  close(): Promise<void>;
}

/** Starts a server on an ephemeral port. */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const counts = { connections: 0, sessions: 0, logins: 0, open: 0, most: 0 };
  const sockets = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: options.hostKeys.map((key) => key.privateText) }, (connection) => {
    counts.connections += 1;
    sockets.add(connection);
    connection.on('error', () => undefined);
    connection.on('close', () => sockets.delete(connection));
    connection.on('authentication', (login) => {
      counts.logins += 1;
      authenticate(login, options.authorized.publicText);
    });
    connection.on('ready', () => serve(connection, options, counts));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    counts,
    close: async () => {
      for (const connection of sockets) connection.end();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(connection: Connection, options: ServerOptions, counts: TestServer['counts']): void {
  connection.on('session', (accept, reject) => {
    counts.sessions += 1;
    if (options.acceptSession?.(counts.sessions) === false) return reject();
    const session = accept();
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    session.once('close', () => {
      counts.open -= 1;
    });
    session.on('exec', (acceptExec, _reject, info) => {
      const channel = acceptExec();
      channel.on('error', () => undefined);
      if (options.onExec !== undefined) return options.onExec(channel, info.command, connection);
      channel.write(info.command);
      channel.exit(0);
      channel.end();
    });
  });
  connection.on('openssh.streamlocal', (accept, reject, info) => {
    const open = () => {
      const channel = accept();
      channel.on('error', () => undefined);
      return channel;
    };
    if (options.onSocket === undefined) return reject();
    options.onSocket(info.socketPath, open, () => reject());
  });
  connection.on('tcpip', (accept, reject, info) => {
    if (options.forwarding === 'hang') return;
    if (options.forwarding === 'no') return reject();
    const socket: Socket = connect(info.destPort, info.destIP);
    socket.once('error', () => reject());
    socket.once('connect', () => {
      const channel = accept();
      channel.on('error', () => undefined);
      channel.on('close', () => socket.destroy());
      socket.pipe(channel).pipe(socket);
    });
  });
}

/** A home folder with these files under .ssh, and nothing else; gone when the test is over. */
export async function makeHome(files: Readonly<Record<string, string>>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'fleet-unit-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const folder = join(home, '.ssh');
  await mkdir(folder, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  return home;
}

/** A host that nobody logs in to: all but its address at its plainest. */
export function targetAt(address: string): SshTarget {
  return { address, port: 22, user: 'deploy', identities: [], identitiesOnly: false, knownHosts: [], jumps: [] };
}

/** How to reach a test server. */
export function targetOf(server: TestServer, home: string, changes: Partial<SshTarget> = {}): SshTarget {
  const knownHosts = [join(home, '.ssh', 'known_hosts')];
  return { ...targetAt('127.0.0.1'), port: server.port, knownHosts, ...changes };
}

/** An inventory of hosts by name, all else at its plainest. */
export function inventoryOf(targets: Readonly<Record<string, SshTarget>>): Inventory {
  return {
    name: 'test',
    hosts: Object.entries(targets).map(([name, ssh]) => ({
      name,
      ssh,
      private: ssh.address,
      labels: {},
      roles: ['worker'],
      capacity: {},
      reserve: {},
      cordoned: false,
    })),
    network: {
      vipRange: '10.96.0.0/16',
      subnetRange: '10.97.0.0/16',
      portRange: [20000, 29999],
      routerImage: 'nginx:1.30',
      shutdownTimeoutMs: 30_000,
      keepaliveMinMs: 5_000,
    },
  };
}

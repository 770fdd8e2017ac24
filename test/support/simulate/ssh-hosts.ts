/** SSH servers of simulated hosts, many in one process: each on a port of its own, each may misbehave. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { authenticate } from '../ssh-key.ts';
import { dockerSocket } from './docker/socket.ts';
import type { Answer, SimulatedHost } from './host/host.ts';
import { Listeners } from './listeners.ts';

/**
 * "hang": takes connections and says nothing. "stall": greets and says no more. "refuse": nothing listens.
 * "slow-docker": lets in, and no command ends.
 */
export type Behaviour = 'ordinary' | 'hang' | 'stall' | 'refuse' | 'slow-docker';

/** What all hosts of a process share. */
export interface SshMeans {
  /** Private text. */
  readonly hostKey: string;
  /** Public text of the only key that is let in. */
  readonly authorized: string;
}

/** What happened so far, over all hosts of the process. */
export interface SshCounts {
  /** Connections that were taken. */
  taken: number;
  logins: number;
  /** Logged in now. */
  open: number;
  /** Connections that were taken and neither logged in nor closed, at most at one time. */
  mostUnderWay: number;
  underWay: number;
  commands: number;
  /** Connections that were dialled through the hosts. */
  dials: number;
}

/** A fresh count. */
export function noCounts(): SshCounts {
  return { taken: 0, logins: 0, open: 0, mostUnderWay: 0, underWay: 0, commands: 0, dials: 0 };
}

/** What a host shares with the others. */
export interface Surroundings {
  readonly means: SshMeans;
  readonly counts: SshCounts;
  /** Whether a replica of another host listens there. */
  readonly elsewhere: (address: string, port: number) => Promise<boolean>;
}

/** One host's way in. */
export class SshHost {
  readonly #host: SimulatedHost;
  readonly #counts: SshCounts;
  readonly #ssh: ssh2.Server;
  readonly #serveDocker: (stream: ServerChannel) => void;
  readonly #listeners: Listeners;
  readonly #sockets = new Set<Socket>();
  #listener: Server | undefined;
  #behaviour: Behaviour = 'ordinary';
  #port = 0;

  constructor(host: SimulatedHost, { means, counts, elsewhere }: Surroundings) {
    this.#host = host;
    this.#counts = counts;
    this.#serveDocker = dockerSocket(host);
    this.#listeners = new Listeners(host, elsewhere);
    this.#ssh = new ssh2.Server({ hostKeys: [means.hostKey], ident: 'OpenSSH_9.2 simulated' }, (connection) =>
      this.#welcome(connection, means.authorized),
    );
  }

  /** Where it listens from now on, the same after each time. */
  async listen(): Promise<number> {
    const listener = createServer((socket) => this.#take(socket));
    listener.listen(this.#port, '127.0.0.1', 16);
    await once(listener, 'listening');
    const address = listener.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#listener = listener;
    return this.#port;
  }

  /** For connections and commands from now on; those that are open are cut. */
  async behave(behaviour: Behaviour): Promise<void> {
    this.#behaviour = behaviour;
    for (const socket of this.#sockets) socket.destroy();
    if (behaviour === 'refuse') {
      this.#listener?.close();
      this.#listener = undefined;
    } else if (this.#listener === undefined) await this.listen();
  }

  #take(socket: Socket): void {
    const counts = this.#counts;
    counts.taken += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#behaviour === 'stall') socket.write('SSH-2.0-OpenSSH_9.2 simulated\r\n');
    if (this.#behaviour === 'stall' || this.#behaviour === 'hang') return;
    counts.underWay += 1;
    counts.mostUnderWay = Math.max(counts.mostUnderWay, counts.underWay);
    this.#ssh.injectSocket(socket);
  }

  #welcome(connection: Connection, authorized: string): void {
    const counts = this.#counts;
    let state: 'under way' | 'in' | 'gone' = 'under way';
    connection.on('error', () => undefined);
    connection.on('authentication', (login) => authenticate(login, authorized));
    connection.once('ready', () => {
      state = 'in';
      counts.underWay -= 1;
      counts.logins += 1;
      counts.open += 1;
    });
    connection.once('close', () => {
      if (state === 'under way') counts.underWay -= 1;
      if (state === 'in') counts.open -= 1;
      state = 'gone';
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => this.#exec(acceptExec(), command));
    });
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      this.#counts.dials += 1;
      void this.#listeners.dial(destIP, destPort, accept, reject);
    });
    connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
      if (socketPath !== '/var/run/docker.sock') return reject();
      const stream = accept();
      if (this.#behaviour !== 'slow-docker') this.#serveDocker(stream);
    });
  }

  #exec(channel: ServerChannel, command: string): void {
    this.#counts.commands += 1;
    channel.on('error', () => undefined);
    if (this.#behaviour === 'slow-docker') return;
    const stdin: Uint8Array[] = [];
    channel.on('data', (chunk: Uint8Array) => stdin.push(chunk));
    channel.once('end', () => {
      void this.#host.run(command, Buffer.concat(stdin)).then((said) => finish(channel, said));
    });
  }
}

function finish(channel: ServerChannel, { code, stdout, stderr }: Answer): void {
  if (stdout.length > 0) channel.write(stdout);
  if (stderr.length > 0) channel.stderr.write(stderr);
  channel.exit(code);
  channel.end();
}

/** OpenSSH over connections that are open already, one to each practice host: what the floor and the peers go through. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../src/lab/command.ts';
import type { LabShape } from '../../../src/lab/shape.ts';

/** A lab, and how its hosts are entered. */
export interface Entry {
  readonly shape: LabShape;
  readonly identity: string;
  readonly knownHosts: string;
}

const LIMIT_MS = 300_000;

/** The masters of all hosts of a lab. Disposing of them closes all connections. */
export class Masters implements AsyncDisposable {
  /** An ssh_config(5) that knows the hosts by address and by name; with it any ssh goes through the open connections. */
  readonly config: string;
  readonly #hosts: readonly string[];

  private constructor(config: string, hosts: readonly string[]) {
    this.config = config;
    this.#hosts = hosts;
  }

  /** Opens a connection to each host. The folder's path must be short: sockets lie in it (unix(7): 107 bytes). */
  static async open({ shape, identity, knownHosts }: Entry, folder: string): Promise<Masters> {
    const sockets = join(folder, 'ssh');
    mkdirSync(sockets, { recursive: true, mode: 0o700 });
    const common = `User deploy
IdentityFile ${identity}
IdentitiesOnly yes
UserKnownHostsFile ${knownHosts}
ControlMaster auto
ControlPath ${sockets}/%h
ControlPersist yes
`;
    const names = shape.hosts.map(({ name, address }) => `Host ${name} ${address}\n  HostName ${address}\n`);
    const config = join(sockets, 'config');
    writeFileSync(config, `${common}${names.join('')}`);
    const masters = new Masters(
      config,
      shape.hosts.map(({ name }) => name),
    );
    await masters.onAll(() => 'true');
    return masters;
  }

  /** Runs a shell script on a host, as the user that fleet has; what it printed. Rejects when it fails. */
  run(host: string, script: string): Promise<string> {
    return run(['ssh', '-F', this.config, host, 'sh -s'], { input: script, timeoutMs: LIMIT_MS });
  }

  /** A script for each host, all at once. */
  async onAll(scriptOf: (host: string) => string): Promise<readonly string[]> {
    return Promise.all(this.#hosts.map((host) => this.run(host, scriptOf(host))));
  }

  /** The same line on each host over a connection of its own, made for it. */
  async onAllCold(line: string): Promise<void> {
    const alone = ['-o', 'ControlMaster=no', '-o', 'ControlPath=none'];
    await Promise.all(this.#hosts.map((host) => run(['ssh', '-F', this.config, ...alone, host, line])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const close = (host: string) => run(['ssh', '-F', this.config, '-O', 'exit', host]).catch(() => undefined);
    await Promise.all(this.#hosts.map(close));
  }
}

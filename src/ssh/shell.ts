/** The Shell port over SSH: one connection per host, shared by all commands, probes and hosts behind it. */
import type { Duplex } from 'node:stream';
import PQueue from 'p-queue';
import { canonicalJson } from '../model/digest.ts';
import { FleetError } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import type { CommandResult, RunOptions, Shell } from '../model/shell.ts';
import { type ChannelError, isRefused, lostConnection, openCommand, openForward, openLocalForward } from './channel.ts';
import { follow } from './command.ts';
import { Credentials } from './credentials.ts';
import { formatHop, type Hop, sshCommand } from './hop.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Link, type LinkContext } from './link.ts';
import { unreachable } from './socket.ts';
import { ChannelStream } from './stream.ts';
import { deadline, formatMs, orAborted } from './waiting.ts';
import type { Wire } from './wire.ts';

/** What a shell needs from the outside. */
export interface ShellOptions {
  /** The user's home folder here, for default keys and known_hosts. */
  readonly home: string;
  /** Socket of the ssh-agent (SSH_AUTH_SOCK). */
  readonly agentSocket?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** For tests; what is left out comes from DEFAULT_LIMITS. */
  readonly limits?: Partial<Limits>;
}

/** A shell on the hosts of the inventory. Nothing is connected before it is needed. */
export function createShell(inventory: Inventory, options: ShellOptions): Shell {
  return new SshShell(inventory, options);
}

class SshShell implements Shell {
  readonly #limits: Limits;
  readonly #context: LinkContext;
  readonly #hosts: ReadonlyMap<string, Link>;
  readonly #jumps = new Map<string, Link>();

  constructor(inventory: Inventory, options: ShellOptions) {
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { home, agentSocket, now } = options;
    const source = { home, agentMs: 2_000, ...(agentSocket === undefined ? {} : { agentSocket }) };
    this.#context = {
      credentials: new Credentials(source, now, this.#limits.credentialsFreshMs),
      limits: this.#limits,
      handshakes: new PQueue({ concurrency: this.#limits.handshakes }),
      now,
      reach: (jump) => this.#jump(jump).client(),
      dialThrough: (jump, hop) => this.#dialThrough(jump, hop),
    };
    const links = inventory.hosts.map((host): [string, Link] => [
      host.name,
      new Link({ title: `host ${host.name}`, target: host.ssh }, this.#context),
    ]);
    this.#hosts = new Map(links);
  }

  async connect(host: string): Promise<void> {
    await this.#link(host).client();
  }

  async run(host: string, line: string, options: RunOptions): Promise<CommandResult> {
    const link = this.#link(host);
    await link.client();
    const result = await link.sessions.add(
      () => this.#runNow(link, line, options),
      options.signal === undefined ? {} : { signal: options.signal },
    );
    return result;
  }

  async dial(host: string, address: string, port: number, timeoutMs: number): Promise<Duplex> {
    const link = this.#link(host);
    const client = await link.client();
    const limit = deadline(timeoutMs);
    try {
      return new ChannelStream(await openForward(client, { address, port }, limit.signal));
    } catch (error) {
      throw noDial(link, `${address}:${port}`, error);
    } finally {
      limit.stop();
    }
  }

  async connectSocket(host: string, path: string, timeoutMs: number): Promise<Duplex> {
    const link = this.#link(host);
    const limit = deadline(timeoutMs);
    try {
      const client = await orAborted(link.client(), limit.signal);
      return new ChannelStream(await openLocalForward(client, path, limit.signal));
    } catch (error) {
      throw limit.passed() ? noAnswer(link, path, timeoutMs) : noSocket(link, path, error);
    } finally {
      limit.stop();
    }
  }

  reset(host: string): void {
    this.#link(host).reset();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((link) => link.close()));
    await Promise.all([...this.#jumps.values()].map((link) => link.close()));
  }

  async #runNow(link: Link, line: string, options: RunOptions): Promise<CommandResult> {
    const limit = deadline(options.timeoutMs, options.signal);
    try {
      const { signal } = limit;
      const { used } = await openCommand(link, line, this.#limits, {
        signal,
        use: (channel) => follow(channel, options, this.#limits.outputBytes, signal),
      });
      const ending = await used;
      if (ending === 'lost') throw lostConnection(link, new Error(`while running: ${line}`));
      return ending;
    } catch (error) {
      throw limit.passed() ? tookTooLong(link, line, options.timeoutMs) : error;
    } finally {
      limit.stop();
    }
  }

  #link(host: string): Link {
    const link = this.#hosts.get(host);
    if (link === undefined) throw new FleetError('E_REFERENCE', `host ${host} is not in the inventory`);
    return link;
  }

  #jump(jump: Hop): Link {
    const key = canonicalJson(jump.target);
    const link = this.#jumps.get(key) ?? new Link(jump, this.#context);
    this.#jumps.set(key, link);
    return link;
  }

  async #dialThrough(jump: Hop, hop: Hop): Promise<Wire> {
    const client = await this.#jump(jump).client();
    const limit = deadline(this.#limits.connectMs);
    try {
      return new ChannelStream(await openForward(client, hop.target, limit.signal));
    } catch (error) {
      throw unreachable(hop, new Error(`through ${formatHop(jump)}: ${reasonOf(error)}`, { cause: error }));
    } finally {
      limit.stop();
    }
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(SSH\) Channel open failure: /, '').toLowerCase();
}

function noDial(link: Link, to: string, error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  const forbidden =
    error instanceof Error && ((error as ChannelError).reason === 1 || /prohibited/.test(error.message));
  return new FleetError('E_DIAL', `${link.hop.title} can not connect to ${to}: ${reasonOf(error)}`, {
    cause: error,
    ...(forbidden ? { hint: `set AllowTcpForwarding yes in sshd_config of ${link.hop.title}, then reload sshd` } : {}),
  });
}

function noSocket(link: Link, path: string, error: unknown): FleetError {
  if (!isRefused(error)) return lostConnection(link, error);
  return new FleetError('E_DIAL', `${link.hop.title} can not connect to ${path}: ${reasonOf(error)}`, {
    cause: error,
    hint: `nothing listens there, or user ${link.hop.target.user} may not use it, or sshd has AllowStreamLocalForwarding no`,
  });
}

function noAnswer(link: Link, path: string, timeoutMs: number): FleetError {
  return new FleetError('E_TIMEOUT', `${formatHop(link.hop)}: no way to ${path} within ${formatMs(timeoutMs)}`, {
    hint: `is it up? ${sshCommand(link.hop)}`,
  });
}

function tookTooLong(link: Link, line: string, timeoutMs: number): FleetError {
  const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return new FleetError('E_TIMEOUT', `${formatHop(link.hop)}: no end after ${formatMs(timeoutMs)}: ${shown}`, {
    hint: 'it may still run on the host: look there before trying again',
  });
}

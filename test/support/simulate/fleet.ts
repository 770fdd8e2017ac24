/** A fleet of simulated hosts on the loopback: real SSH, served by a few processes, and no machine behind it. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeKey } from '../ssh-key.ts';
import type { SimulatedState } from './host/host.ts';
import { simulatedName } from './sim-host.ts';
import { type Behaviour, noCounts, type SshCounts } from './ssh-hosts.ts';
import type { Answered, Inquiry, Order, Reply } from './worker.ts';

/** How large a fleet is simulated. */
export interface SimulateOptions {
  readonly hosts: number;
  /** Replicas on each host when it comes up; 0: it is empty; default 10. */
  readonly containers?: number;
  /** Processes that serve; default: one per core, and no more than one per 100 hosts. */
  readonly workers?: number;
  /** Where the inventory goes; default: a file in a temporary folder, which goes with the fleet. */
  readonly inventory?: string;
}

/** A fleet that answers. */
export interface SimulatedFleet extends AsyncDisposable {
  /** Path of the inventory. */
  readonly inventory: string;
  readonly identity: string;
  readonly knownHosts: string;
  /** The public half of `identity`, as authorized_keys has it. */
  readonly publicKey: string;
  /** Names in order. */
  readonly hosts: readonly string[];
  /** Port on 127.0.0.1 by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** From now on the host behaves so; its open connections are cut. */
  behave(host: string, behaviour: Behaviour): Promise<void>;
  /** What is on the host now. */
  state(host: string): Promise<SimulatedState>;
  /** Over all hosts; `cpuMs` is what the serving processes used so far. */
  counts(): Promise<SshCounts & { readonly cpuMs: number }>;
}

const HOSTS_PER_WORKER = 100;

/** Starts it; keys are made anew each time. */
export async function simulate(options: SimulateOptions): Promise<SimulatedFleet> {
  const { hosts: count, containers = 10 } = options;
  const workers = options.workers ?? Math.min(availableParallelism(), Math.ceil(count / HOSTS_PER_WORKER));
  const hostKey = makeKey();
  const userKey = makeKey();
  const servers = Array.from({ length: workers }, () => new Worker());
  const bounds = servers.map((_, index) => Math.round((count * index) / workers));
  const order = { kind: 'serve', containers, hostKey: hostKey.privateText, authorized: userKey.publicText } as const;
  const replies = await Promise.all(
    servers.map((server, index) => server.ask({ ...order, from: bounds[index] ?? 0, to: bounds[index + 1] ?? count })),
  );
  const names = Array.from({ length: count }, (_, index) => simulatedName(index).name);
  const ports = replies.flatMap((reply) => reply.ports);
  const byName = new Map(names.map((name, index) => [name, ports[index] ?? 0]));
  const serverOf = (host: string) => servers[bounds.filter((from) => from <= names.indexOf(host)).length - 1];
  const hostOf = new Map(names.map((name, index) => [simulatedName(index).address, name]));
  for (const server of servers)
    server.onInquiry = async ({ address, port }) => {
      const asked = await serverOf(hostOf.get(address) ?? '')?.ask({ kind: 'listens', address, port });
      return asked?.isOpen ?? false;
    };
  const folder = mkdtempSync(join(tmpdir(), 'fleet-simulated-'));
  const files = writeFiles(
    folder,
    options.inventory,
    { hostKey: hostKey.publicText, userKey: userKey.privateText },
    ports,
  );
  return {
    ...files,
    publicKey: userKey.publicText,
    hosts: names,
    ports: byName,
    behave: async (host, behaviour) => {
      await serverOf(host)?.ask({ kind: 'behave', host, behaviour });
    },
    state: async (host) => {
      const state = (await serverOf(host)?.ask({ kind: 'state', host }))?.state;
      if (state === undefined) throw new Error(`no simulated host ${host}`);
      return state;
    },
    counts: async () => {
      const all = await Promise.all(servers.map((server) => server.ask({ kind: 'counts' })));
      const sum = { ...noCounts(), cpuMs: 0 };
      for (const { counts, cpuMs } of all) {
        for (const key of Object.keys(counts) as (keyof SshCounts)[]) sum[key] += counts[key];
        sum.cpuMs += cpuMs;
      }
      return sum;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.end()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeFiles(
  folder: string,
  inventory: string | undefined,
  keys: { readonly hostKey: string; readonly userKey: string },
  ports: readonly number[],
): Pick<SimulatedFleet, 'inventory' | 'identity' | 'knownHosts'> {
  const files = {
    inventory: inventory ?? join(folder, 'inventory.yaml'),
    identity: join(folder, 'id_ed25519'),
    knownHosts: join(folder, 'known_hosts'),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.identity, keys.userKey, { mode: 0o600 });
  writeFileSync(files.knownHosts, ports.map((port) => `[127.0.0.1]:${port} ${keys.hostKey}\n`).join(''));
  writeFileSync(files.inventory, inventoryText(files, ports));
  return files;
}

function inventoryText(
  files: { readonly identity: string; readonly knownHosts: string },
  ports: readonly number[],
): string {
  return [
    '# made by test/support/simulate',
    'defaults:',
    '  user: deploy',
    `  identity: ${files.identity}`,
    `  known_hosts: ${files.knownHosts}`,
    '  address: 127.0.0.1',
    'hosts:',
    ...ports.map((port, index) => hostText(index, port)),
    '',
  ].join('\n');
}

function hostText(index: number, port: number): string {
  const { name, address } = simulatedName(index);
  const roles = index < 2 ? '[edge, worker]' : '[worker]';
  return `  ${name}: { port: ${port}, private: ${address}, roles: ${roles}, labels: { zone: z${index % 3} } }`;
}

/** Distributes over a union what `Omit` would not. */
type Asked<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A serving process, asked by messages. */
class Worker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 0;
  /** Answers what the process asks about hosts of others. */
  onInquiry: (inquiry: Inquiry) => Promise<boolean> = async () => false;

  constructor() {
    const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
    this.#child = fork(file, [], { execArgv: ['--import', 'tsx'] });
    this.#child.on('message', (message: Reply | Inquiry) => {
      if ('inquiry' in message) return void this.#answer(message);
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  ask(order: Asked<Order>): Promise<Reply> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ ...order, id }, (error) => error !== null && reject(error));
    });
  }

  async #answer(inquiry: Inquiry): Promise<void> {
    const answered: Answered = { inquiry: inquiry.inquiry, isOpen: await this.onInquiry(inquiry) };
    if (this.#child.connected) this.#child.send(answered);
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.disconnect();
    });
  }
}

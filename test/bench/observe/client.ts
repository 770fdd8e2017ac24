/**
 * One measured client, in a process of its own: logs in to all hosts of an inventory in one way and tells what that took.
 * Started by run.ts.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadInventory } from '../../../src/load/index.ts';
import type { Host } from '../../../src/model/inventory.ts';
import { observe } from '../../../src/observe/observe.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { startSenses } from '../../support/real/senses.ts';
import { bareLogins, bareProbes } from './bare.ts';

/**
 * "login": ssh2 alone, connected and logged in. "probe": the probe's output, too. "look": fleet, twice with the same
 * connections; "each" looks at each host by itself. "watch": the senses of a watcher at rest.
 */
export type Job = 'login' | 'probe' | 'look' | 'each' | 'watch';

/** What one stretch of work took in this process. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What a job tells when it is done. */
export interface Told {
  /** In order; "look": cold, warm; "watch": until all is open, and the time after that. */
  readonly costs: readonly Cost[];
  /** More memory than before, with all connections open and after a garbage collection: of the process, and of its heap. */
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Hosts that answered. */
  readonly up: number;
  /** When the last host that answered had answered. */
  readonly lastUpMs: number;
}

/** A machine that is busy with other things takes long to log in to thousands of hosts. */
const READY_MS = 300_000;

const [job = 'login', file = '', watchMs = ''] = process.argv.slice(2);
const inventory = await loadInventory(file, { env: {}, home: homedir() });
const told = await jobs()[job as Job]();
process.send?.(told, () => process.exit(0));

function jobs(): Record<Job, () => Promise<Told>> {
  return {
    login: async () => bare(async () => bareLogins(inventory, await keyText())),
    probe: async () => bare(async () => bareProbes(inventory, await keyText())),
    look,
    each,
    watch,
  };
}

async function keyText(): Promise<string> {
  return readFile(inventory.hosts[0]?.ssh.identities[0] ?? '', 'utf8');
}

async function bare(work: () => Promise<readonly unknown[]>): Promise<Told> {
  const before = memory();
  const { cost, value } = await costOf(work);
  return { costs: [cost], ...since(before), up: value.length, lastUpMs: cost.wallMs };
}

async function look(): Promise<Told> {
  const shell = createShell(inventory, { home: homedir(), now: Date.now });
  const before = memory();
  const cold = await costOf(() => observe(shell, inventory, [], { now: Date.now }));
  const up = Object.values(cold.value.hosts).filter(({ reachable }) => reachable).length;
  cold.value = { hosts: {}, images: {} };
  const warm = await costOf(async () => void (await observe(shell, inventory, [], { now: Date.now })));
  return { costs: [cold.cost, warm.cost], ...since(before), up, lastUpMs: cold.cost.wallMs };
}

/** Each host by itself, all at once: so that it is seen when each has answered. */
async function each(): Promise<Told> {
  const shell = createShell(inventory, { home: homedir(), now: Date.now });
  const before = memory();
  const from = performance.now();
  const one = async (host: Host): Promise<number> => {
    const { hosts } = await observe(shell, { ...inventory, hosts: [host] }, [], { now: Date.now });
    return hosts[host.name]?.reachable === true ? performance.now() - from : 0;
  };
  const { cost, value } = await costOf(() => Promise.all(inventory.hosts.map(one)));
  const up = value.filter((ms) => ms > 0);
  return { costs: [cost], ...since(before), up: up.length, lastUpMs: Math.max(...up) };
}

async function watch(): Promise<Told> {
  const before = memory();
  const hosts = inventory.hosts.map(({ name }) => name);
  const { cost, value: senses } = await costOf(() => startSenses(file, hosts, READY_MS));
  const rest = await costOf(() => sleep(Number(watchMs)));
  const grown = since(before);
  const up = senses.pulses.all.filter(({ what }) => what.pulse.kind === 'up').length;
  return { costs: [cost, rest.cost], ...grown, up, lastUpMs: cost.wallMs };
}

async function costOf<T>(work: () => Promise<T>): Promise<{ readonly cost: Cost; value: T }> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cost: { wallMs: performance.now() - from, cpuMs: (user + system) / 1000 }, value };
}

function memory(): { readonly rss: number; readonly heap: number } {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

function since(before: ReturnType<typeof memory>): Pick<Told, 'residentBytes' | 'heapBytes'> {
  const now = memory();
  return { residentBytes: now.rss - before.rss, heapBytes: now.heap - before.heap };
}

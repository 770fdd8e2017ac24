/**
 * What it costs to place many replicas on many hosts, and to compile the whole plan of it: wall time and peak memory, each
 * run in a fresh process, medians. "place" decides who goes where, with ports, waves and the N-1 check; "compile" writes
 * every command, router file and digest of the plan, too.
 *
 *   npx tsx test/bench/placement.ts [rounds] [20|200|1000|5000 …]        no root, one core
 */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { compile } from '../../src/compile/index.ts';
import { fleetOf, type Size } from '../support/bench/fleets.ts';
import { cpuMs, placed, problemOf } from '../support/bench/placed.ts';

const SIZES: readonly Size[] = [
  { hosts: 20, replicas: 200, services: 10 },
  { hosts: 200, replicas: 5_000, services: 50 },
  { hosts: 1_000, replicas: 30_000, services: 200 },
  { hosts: 5_000, replicas: 150_000, services: 500 },
];

/** What is measured. */
type Part = 'place' | 'compile';

interface Figures {
  readonly ms: number;
  readonly cpuMs: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly peakBytes: number;
  readonly grownBytes: number;
}

const [first = '3', ...chosen] = process.argv.slice(2);
if (first === 'child') child(Number(chosen[0]), chosen[1] === 'compile' ? 'compile' : 'place');
else table(Number(first), chosen.length === 0 ? SIZES : SIZES.filter(({ hosts }) => chosen.includes(String(hosts))));

function child(hosts: number, part: Part): void {
  const size = SIZES.find((one) => one.hosts === hosts);
  if (size === undefined) throw new Error(`no size of ${hosts} hosts`);
  const question = fleetOf(size);
  const before = process.memoryUsage().rss;
  const [from, cpuFrom] = [performance.now(), cpuMs()];
  const parts = part === 'place' ? placed(question) : compiled();
  const [ms, cpu] = [performance.now() - from, cpuMs() - cpuFrom];
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ ms, cpuMs: cpu, parts, peakBytes, grownBytes: peakBytes - before } satisfies Figures));

  function compiled(): Record<string, number> {
    const result = compile(question);
    if (!result.ok) throw problemOf(result.problems);
    return {};
  }
}

function table(rounds: number, sizes: readonly Size[]): void {
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${cpus()[0]?.model}, node ${process.version}, load ${load}; median of ${rounds}`);
  for (const { hosts, replicas, services } of sizes) {
    for (const part of ['place', 'compile'] as const) {
      const runs = Array.from({ length: rounds }, () => run(hosts, part));
      const failed = runs.find((one) => typeof one === 'string');
      const head = `${hosts} hosts, ${replicas} replicas of ${services} services: ${part}`;
      const figures = runs.filter((one) => typeof one !== 'string');
      console.log(failed === undefined ? `${head} ${format(figures)}` : `${head} failed: ${failed}`);
    }
  }
}

function run(hosts: number, part: Part): Figures | string {
  const argv = [
    '--max-old-space-size=6000',
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    'child',
    `${hosts}`,
    part,
  ];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) return `${signal ?? status} ${stderr.trim().split('\n').slice(0, 3).join(' ')}`;
  return JSON.parse(stdout);
}

function format(runs: readonly Figures[]): string {
  const names = Object.keys(runs[0]?.parts ?? {});
  const inner = names.map((name) => `${name} ${median(runs.map(({ parts }) => parts[name] ?? 0)).toFixed(0)}`);
  const ms = median(runs.map((one) => one.ms)).toFixed(0);
  const peak = (median(runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0);
  const grown = (median(runs.map(({ grownBytes }) => grownBytes)) / 2 ** 20).toFixed(0);
  const cpu = median(runs.map((one) => one.cpuMs)).toFixed(0);
  return `${ms} ms, cpu ${cpu} ms${inner.length === 0 ? '' : ` (${inner.join(', ')})`}, peak ${peak} MiB, ${grown} MiB of it here`;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Part `large`: one deploy on hundreds of simulated hosts, from nothing and once more: what it costs the machine that runs fleet. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOP } from '../../support/real/fleet.ts';
import { playbookText } from '../../support/simulate/app.ts';
import { type SimulatedFleet, simulate } from '../../support/simulate/fleet.ts';
import type { BenchPart, BenchTable, Cell } from '../parts/part.ts';
import { measuredFleet } from '../story/usage.ts';

/** Services have as many replicas each, and hosts ten on the average. */
interface Size {
  readonly hosts: number;
  readonly services: number;
}

const REPLICAS_PER_HOST = 10;
const SIZES: readonly Size[] = [
  { hosts: 200, services: 50 },
  { hosts: 1_000, services: 100 },
];
const BRIEF: readonly Size[] = [{ hosts: 6, services: 3 }];
const MIB = 2 ** 20;

export const largePart: BenchPart = {
  name: 'large',
  question: 'What does one deploy on hundreds of hosts cost the machine that runs fleet?',
  needsRoot: false,
  skip: () => (existsSync(`${TOP}dist/main.js`) ? undefined : 'dist/main.js is missing: npm run build'),
  measure: async ({ brief, say }) => {
    const rows: Cell[][] = [];
    for (const size of brief ? BRIEF : SIZES) rows.push(...(await measured(size, say)));
    return [tableOf(rows)];
  },
};

async function measured({ hosts, services }: Size, say: (line: string) => void): Promise<Cell[][]> {
  const replicas = (hosts * REPLICAS_PER_HOST) / services;
  const folder = mkdtempSync(join(tmpdir(), 'fleet-large-'));
  await using fleet = await simulate({ hosts, containers: 0 });
  try {
    const playbook = join(folder, 'large.json');
    writeFileSync(playbook, playbookText('large', { services, replicas }));
    const argv = ['deploy', '--yes', '--inventory', fleet.inventory, '--file', playbook];
    const rows: Cell[][] = [];
    for (const what of ['from nothing', 'again, nothing to do']) {
      rows.push([`${hosts} hosts, ${services * replicas} replicas: ${what}`, ...(await costs(fleet, argv, folder))]);
      say(`large: ${hosts} hosts, ${what}`);
    }
    await mustRun(fleet, services * replicas);
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function costs(fleet: SimulatedFleet, argv: readonly string[], folder: string): Promise<Cell[]> {
  const before = await fleet.counts();
  const { run, peakBytes, cpuSeconds } = await measuredFleet(argv, folder);
  const after = await fleet.counts();
  const served = (after.cpuMs - before.cpuMs) / 1_000;
  const hosts = fleet.hosts.length;
  return [
    run.ms / 1_000,
    cpuSeconds,
    (cpuSeconds * 1_000) / hosts,
    peakBytes / MIB,
    after.commands - before.commands,
    served,
  ];
}

/** All replicas, wherever they are. */
async function mustRun(fleet: SimulatedFleet, expected: number): Promise<void> {
  const states = await Promise.all(fleet.hosts.map((host) => fleet.state(host)));
  const running = states.flatMap(({ report }) => report.containers).filter(({ state }) => state === 'running');
  if (running.length !== expected) throw new Error(`${running.length} of ${expected} replicas run`);
}

function tableOf(rows: readonly Cell[][]): BenchTable {
  return {
    title: 'one `fleet deploy` on simulated hosts',
    columns: [
      'what',
      'wall [s]',
      'CPU of fleet [s]',
      'of it per host [ms]',
      'peak memory of fleet [MiB]',
      'commands on hosts',
      'CPU of the simulation [s]',
    ],
    rows,
    notes: [
      'One run each. Hosts are simulated on the same machine: the SSH, the shell lines and the files are real, Docker is a model in which nothing takes time. ' +
        'So the wall is mostly the simulation: CPU and memory of fleet are the figures.',
    ],
  };
}

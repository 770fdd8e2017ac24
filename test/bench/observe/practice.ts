/** 20 practice hosts with 200 containers: how long a look takes, beside `docker ps` by OpenSSH. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labDown, labUp } from '../../../src/lab/index.ts';
import { PROBE } from '../../../src/observe/probe.ts';
import { Masters } from '../../support/bench/masters.ts';
import { fleetOk } from '../../support/real/fleet.ts';
import type { BenchContext, BenchTable, Cell } from '../parts/part.ts';
import { median, runClient } from './run.ts';

const LAB = 'observe';
const HOSTS = 20;
const REPLICAS = 200;

/** As small as they get: only how many there are counts. */
const PLAYBOOK = {
  name: 'observed',
  services: Object.fromEntries(
    ['web', 'cart', 'mail', 'jobs'].map((name) => [
      name,
      {
        image: 'busybox:1',
        command: ['httpd', '-f', '-p', '8080'],
        init: true,
        expose: ['8080'],
        deploy: { replicas: REPLICAS / 4, resources: { reservations: { cpus: '0.05', memory: '16M' } } },
      },
    ]),
  ),
};

/** The table of practice hosts; makes the lab and removes it. */
export async function practiceHosts(context: BenchContext): Promise<BenchTable> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
  const inventory = join(folder, 'lab.yaml');
  const playbook = join(folder, 'observed.json');
  writeFileSync(playbook, JSON.stringify(PLAYBOOK));
  context.say(`observe: ${HOSTS} practice hosts come up and get ${REPLICAS} containers`);
  const lab = await labUp({ name: LAB, hosts: HOSTS, edges: 2, inventory });
  try {
    await fleetOk(['deploy', '--yes', '--inventory', inventory, '--file', playbook]);
    await using masters = await Masters.open(lab, folder);
    return await measured(context, inventory, masters);
  } finally {
    await labDown({ name: LAB });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each way, by round. */
interface Round {
  readonly psWarm: number;
  readonly probeWarm: number;
  readonly psCold: number;
  readonly lookCold: number;
  readonly lookWarm: number;
  readonly cpuCold: number;
  readonly cpuWarm: number;
}

async function measured({ runs, say }: BenchContext, inventory: string, masters: Masters): Promise<BenchTable> {
  const rounds: Round[] = [];
  for (let round = 0; round < runs; round++) {
    const psWarm = await timed(() => masters.onAll(() => 'docker ps'));
    const probeWarm = await timed(() => masters.onAll(() => PROBE));
    const psCold = await timed(() => masters.onAllCold('docker ps'));
    const { costs } = await runClient('look', inventory);
    const [cold, warm] = costs;
    if (cold === undefined || warm === undefined) throw new Error('the client told too little');
    const look = { lookCold: cold.wallMs, lookWarm: warm.wallMs, cpuCold: cold.cpuMs, cpuWarm: warm.cpuMs };
    rounds.push({ psWarm, probeWarm, psCold, ...look });
    say(`observe: practice hosts, round ${round + 1} of ${runs}`);
  }
  const of = (key: keyof Round): number => median(rounds.map((one) => one[key]));
  const row = (what: string, key: keyof Round, cpu?: keyof Round): Cell[] => [
    what,
    of(key),
    of(key) / of('psWarm'),
    cpu === undefined ? null : of(cpu),
  ];
  return {
    title: `${HOSTS} practice hosts with ${REPLICAS} containers`,
    columns: ['what, on all hosts at once', 'median [ms]', 'to docker ps, warm', 'client CPU [ms]'],
    rows: [
      row('ssh HOST docker ps, ControlMasters open', 'psWarm'),
      row("ssh HOST and fleet's script with docker commands, ControlMasters open", 'probeWarm'),
      row('fleet, warm look', 'lookWarm', 'cpuWarm'),
      row('ssh HOST docker ps, new connections', 'psCold'),
      row('fleet, cold look', 'lookCold', 'cpuCold'),
    ],
    notes: [
      `Medians of ${runs} rounds; all hosts share this machine's cores. A look reads all that a plan needs: containers, networks, images, volumes, ports, router files, records; docker ps prints names.`,
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

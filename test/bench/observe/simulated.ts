/** Many hosts: what looking at them costs the client, beside the cost of ssh2's login alone. */
import { type SimulatedFleet, simulate } from '../../support/simulate/fleet.ts';
import type { Behaviour } from '../../support/simulate/ssh-hosts.ts';
import type { BenchContext, BenchTable, Cell } from '../parts/part.ts';
import type { Job, Told } from './client.ts';
import { median, runClient } from './run.ts';

const CONTAINERS = 10;
const JOBS: readonly Job[] = ['login', 'probe', 'look', 'watch'];

/** The table of many hosts. */
export async function manyHosts({ runs, brief, say }: BenchContext): Promise<BenchTable> {
  const [hosts, watchMs] = brief ? [20, 1_000] : [2_000, 10_000];
  await using fleet = await simulate({ hosts, containers: CONTAINERS });
  const told = new Map<Job, Told[]>(JOBS.map((job) => [job, []]));
  let served = 0;
  for (let round = 0; round < runs; round++) {
    for (const job of JOBS) {
      const before = await fleet.counts();
      const one = await runClient(job, fleet.inventory, watchMs);
      if (one.up !== hosts) throw new Error(`${job}: ${one.up} of ${hosts} hosts answered`);
      told.get(job)?.push(one);
      if (job === 'login') served = (await fleet.counts()).cpuMs - before.cpuMs;
    }
    say(`observe: ${hosts} simulated hosts, round ${round + 1} of ${runs}`);
  }
  return tableOf({ hosts, watchMs, servedMs: served }, told);
}

function tableOf(
  { hosts, watchMs, servedMs }: { readonly hosts: number; readonly watchMs: number; readonly servedMs: number },
  told: ReadonlyMap<Job, readonly Told[]>,
): BenchTable {
  const of = (job: Job, value: (one: Told) => number): number => median((told.get(job) ?? []).map(value));
  const cpu = (job: Job, index: number): number => of(job, ({ costs }) => costs[index]?.cpuMs ?? Number.NaN) / hosts;
  const wall = (job: Job, index: number): number => of(job, ({ costs }) => costs[index]?.wallMs ?? Number.NaN) / 1000;
  const kib = (job: Job): Cell[] => [
    of(job, ({ residentBytes }) => residentBytes) / hosts / 1024,
    of(job, ({ heapBytes }) => heapBytes) / hosts / 1024,
  ];
  const floor = cpu('login', 0);
  const row = (what: string, job: Job, index: number, memory: Cell[]): Cell[] => [
    what,
    wall(job, index),
    cpu(job, index),
    cpu(job, index) / floor,
    ...memory,
  ];
  return {
    title: `${hosts} simulated hosts with ${CONTAINERS} containers each`,
    columns: [
      'what',
      'wall [s]',
      'client CPU per host [ms]',
      'to the floor',
      'memory per host [KiB]',
      'of it heap and buffers [KiB]',
    ],
    rows: [
      row('floor: ssh2 alone, connect and log in', 'login', 0, kib('login')),
      row('ssh2 alone, log in and run one script, Docker not asked', 'probe', 0, kib('probe')),
      row('fleet, cold look', 'look', 0, [null, null]),
      row('fleet, warm look', 'look', 1, kib('look')),
      row('fleet watch, until every host is asked and streams', 'watch', 0, [null, null]),
      row(`fleet watch, ${watchMs / 1000} s at rest`, 'watch', 1, kib('watch')),
    ],
    notes: [
      `Medians of ${told.get('login')?.length} runs, each in a fresh process. The servers share this machine's cores and use ${(servedMs / hosts).toFixed(1)} ms of CPU per login themselves: the client's CPU is the honest figure.`,
      'Memory: what the process has more than before with all connections open, after a garbage collection.',
    ],
  };
}

/** How hosts can be bad; the last one needs no deadline to be known. */
const BAD: readonly (readonly [Behaviour, string])[] = [
  ['hang', 'take the connection and say nothing'],
  ['stall', 'say nothing after their greeting'],
  ['refuse', 'refuse the connection'],
];

/** The table of hosts that hang. */
export async function hangingHosts({ runs, brief, say }: BenchContext): Promise<BenchTable> {
  const [hosts, bad] = brief ? [20, 4] : [500, 50];
  await using fleet = await simulate({ hosts, containers: CONTAINERS });
  const hanging = fleet.hosts.slice(0, bad);
  const well = await looks(fleet, runs);
  const rows: Cell[][] = [['all are well', ...well]];
  for (const [behaviour, words] of brief ? BAD.slice(-1) : BAD) {
    for (const host of hanging) await fleet.behave(host, behaviour);
    rows.push([`${bad} ${words}`, ...(await looks(fleet, runs))]);
    say(`observe: ${bad} of ${hosts} ${words}`);
  }
  return {
    title: `${bad} of ${hosts} simulated hosts do not answer: the first ones asked`,
    columns: ['what', 'the last of the others answered after [s]', 'the look was over after [s]', 'hosts up'],
    rows,
    notes: ['A cold look. The deadline of a login is 10 s; hosts that refuse are known at once.'],
  };
}

async function looks(fleet: SimulatedFleet, runs: number): Promise<Cell[]> {
  const told: Told[] = [];
  for (let round = 0; round < runs; round++) told.push(await runClient('each', fleet.inventory));
  return [
    median(told.map(({ lastUpMs }) => lastUpMs)) / 1000,
    median(told.map(({ costs }) => costs[0]?.wallMs ?? Number.NaN)) / 1000,
    median(told.map(({ up }) => up)),
  ];
}

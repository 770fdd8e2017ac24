/**
 * What the senses of a watcher cost on 6 idle practice hosts, and how soon they notice: CPU and memory over a minute, and
 * medians of the times from a host's power loss, a pulled cable and a killed container until each is told.
 *
 *   npx tsx test/bench/senses.ts [rounds] [seconds]        needs root; makes the lab "bench" and removes it
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootHost, cutHost, killHost, labDown, labUp, mendHost, rootExec } from '../../src/lab/index.ts';
import { pulseAfter, type Senses, startSenses } from '../support/real/senses.ts';

const LAB = process.env.FLEET_TEST_LAB ?? 'bench';
const HOST = 'vm4';
const CONTAINER = 'bench.web.1.1';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 60);
const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
const inventory = join(folder, 'lab.yaml');
const { shape } = await labUp({ name: LAB, hosts: 6, edges: 2, inventory });
try {
  const hosts = shape.hosts.map(({ name }) => name);
  await using senses = await startSenses(inventory, hosts);
  await cost();
  await tellTimes('container killed', () => killedContainer(senses));
  await tellTimes('power loss', () => powerLoss(senses));
  await tellTimes('cable pulled', () => pulledCable(senses));
  const other = senses.pulses.all.filter(({ what }) => what.host !== HOST && what.pulse.kind !== 'up');
  console.log(`pulses of other hosts that were not "up": ${other.length}`);
} finally {
  await labDown({ name: LAB });
  rmSync(folder, { recursive: true, force: true });
}

async function cost(): Promise<void> {
  await sleep(5_000);
  const before = { cpu: process.cpuUsage(), bytes: process.memoryUsage().rss, at: performance.now() };
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before.cpu);
  const share = (user + system) / 1_000 / (performance.now() - before.at);
  const grown = (process.memoryUsage().rss - before.bytes) / 2 ** 20;
  console.log(
    `6 idle hosts, ${seconds} s: ${(share * 100).toFixed(2)} % of a core, ${grown.toFixed(1)} MiB more memory`,
  );
}

async function killedContainer({ events }: Senses): Promise<number> {
  const labels = ['--label', 'fleet.app=bench', '--label', 'fleet.service=web'];
  await asRoot('docker', 'run', '--detach', '--name', CONTAINER, ...labels, 'busybox:1', 'sleep', '600');
  const died = events.next(({ action, container }) => action === 'die' && container === CONTAINER, 30_000);
  const from = performance.now();
  await asRoot('docker', 'kill', CONTAINER);
  const { at } = await died;
  await asRoot('docker', 'rm', '--force', CONTAINER);
  return Math.round(at - from);
}

async function powerLoss(senses: Senses): Promise<number> {
  const silent = pulseAfter(senses, HOST, { kind: 'silent', from: performance.now() });
  await killHost(HOST, LAB);
  const ms = await silent;
  const up = pulseAfter(senses, HOST, { kind: 'up', from: 0 });
  await bootHost(HOST, LAB);
  await up;
  return ms;
}

async function pulledCable(senses: Senses): Promise<number> {
  const silent = pulseAfter(senses, HOST, { kind: 'silent', from: performance.now() });
  await cutHost(HOST, LAB);
  const ms = await silent;
  const up = pulseAfter(senses, HOST, { kind: 'up', from: performance.now() });
  await mendHost(HOST, LAB);
  console.log(`  mended cable noticed after ${await up} ms`);
  return ms;
}

async function tellTimes(what: string, measure: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Losses must not keep step with the questions.
    await sleep(2_000 + Math.random() * 1_000);
    times.push(await measure());
  }
  const median = [...times].sort((left, right) => left - right)[Math.floor(times.length / 2)];
  console.log(`${what}: median ${median} ms of ${times.join(', ')}`);
}

async function asRoot(...argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await rootExec(HOST, argv, { labName: LAB });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}

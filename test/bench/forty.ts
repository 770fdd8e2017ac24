/**
 * 40 replicas on 6 practice hosts: fleet's plan and deploy against a plain shell script that runs the same docker
 * commands over open SSH connections, hosts in parallel, in the same run. Prints the times and their ratio.
 *
 *   npx tsx test/bench/forty.ts [rounds]        needs root; makes the lab "bench" and removes it
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labDown, labUp } from '../../src/lab/index.ts';
import type { Plan } from '../../src/model/plan.ts';
import { fleetOk } from '../support/real/fleet.ts';

const REPLICAS = 40;
const PLAYBOOK = {
  name: 'forty',
  services: {
    web: {
      image: 'busybox:1',
      command: ['httpd', '-f', '-p', '8080'],
      init: true,
      expose: ['8080'],
      deploy: { replicas: REPLICAS, resources: { reservations: { cpus: '0.05', memory: '16M' } } },
    },
  },
};

const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
const inventory = join(folder, 'lab.yaml');
const playbook = join(folder, 'forty.json');
const files = ['--inventory', inventory, '--file', playbook];
writeFileSync(playbook, JSON.stringify(PLAYBOOK));

const lab = await labUp({ name: 'bench', hosts: 6, edges: 2, inventory });
try {
  await bench(lab);
} finally {
  await labDown({ name: 'bench' });
  rmSync(folder, { recursive: true, force: true });
}

async function bench({ shape, identity, knownHosts }: Awaited<ReturnType<typeof labUp>>): Promise<void> {
  const masters = new Map<string, readonly string[]>();
  for (const { name, address } of shape.hosts) {
    const control = ['-o', `ControlPath=${join(folder, name)}`];
    const options = ['-i', identity, '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'IdentitiesOnly=yes', ...control];
    await run(['ssh', ...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=yes', '-fN', `deploy@${address}`]);
    masters.set(name, ['ssh', ...control, `deploy@${address}`]);
  }
  // Once before the clock starts: images, routers and networks are there for both.
  await fleetOk(['deploy', '--yes', ...files]);
  const scripts = await scriptsFromPlan();
  const times: { readonly plan: number; readonly deploy: number; readonly script: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await clear(masters);
    const script = await timed(() => onAll(masters, (name) => scripts.get(name) ?? ''));
    await clear(masters);
    const plan = (await fleetOk(['plan', ...files])).ms;
    const deploy = (await fleetOk(['deploy', '--yes', ...files])).ms;
    times.push({ plan, deploy, script });
    say(`round ${round + 1}: plan ${plan} ms, deploy ${deploy} ms, script ${script} ms`);
  }
  for (const master of masters.values()) await run([...master.slice(0, -1), '-O', 'exit', master.at(-1) ?? '']);
  const median = (key: 'plan' | 'deploy' | 'script') => {
    const sorted = times.map((time) => time[key]).sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  const ratio = median('deploy') / median('script');
  say(
    `median: plan ${median('plan')} ms, deploy ${median('deploy')} ms, script ${median('script')} ms, ratio ${ratio.toFixed(2)}`,
  );
}

/** The very commands with which fleet starts the replicas, one shell script a host. */
async function scriptsFromPlan(): Promise<Map<string, string>> {
  await fleetOk(['remove', '--yes', ...files]);
  const saved = join(folder, 'forty.plan.json');
  await fleetOk(['plan', '-o', saved, ...files]);
  const { steps } = JSON.parse(readFileSync(saved, 'utf8')) as Plan;
  const scripts = new Map<string, string>();
  for (const { host, action, commands } of steps) {
    const networks = commands.some(
      (command) => command.kind === 'run' && command.line.includes('docker network create'),
    );
    if (action.kind !== 'start' && !networks) continue;
    for (const command of commands) {
      if (command.kind !== 'run') continue;
      if (action.kind !== 'start' && !command.line.includes('docker network create')) continue;
      scripts.set(host, `${scripts.get(host) ?? 'set -e\n'}${command.line}\n`);
    }
  }
  return scripts;
}

/** No container of the app is left; routers, images and networks stay. */
async function clear(masters: ReadonlyMap<string, readonly string[]>): Promise<void> {
  await fleetOk(['remove', '--yes', ...files]);
  await onAll(masters, () => 'ids=$(docker ps -aq --filter label=fleet.app=forty); [ -z "$ids" ] || docker rm -f $ids');
}

async function onAll(masters: ReadonlyMap<string, readonly string[]>, script: (host: string) => string): Promise<void> {
  await Promise.all([...masters].map(([name, master]) => run([...master, 'sh -s'], script(name))));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}

function run(argv: readonly string[], input = ''): Promise<void> {
  const [program = 'false', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${argv.join(' ')} ended with ${code}`))));
    child.stdin.end(input);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** fleet is killed with SIGKILL at each of its steps in turn; the same command again finishes the work. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetRun, fleet, fleetOk, TOP } from '../support/real/fleet.ts';
import { containers, edgeUrls, theLab } from '../support/real/lab.ts';
import { formatTraffic, startTraffic } from '../support/traffic/process.ts';

const MINUTE_MS = 60_000;
// More steps than any such deploy has: the walk ends by itself when a run is over before it was killed.
const MOST_STEPS = 200;

let folder = '';
let files: readonly string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-walk-'));
  const inventory = join(folder, 'three.yaml');
  writeFileSync(inventory, threeHosts(readFileSync(theLab().inventory, 'utf8')));
  files = ['--inventory', inventory, '--file', `${TOP}test/integration/playbooks/walk.yaml`];
  await fleetOk(['deploy', '--yes', ...files]);
});
afterAll(async () => {
  await fleetOk(['remove', '--yes', '--volumes', ...files]);
  rmSync(folder, { recursive: true, force: true });
});

test(
  'killed at any step, fleet leaves one version serving, and the same command again ends in the wanted state',
  async () => {
    const urls = edgeUrls().slice(0, 1);
    const args = ['--host', 'walk.test', '--path', '/', '--post-path', '/order'];
    await using traffic = await startTraffic({ urls, rate: 50, forSeconds: 3_000, args });
    let killed = 0;
    for (; killed < MOST_STEPS; killed += 1) {
      const version = killed % 2 === 0 ? '2' : '1';
      const run = await killedAtStep(killed + 1, version);
      if (run.code === 0) break;
      expect(run.code, `not killed, but failed:\n${run.stdout}\n${run.stderr}`).toBe(-1);
      await finish(version, `after SIGKILL at step ${killed + 1} (${lastStep(run)})`);
      const { failures } = await traffic.snapshot();
      expect(failures, `requests failed around SIGKILL at step ${killed + 1} (${lastStep(run)})`).toEqual([]);
    }
    const seen = await traffic.stop();
    process.stderr.write(`killed at each of ${killed} steps\n${formatTraffic(seen)}\n`);
    expect(killed).toBeGreaterThan(10);
    expect(killed).toBeLessThan(MOST_STEPS);
    expect(seen.failed).toBe(0);
  },
  45 * MINUTE_MS,
);

function killedAtStep(step: number, version: string): Promise<FleetRun> {
  let started = 0;
  return fleet(['deploy', '--yes', '--json', ...files], {
    env: { WALK_VERSION: version },
    killAt: ({ kind }) => {
      if (kind === 'step-started') started += 1;
      return kind === 'step-started' && started === step;
    },
  });
}

/** The same command again; then nothing is left to do, and nothing is there that should not be. */
async function finish(version: string, when: string): Promise<void> {
  const env = { WALK_VERSION: version };
  const again = await fleet(['deploy', '--yes', '--json', ...files], { env });
  expect(again.code, `${when}\n${again.stdout}\n${again.stderr}`).toBe(0);
  const plan = await fleet(['plan', '--detailed-exitcode', ...files], { env });
  expect(plan.code, `${when}: something is left to do\n${plan.stdout}`).toBe(0);
  const all = await containers();
  const services = all.map(({ name }) => name.split('.')[1]);
  expect(services.sort(), `${when}: ${JSON.stringify(all)}`).toEqual(['api', 'api', 'web', 'web']);
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['running']));
}

function lastStep(run: FleetRun): string {
  const started = run.events.flatMap((event) => (event.kind === 'step-started' ? [event.id] : []));
  return started.at(-1) ?? 'before the first step';
}

/** The lab's inventory with one edge and two more hosts only, so that the walk is not longer than it needs to be. */
function threeHosts(inventory: string): string {
  return inventory
    .split('\n')
    .filter((line) => !/^ {2}vm\d+:/.test(line) || /^ {2}vm(1|3|4):/.test(line))
    .join('\n');
}

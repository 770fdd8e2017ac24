/** Real errors behind a health check that is always good: counted exactly, and above the limit taken back under traffic. */
import { homedir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadInventory } from '../../src/load/index.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { Usage } from '../../src/model/load.ts';
import type { Shell } from '../../src/model/shell.ts';
import { readLoads } from '../../src/observe/metrics/read.ts';
import { observe } from '../../src/observe/observe.ts';
import { createShell } from '../../src/ssh/shell.ts';
import { containers, edgeUrls, onLab, onLabOk, removeApp, theLab } from '../support/real/lab.ts';
import { formatTraffic, startTraffic, type Traffic } from '../support/traffic/process.ts';
import type { TrafficSummary } from '../support/traffic/tally.ts';

const ANSWERS = 'test/integration/playbooks/answers.yaml';
const GETS = ['--path', '/', '--post-share', '0'];
const MONITOR_MS = 20_000;
const RATE = 100;

const deploy = (version: string, run = onLabOk) =>
  run(ANSWERS, ['deploy', '--yes', '--json'], { env: { ANSWERS_VERSION: version } });

beforeAll(async () => {
  await deploy('rare');
});
afterAll(() => removeApp(ANSWERS));

test('what is sent is what is counted: requests, errors, their rate, and cpu of all replicas', async () => {
  const { inventory: path } = theLab();
  const inventory = await loadInventory(path, { env: {}, home: homedir(), user: 'deploy' });
  const shell = createShell(inventory, { home: homedir(), now: Date.now });
  try {
    const first = await look(shell, inventory);
    await using traffic = await startTraffic({ urls: edgeUrls(), rate: 200, forSeconds: 10, args: GETS });
    await until(traffic, ({ sent }) => sent >= 1000);
    const web = (await look(shell, inventory, { before: first.usage, windowSeconds: 3 })).loads.answers?.web;
    const seen = await until(traffic, ({ kind }) => kind === 'summary');
    expect(await counted(shell, inventory, seen.sent)).toEqual({ requests: seen.sent, errors: seen.failed });
    process.stderr.write(`  ${seen.sent} sent and counted, ${seen.failed} errors; measured: ${JSON.stringify(web)}\n`);
    expect(seen.sent).toBe(2000);
    expect(web?.cpuShare).toBeGreaterThan(0);
    expect(web?.requestsPerSecond).toBeGreaterThan(100);
    expect(web?.requestsPerSecond).toBeLessThan(300);
  } finally {
    await shell.close();
  }
});

test('a version whose checks are good and which answers every third request with 500 is taken back by itself', async () => {
  const before = await containers();
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: RATE, args: GETS });
  const run = await deploy('bad', onLab);
  const endedAt = Date.now();
  await until(traffic, ({ sent, startedAt }) => sent > ((endedAt - startedAt) / 1000 + 2) * RATE);
  const seen = await traffic.stop();
  process.stderr.write(`${formatTraffic(seen)}\n`);
  expect(run.code, run.stdout + run.stderr).toBe(1);
  const failure = run.events.find((event) => event.kind === 'step-failed');
  expect(failure?.failure).toMatchObject({
    code: 'E_HEALTH',
    message: expect.stringMatching(
      /^vm\d: verify cutover-1: web: \d+ of \d+ answers to real requests were errors \(limit 5 %\): web\.2\.\d \d+ of \d+/,
    ),
  });
  // It is seen long before the time of watching is over.
  const failedAt = failure?.at ?? 0;
  const switchedAt = run.events.find((event) => event.kind === 'step-done' && /^confirm/.test(event.id))?.at ?? 0;
  process.stderr.write(`  taken back ${failedAt - switchedAt} ms after the switch\n`);
  expect(failedAt - switchedAt).toBeLessThan(MONITOR_MS / 2);
  const end = run.events.find((event) => event.kind === 'plan-done');
  expect(end?.result).toMatchObject({ kind: 'failed', committed: false, left: [] });
  expect(Object.keys(seen.reasons), formatTraffic(seen)).toEqual(['status 500']);
  expect(seen.versions['x-shop-version']?.bad?.lastSentAt ?? 0).toBeLessThan(endedAt);
  expect(await containers()).toEqual(before);
});

test('errors below the limit let a version stay', async () => {
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: RATE, args: GETS });
  const run = await deploy('seldom');
  const seen = await traffic.stop();
  expect(run.ms).toBeGreaterThan(MONITOR_MS);
  expect(seen.failed).toBeGreaterThan(0);
  expect(Object.keys(seen.reasons), formatTraffic(seen)).toEqual(['status 500']);
});

/** Asks the traffic how it goes until it has come so far. */
async function until(traffic: Traffic, isThere: (seen: TrafficSummary) => boolean): Promise<TrafficSummary> {
  for (;;) {
    const seen = await traffic.snapshot();
    if (isThere(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function look(shell: Shell, inventory: Inventory, more: { before?: Usage; windowSeconds?: number } = {}) {
  const observed = await observe(shell, inventory, [], { now: Date.now });
  const hosts = inventory.hosts.map(({ name }) => name);
  const question = { shell, inventory, observed: observed.hosts, apps: ['answers'], hosts, windowSeconds: 60 };
  return readLoads({ ...question, ...more });
}

/** A line is in the log a second late, and the newest second is left out: asked until all are there, or for ten seconds. */
async function counted(
  shell: Shell,
  inventory: Inventory,
  sent: number,
): Promise<{ requests: number; errors: number }> {
  const patience = Date.now() + 10_000;
  for (;;) {
    const { usage } = await look(shell, inventory);
    const counts = Object.values(usage).flatMap(({ requests }) => Object.values(requests?.byAddress ?? {}));
    const requests = counts.reduce((sum, one) => sum + one.requests, 0);
    const errors = counts.reduce((sum, one) => sum + one.errors, 0);
    if (requests >= sent || Date.now() > patience) return { requests, errors };
  }
}

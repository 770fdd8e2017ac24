/** Hosts in and out of work, on real hosts under traffic: marks, drain, maintenance with a reboot, another router image. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fleet, fleetOk } from '../support/real/fleet.ts';
import { containers, edgeUrls, onEachHost, onLabOk, removeApp, theLab } from '../support/real/lab.ts';
import { addTag } from '../support/real/stand-ins.ts';
import { startTraffic } from '../support/traffic/process.ts';

const WALK = 'test/integration/playbooks/walk.yaml';
/** Clients know both edges, and go to the other one when one refuses them. */
const CLIENT = ['--host', 'walk.test', '--path', '/', '--post-path', '/order', '--fail-over'];

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-hosts-'));
  await onLabOk(WALK, ['deploy', '--yes']);
});
afterAll(async () => {
  await removeApp(WALK);
  rmSync(folder, { recursive: true, force: true });
});

/** What is about hosts needs the inventory alone. */
function onHosts(...args: readonly string[]) {
  return fleetOk([...args, '--inventory', theLab().inventory]);
}

function scale(web: number) {
  return onHosts('scale', `web=${web}`, '--yes', '-p', 'walk');
}

/** Hosts that run anything of the app, sorted. */
async function busyHosts(): Promise<string[]> {
  return [...new Set((await containers()).map(({ host }) => host))].sort();
}

/** A host that runs something and is no edge. */
async function aBusyWorker(): Promise<string> {
  const busy = await busyHosts();
  const found = theLab().hosts.find(({ name, roles }) => busy.includes(name) && !roles.includes('edge'));
  if (found === undefined) throw new Error('only edges run anything');
  return found.name;
}

async function underTraffic(work: () => Promise<unknown>): Promise<void> {
  await using traffic = await startTraffic({ urls: edgeUrls(), rate: 50, forSeconds: 600, args: CLIENT });
  await work();
  const { ok, failures } = await traffic.stop();
  expect(failures).toEqual([]);
  expect(ok).toBeGreaterThan(100);
}

/** Since when the first process of each host runs: another number after a reboot. */
async function lives(): Promise<ReadonlyMap<string, string>> {
  return onEachHost(['sh', '-c', "sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20"]);
}

test('a cordoned host gets nothing new until it is let in again', async () => {
  const busy = await busyHosts();
  const idle = theLab().hosts.find(({ name }) => !busy.includes(name))?.name ?? '';
  await onHosts('cordon', idle, '--yes', '--why', 'disk is failing');
  await scale(5);
  expect(await busyHosts()).toEqual(theLab().hosts.flatMap(({ name }) => (name === idle ? [] : [name])));
  await onHosts('uncordon', idle, '--yes');
  await scale(6);
  expect(await busyHosts()).toEqual(theLab().hosts.map(({ name }) => name));
  await scale(2);
});

test('all that may move leaves a drained host, and no request fails', async () => {
  const host = await aBusyWorker();
  await underTraffic(() => onHosts('drain', host, '--yes'));
  expect(await busyHosts()).not.toContain(host);
  expect((await onHosts('drain', host, '--yes')).stdout).toContain(`nothing to do: ${host} is drained`);
  await onHosts('uncordon', host, '--yes');
});

test('a worker and an edge are emptied, worked on, rebooted and let in again, one after the other; no request fails', async () => {
  const hosts = [await aBusyWorker(), theLab().hosts.find(({ roles }) => roles.includes('edge'))?.name ?? ''];
  const before = await lives();
  const run = ['--run', 'touch .maintained', '--reboot'];
  await underTraffic(async () => {
    const { stdout } = await onHosts('maintain', ...hosts, ...run, '--yes');
    expect(stdout).toContain(`maintained: ${[...hosts].sort().join(', ')}\n`);
  });
  const after = await lives();
  const rebooted = theLab().hosts.flatMap(({ name }) => (before.get(name) === after.get(name) ? [] : [name]));
  expect(rebooted).toEqual([...hosts].sort());
  const touched = await onEachHost(['sh', '-c', 'ls /home/deploy/.maintained 2>/dev/null; true']);
  expect([...touched].flatMap(([name, text]) => (text === '' ? [] : [name]))).toEqual([...hosts].sort());
  const rows = JSON.parse((await onHosts('hosts', '--json')).stdout) as readonly { name: string; mark?: unknown }[];
  expect(rows.flatMap(({ name, mark }) => (mark === undefined ? [] : [name]))).toEqual([]);
});

test('routers of another image take over host by host, and no request fails', async () => {
  await addTag(theLab().registry, 'library/nginx', '1.30', 'next');
  const inventory = join(folder, 'next.yaml');
  writeFileSync(inventory, `${readFileSync(theLab().inventory, 'utf8')}\nrouter: { image: "nginx:next" }\n`);
  await underTraffic(() => fleetOk(['routers', '--yes', '--inventory', inventory]));
  expect(await routerImages()).toEqual(['nginx:next']);
  expect((await fleet(['routers', '--yes', '--inventory', inventory])).stdout).toContain('nothing to do');
  await underTraffic(() => onHosts('routers', '--yes'));
  expect(await routerImages()).toEqual(['nginx:1.30']);
});

test('a machine that is a host already needs no bootstrap', async () => {
  const names = theLab().hosts.map(({ name }) => name);
  expect((await onHosts('bootstrap', ...names, '--yes')).stdout).toContain('nothing to do');
});

/** Images of all routers by name, each once. */
async function routerImages(): Promise<string[]> {
  const said = await onEachHost(['docker', 'inspect', '--format', '{{.Config.Image}}', 'fleet-router']);
  return [...new Set([...said.values()].map((text) => text.trim().replace(/@.*$/, '')))];
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_ORDER } from '../../../src/model/heal.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { ApplyEnd } from '../../../src/one-way.ts';
import { SimulatedApp } from '../../support/simulate/app.ts';
import { type SimulatedFleet, simulate } from '../../support/simulate/fleet.ts';
import type { SimulatedState } from '../../support/simulate/host/host.ts';

// One story: each test goes on where the one before it ended.
const SERVICES = 10;
const REPLICAS = 20;
const DEPLOY = { kind: 'deploy', services: [] } as const;
let fleet: SimulatedFleet;
let app: SimulatedApp;

beforeAll(async () => {
  fleet = await simulate({ hosts: 40, containers: 0, workers: 2 });
  app = new SimulatedApp(fleet, { services: SERVICES, replicas: REPLICAS });
  await silence(SILENT);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

const SILENT = 'h0017';
const LOST = 'h0020';
const away = new Set<string>();

async function silence(host: string): Promise<void> {
  await fleet.behave(host, 'refuse');
  away.add(host);
}

/** By host, of those that answer. */
async function states(): Promise<ReadonlyMap<string, SimulatedState>> {
  const up = fleet.hosts.filter((host) => !away.has(host));
  return new Map(await Promise.all(up.map(async (host) => [host, await fleet.state(host)] as const)));
}

/** "HOST/NAME STATE HEALTH" of all containers, as they are. */
function containersIn(hosts: ReadonlyMap<string, SimulatedState>): string[] {
  const all = [...hosts].flatMap(([host, { report }]) =>
    report.containers.map(({ name, state, health }) => `${host}/${name} ${state} ${health}`),
  );
  return all.sort();
}

/** The same as a plan wants them. */
function containersOf({ placements }: Plan): string[] {
  return placements.map(({ host, replica }) => `${host}/${replica} running healthy`).sort();
}

/** Carried out to its end, with all that went wrong. */
async function done(change: Promise<ApplyEnd>): Promise<Plan> {
  const end = await change;
  const failures = app.events.filter(({ kind }) => kind === 'step-failed');
  expect({ end: end.kind, failures }).toEqual({ end: 'ended', failures: [] });
  if (end.kind === 'ended') expect(end.outcome).toMatchObject({ kind: 'done', left: [] });
  return end.plan;
}

test('all replicas run where the plan puts them, and every router goes by the files that it was given', async () => {
  const plan = await done(app.apply(DEPLOY));
  expect(plan.placements).toHaveLength(SERVICES * REPLICAS);
  expect(plan.placements.map(({ host }) => host)).not.toContain(SILENT);
  const hosts = await states();
  expect(containersIn(hosts)).toEqual(containersOf(plan));
  const laid = plan.steps.flatMap(({ host, action }) =>
    action.kind === 'switch' ? [[host, { [app.name]: action.generation }] as const] : [],
  );
  expect(Object.fromEntries([...hosts].map(([host, { generations }]) => [host, generations]))).toEqual(
    Object.fromEntries(laid),
  );
});

test('the release is on record on the edges, and nobody holds the lease any more', async () => {
  const kept = [...(await states())].map(([host, { files }]) => [host, recordsIn(files)] as const);
  const edge = ['000001.body.json.gz', '000001.json', 'audit.log'];
  expect(Object.fromEntries(kept.filter(([, names]) => names.length > 0))).toEqual({ h0001: edge, h0002: edge });
});

/** Names of records, log and lease of the app. */
function recordsIn(files: readonly string[]): string[] {
  const found = files.map((path) => /\/\.fleet\/shop\/(?:releases\/)?([^/.][^/]*\.(?:json|gz|log))$/.exec(path)?.[1]);
  return found.filter((name) => name !== undefined).sort();
}

test('the same again has nothing to do', async () => {
  const before = containersIn(await states());
  const end = await app.apply(DEPLOY);
  expect([end.kind, end.plan.steps]).toEqual(['nothing', []]);
  expect(containersIn(await states())).toEqual(before);
});

test('a service that is scaled gets more replicas, all others stay, and every router leads to them', async () => {
  const before = containersIn(await states());
  const plan = await done(app.apply({ kind: 'scale', replicas: { s003: REPLICAS + 10 } }));
  const after = containersIn(await states());
  expect(after).toEqual(containersOf(plan));
  expect(after.filter((one) => !before.includes(one))).toHaveLength(10);
  expect(before.filter((one) => !after.includes(one))).toEqual([]);
});

test('replicas of a lost host start elsewhere, and a host that is back is given its router', async () => {
  const before = containersIn(await states());
  await silence(LOST);
  await fleet.behave(SILENT, 'ordinary');
  away.delete(SILENT);
  const plan = await done(app.apply({ kind: 'heal', order: { ...NO_ORDER, absences: { [LOST]: 'gone' } } }));
  const hosts = await states();
  const after = containersIn(hosts);
  expect(after).toEqual(containersOf(plan));
  expect(after).toHaveLength(SERVICES * REPLICAS + 10);
  expect(before.filter((one) => !after.includes(one)).every((one) => one.startsWith(LOST))).toBe(true);
  expect(hosts.get(SILENT)?.generations).toHaveProperty(app.name);
});

test('nothing of an app that is removed stays but the record of it and the log', async () => {
  await done(app.apply({ kind: 'remove', volumes: true }));
  const hosts = await states();
  expect(containersIn(hosts)).toEqual([]);
  for (const [host, { report, generations, files }] of hosts) {
    expect([host, report.networks, generations]).toEqual([host, {}, {}]);
    const left = files.filter((path) => path.includes('shop') && !path.includes('.fence'));
    expect([host, recordsIn(left)]).toEqual([host, host <= 'h0002' ? ['000002.json', 'audit.log'] : []]);
  }
});

import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import type { Usage } from '../../../../src/model/load.ts';
import type { Container } from '../../../../src/model/observed.ts';
import { readLoads } from '../../../../src/observe/metrics/read.ts';
import { emptyHost, host, inventory, running, SILENT } from '../../../support/compile/worlds.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeShell } from '../../../support/fake-shell.ts';

interface Told {
  readonly up: number;
  readonly cpuMs?: Readonly<Record<string, number>>;
  readonly covered?: number;
  readonly requests?: Readonly<Record<string, number>>;
}

/** What the script prints. */
function output({ up, cpuMs = {}, covered, requests = {} }: Told): string {
  const cpu = Object.entries(cpuMs).map(([name, ms]) => `${name} ${ms * 1e6}`);
  const counts = Object.entries(requests).map(([address, count]) => `${address} ${count} 0`);
  const asked = covered === undefined ? [] : [`covered ${covered.toFixed(3)}`, ...counts];
  return [
    ['@@begin cpu', `up ${up.toFixed(2)}`, ...cpu, '', '@@end cpu 0'],
    ['@@begin requests', ...asked, '', `@@end requests ${covered === undefined ? 1 : 0}`],
  ]
    .flat()
    .join('\n');
}

/** A replica on a host, with one HTTP port of the number 2000SLOT. */
interface Placed {
  readonly on: 'vm1' | 'vm2';
  readonly container: Container;
}

const replica = (service: string, slot: number, on: Placed['on']): Placed => ({
  on,
  container: running(`shop.${service}.1.${slot}`, {
    cpus: 0.5,
    ports: [{ port: 80, protocol: 'http', hostPort: 20_000 + slot }],
  }),
});

const INVENTORY = inventory([host('vm1'), host('vm2')]);

/** Looks at hosts that tell this; a host that is left out is lost. */
async function measure(told: Readonly<Record<string, Told>>, replicas: readonly Placed[], before?: Usage) {
  const shell = new FakeShell(new FakeClock());
  shell.on(/./, { error: new FleetError('E_HOST_UNREACHABLE', 'no answer') });
  for (const [name, what] of Object.entries(told)) shell.onHost(name, /cpu\.stat/, { stdout: output(what) });
  const on = (name: string) => replicas.filter((one) => one.on === name).map(({ container }) => container);
  const observed = { vm1: emptyHost({ containers: on('vm1') }), vm2: emptyHost({ containers: on('vm2') }) };
  const question = { shell, inventory: INVENTORY, observed, apps: ['shop'], hosts: ['vm1', 'vm2'], windowSeconds: 10 };
  const { loads, usage } = await readLoads(before === undefined ? question : { ...question, before });
  return { services: loads.shop, usage };
}

const WEB = [replica('web', 1, 'vm1'), replica('web', 2, 'vm2')];

test('cpu is the average share of what each replica reserved, between two looks', async () => {
  const first = await measure(
    { vm1: { up: 100, cpuMs: { 'shop.web.1.1': 5000 } }, vm2: { up: 900, cpuMs: { 'shop.web.1.2': 0 } } },
    WEB,
  );
  expect(first.services).toEqual({ web: {} });
  const second = await measure(
    { vm1: { up: 110, cpuMs: { 'shop.web.1.1': 9000 } }, vm2: { up: 920, cpuMs: { 'shop.web.1.2': 2000 } } },
    WEB,
    first.usage,
  );
  expect(second.services).toEqual({ web: { cpuShare: (0.8 + 0.2) / 2 } });
});

test('requests are those that all routers sent to all replicas, each for the time that its log covers', async () => {
  const requests = { '10.0.0.1:20001': 30, '10.0.0.2:20002': 10, '10.0.0.2:20009': 1000 };
  const { services } = await measure(
    { vm1: { up: 1, covered: 10, requests }, vm2: { up: 1, covered: 5, requests: { '10.0.0.1:20001': 5 } } },
    [...WEB, replica('api', 3, 'vm1')],
  );
  expect(services).toEqual({ api: { requestsPerSecond: 0 }, web: { requestsPerSecond: 5 } });
});

test('a host that does not answer leaves its replicas, and all requests, unknown; others keep their cpu', async () => {
  const replicas = [...WEB, replica('api', 1, 'vm1')];
  const at = (up: number, api: number) => ({ up, covered: 10, cpuMs: { 'shop.web.1.1': 0, 'shop.api.1.1': api } });
  const first = await measure({ vm1: at(10, 0), vm2: { up: 10, cpuMs: { 'shop.web.1.2': 0 } } }, replicas);
  const second = await measure({ vm1: at(20, 1000) }, replicas, first.usage);
  expect(second.services).toEqual({ api: { cpuShare: 0.2 }, web: {} });
  expect(Object.keys(second.usage)).toEqual(['vm1']);
});

test('a replica that started between two looks does not speak for the others, nor does one that started again', async () => {
  const told = (up: number, one: number, two?: number) => ({
    vm1: { up, cpuMs: { 'shop.web.1.1': one } },
    vm2: { up, cpuMs: two === undefined ? {} : { 'shop.web.1.2': two } },
  });
  const first = await measure(told(10, 0), WEB);
  expect((await measure(told(20, 2500, 7000), WEB, first.usage)).services).toEqual({ web: { cpuShare: 0.5 } });
  const second = await measure(told(20, 2500, 7000), WEB);
  expect((await measure(told(30, 100, 9500), WEB, second.usage)).services).toEqual({ web: { cpuShare: 0.5 } });
  expect((await measure(told(30, 100, 100), WEB, second.usage)).services).toEqual({ web: {} });
});

test('two looks at the same moment, and logs that have just begun, prove nothing', async () => {
  const told = { vm1: { up: 10, covered: 0.5, cpuMs: { 'shop.web.1.1': 5 } }, vm2: { up: 10, covered: 10 } };
  const first = await measure(told, WEB);
  expect((await measure(told, WEB, first.usage)).services).toEqual({ web: {} });
});

test('replicas of the release before that are kept warm are no part of the load', async () => {
  const record = { app: 'shop', release: 2, at: 0, by: 'ann', planDigest: '', specs: {}, images: {} };
  const [now, before] = [running('shop.web.2.1', { cpus: 1 }), running('shop.web.1.1', { cpus: 1 })];
  const warm = { replicas: ['vm1/shop.web.1.1'], forMs: 600_000 };
  const vm1 = emptyHost({ containers: [now, before], releases: { shop: [{ ...record, warm }] } });
  const told = (up: number, used: number) =>
    new FakeShell(new FakeClock()).on(/cpu\.stat/, {
      stdout: output({ up, cpuMs: { 'shop.web.2.1': used, 'shop.web.1.1': 0 } }),
    });
  const question = { inventory: INVENTORY, observed: { vm1 }, apps: ['shop'], hosts: ['vm1'], windowSeconds: 10 };
  const { usage } = await readLoads({ ...question, shell: told(10, 0) });
  const { loads } = await readLoads({ ...question, shell: told(20, 5000), before: usage });
  expect(loads).toEqual({ shop: { web: { cpuShare: 0.5 } } });
});

test('measured are the replicas that run, app by app, at the addresses of their HTTP ports', async () => {
  const ports = [
    { port: 80, protocol: 'http' as const, hostPort: 20_001 },
    { port: 9000, protocol: 'tcp' as const, hostPort: 20_002 },
  ];
  const observed = {
    vm1: emptyHost({
      containers: [
        running('shop.web.1.1', { ports, cpus: 0.25 }),
        running('shop.web.1.2', { state: 'exited', ports: [{ port: 80, protocol: 'http', hostPort: 20_003 }] }),
        running('shop.migrate.1.1', { kind: 'job' }),
        running('wiki.web.1.1', { ports: [{ port: 80, protocol: 'http', hostPort: 20_004 }] }),
      ],
    }),
    vm2: SILENT,
  };
  const counts = { '10.0.0.1:20001': 10, '10.0.0.1:20002': 20, '10.0.0.1:20003': 40, '10.0.0.1:20004': 80 };
  const shell = new FakeShell(new FakeClock()).on(/cpu\.stat/, {
    stdout: output({ up: 1, covered: 10, requests: counts }),
  });
  const apps = ['shop', 'wiki', 'blog'];
  const question = { shell, inventory: INVENTORY, observed, apps, hosts: ['vm1'], windowSeconds: 10 };
  expect((await readLoads(question)).loads).toEqual({
    shop: { web: { requestsPerSecond: 1 } },
    wiki: { web: { requestsPerSecond: 8 } },
    blog: {},
  });
});

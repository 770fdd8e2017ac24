/**
 * Networks mean what they say: between containers on the same and on different hosts, by every way there is, both ways.
 * Every service answers with its own name, so that an answer from the wrong one is no answer.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootExec } from '../../src/lab/index.ts';
import { type Call, callAll, type Reachable, reachables } from '../support/real/calls.ts';
import { fleetOk } from '../support/real/fleet.ts';
import { LAB_NAME, theLab } from '../support/real/lab.ts';

interface Shape {
  readonly host: string;
  readonly networks: Readonly<Record<string, { aliases?: readonly string[] }>>;
  readonly hostname?: string;
}

/** Two on each host, so that every pair of networks meets on one host and across hosts. */
const SERVICES: Readonly<Record<string, Shape>> = {
  web: { host: 'vm1', networks: { front: {} } },
  api: { host: 'vm1', networks: { front: {}, back: { aliases: ['backend'] } } },
  db: { host: 'vm2', networks: { back: { aliases: ['database', 'store'] } }, hostname: 'db' },
  keys: { host: 'vm2', networks: { vault: { aliases: ['store'] } } },
  gate: { host: 'vm3', networks: { back: {}, vault: {} } },
  audit: { host: 'vm3', networks: { vault: {} } },
};
const PORT = 8080;
const NAMES = Object.keys(SERVICES);
const SIGNS = ['name', 'vip', 'host-port', 'address'] as const;

let folder = '';

/** A playbook in which every service answers with "APP/NAME". */
function write(app: string, internal: boolean): string {
  const services = Object.entries(SERVICES).map(([name, { host, networks, hostname }]) => {
    const serve = `trap 'exit 0' TERM; mkdir -p /www; echo ${app}/${name} >/www/index.html; httpd -f -p ${PORT} -h /www & wait $!`;
    const deploy = { placement: { constraints: [`node.hostname == ${host}`] } };
    const own = { image: 'busybox:1', command: ['sh', '-c', serve.replaceAll('$', '$$$$')], expose: [String(PORT)] };
    return [name, { ...own, networks, deploy, ...(hostname === undefined ? {} : { hostname }) }];
  });
  const file = join(folder, `${app}.json`);
  const networks = { front: {}, back: {}, vault: { internal } };
  writeFileSync(file, JSON.stringify({ name: app, services: Object.fromEntries(services), networks }));
  return file;
}

async function deploy(file: string): Promise<void> {
  await fleetOk(['deploy', '--yes', '--inventory', theLab().inventory, '--file', file]);
}

async function remove(file: string): Promise<void> {
  await fleetOk(['remove', '--yes', '--volumes', '--inventory', theLab().inventory, '--file', file]);
}

function share(left: string, right: string): boolean {
  const of = (name: string) => Object.keys(SERVICES[name]?.networks ?? {});
  return of(left).some((network) => of(right).includes(network));
}

function addressOf(host: string): string {
  return theLab().hosts.find(({ name }) => name === host)?.address ?? '';
}

/** "caller>callee:way" of every way that any caller has to any callee of those apps, and whose name must answer. */
async function matrix(apps: readonly string[], callees: readonly string[]): Promise<readonly string[]> {
  const all = await reachables();
  const vips = await vipsOf(apps);
  const callers = all.filter(({ app }) => apps.includes(app));
  const found = await Promise.all(
    callers.map(async (from) => {
      const to = all.filter(({ app }) => callees.includes(app));
      const answers = await callAll(
        from,
        to.flatMap((callee) => ways(from, callee, vips)),
      );
      return [...answers].map(([label, answer]) => `${from.app}/${from.service}>${label}=${answer}`);
    }),
  );
  return found.flat().sort();
}

function ways(from: Reachable, to: Reachable, vips: ReadonlyMap<string, string>): Call[] {
  const label = `${to.app}/${to.service}`;
  const http = { port: PORT, language: 'http' } as const;
  return [
    ...(from.app === to.app ? [{ ...http, label: `${label}:name`, at: to.service }] : []),
    { ...http, label: `${label}:vip`, at: vips.get(label) ?? 'none' },
    { ...http, label: `${label}:host-port`, at: addressOf(to.host), port: to.hostPorts[PORT] ?? 0 },
    { ...http, label: `${label}:address`, at: to.address },
  ];
}

/** "app/service" -> VIP, as the routers have it. */
async function vipsOf(apps: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(
    apps.map(async (app) => {
      const argv = ['cat', `/home/deploy/.fleet/router/current/${app}/meta.json`];
      const { stdout } = await rootExec('vm1', argv, { labName: LAB_NAME });
      const meta = JSON.parse(stdout) as { readonly services: Readonly<Record<string, { readonly vip: string }>> };
      return Object.entries(meta.services).map(([service, { vip }]): [string, string] => [`${app}/${service}`, vip]);
    }),
  );
  return new Map(texts.flat());
}

/** What must answer within an app: name and VIP where a network is shared, a container's own address to itself. */
function declared(app: string): string[] {
  return NAMES.flatMap((from) =>
    NAMES.filter((to) => share(from, to)).flatMap((to) =>
      SIGNS.filter((way) => way === 'name' || way === 'vip' || (way === 'address' && from === to)).map(
        (way) => `${app}/${from}>${app}/${to}:${way}=${app}/${to}`,
      ),
    ),
  ).sort();
}

/** Which services get out: to an address beyond their host, by TCP and ping, and to their own host's SSH. */
async function waysOut(): Promise<readonly string[]> {
  const outside = addressOf('vm4');
  const all = (await reachables()).filter(({ app }) => app === 'nets');
  const found = await Promise.all(
    all.map(async (from) => {
      const answers = await callAll(from, [
        { label: 'tcp', at: outside, port: 22, language: 'ssh' },
        { label: 'icmp', at: outside, port: 0, language: 'ping' },
        { label: 'own-host', at: addressOf(from.host), port: 22, language: 'ssh' },
      ]);
      return [...answers.keys()].map((label) => `${from.service} ${label}`);
    }),
  );
  return found.flat().sort();
}

function outOf(services: readonly string[]): string[] {
  return services.flatMap((name) => ['icmp', 'own-host', 'tcp'].map((way) => `${name} ${way}`)).sort();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-networks-'));
  await deploy(write('nets', true));
});
afterAll(async () => {
  await remove(join(folder, 'nets.json'));
  rmSync(folder, { recursive: true, force: true });
});

test('services reach those they share a network with, by name and VIP, and nobody by any other way', async () => {
  expect(await matrix(['nets'], ['nets'])).toEqual(declared('nets'));
});

test('an alias is known on its own network; one of two networks is two services', async () => {
  const all = await reachables();
  const ask = async (service: string, names: readonly string[]) => {
    const from = all.find((one) => one.app === 'nets' && one.service === service);
    if (from === undefined) throw new Error(`no ${service}`);
    const calls = names.map((name): Call => ({ label: name, at: name, port: PORT, language: 'http' }));
    return Object.fromEntries(await callAll(from, calls));
  };
  const names = ['backend', 'database', 'store', 'db', 'api', 'keys'];
  expect(await ask('web', names)).toEqual({ api: 'nets/api' });
  expect(await ask('api', names)).toMatchObject({ backend: 'nets/api', database: 'nets/db', store: 'nets/db' });
  expect(await ask('audit', names)).toEqual({ store: 'nets/keys', keys: 'nets/keys' });
  expect(await ask('db', ['db', 'database'])).toEqual({ db: 'nets/db', database: 'nets/db' });
});

test('a service on internal networks only has no way out, until its network is internal no more', async () => {
  expect(await waysOut()).toEqual(outOf(['api', 'db', 'gate', 'web']));
  await deploy(write('nets', false));
  expect(await waysOut()).toEqual(outOf(NAMES));
  await deploy(write('nets', true));
  expect(await waysOut()).toEqual(outOf(['api', 'db', 'gate', 'web']));
  expect(await matrix(['nets'], ['nets'])).toEqual(declared('nets'));
});

test('two apps with the same names share nothing, and the one that stays does not notice that the other goes', async () => {
  const other = write('nets-2', true);
  await deploy(other);
  expect(await matrix(['nets', 'nets-2'], ['nets', 'nets-2'])).toEqual(
    [...declared('nets'), ...declared('nets-2')].sort(),
  );
  await remove(other);
  expect(await matrix(['nets'], ['nets'])).toEqual(declared('nets'));
});

test('UDP goes the same ways: by name where a network is shared, and never by a host port', async () => {
  const echo =
    "const s = require('dgram').createSocket('udp4'); s.on('message', (m, from) => s.send(m, from.port, from.address)); s.bind(5353)";
  const node = (host: string, network: string, script: string) => ({
    image: 'node:20',
    command: ['node', '-e', script],
    stop_signal: 'SIGKILL',
    networks: [network],
    deploy: { placement: { constraints: [`node.hostname == ${host}`] } },
  });
  const idle = 'setInterval(() => {}, 1e6)';
  const services = {
    echo: { ...node('vm2', 'back', echo), expose: ['5353/udp'] },
    friend: node('vm1', 'back', idle),
    neighbour: node('vm2', 'front', idle),
    stranger: node('vm1', 'front', idle),
  };
  const file = join(folder, 'udp.json');
  writeFileSync(file, JSON.stringify({ name: 'udp', services, networks: { front: {}, back: {} } }));
  await deploy(file);
  const all = (await reachables()).filter(({ app }) => app === 'udp');
  const to = all.find(({ service }) => service === 'echo');
  const vip = (await vipsOf(['udp'])).get('udp/echo') ?? '';
  const places: readonly [string, number][] = [
    ['echo', 5353],
    [vip, 5353],
    [addressOf('vm2'), to?.hostPorts[5353] ?? 0],
    [to?.address ?? '', 5353],
  ];
  const heard = await Promise.all(all.map(async (from) => [from.service, await echoed(from, places)] as const));
  await remove(file);
  expect(Object.fromEntries(heard)).toEqual({
    echo: ['name', 'vip', 'address'],
    friend: ['name', 'vip'],
    neighbour: [],
    stranger: [],
  });
});

/** By which ways (name, VIP, host port, address) a datagram came back within a second. */
async function echoed(from: Reachable, places: readonly (readonly [string, number])[]): Promise<readonly string[]> {
  const script = `const places = ${JSON.stringify(places)}; const heard = [];
    places.forEach(([at, port], index) => {
      const socket = require('dgram').createSocket('udp4');
      socket.on('error', () => {});
      socket.on('message', () => heard.push(index));
      socket.send('hello', port, at, () => {});
    });
    setTimeout(() => { console.log(JSON.stringify(heard.sort())); process.exit(); }, 1000);`;
  const argv = ['docker', 'exec', from.container, 'node', '-e', script];
  const { stdout } = await rootExec(from.host, argv, { labName: LAB_NAME });
  return (JSON.parse(stdout) as number[]).map((index) => ['name', 'vip', 'host-port', 'address'][index] ?? '');
}

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Contents, type Texts } from '../../../src/observe/contents.ts';
import { parseReport } from '../../../src/observe/parse-host.ts';
import { PROBE } from '../../../src/observe/probe.ts';
import { inventoryOf, targetAt } from '../../support/ssh-server.ts';
import { TEST_CERTIFICATE } from '../../support/tls.ts';

/** A `docker` that answers from nothing but its arguments; more than a pipe holds, to see that nothing waits for ever. */
const DOCKER = `#!/bin/sh
case "$1 $2" in
  'info --format') echo '{"ServerVersion":"20.10","DockerRootDir":"/","NCPU":2,"Architecture":"aarch64"}' ;;
  'ps --all') echo 1 ;;
  'inspect --type') for i in $(seq 3000); do echo '{"name":"/c'$i'","bindings":{"80/tcp":[{"HostPort":"'$i'"}]}}'; done ;;
  'network ls') echo 1 ;;
  'network inspect') for i in $(seq 3000); do echo '{"name":"n'$i'","config":[{"Subnet":"10.0.0.0/24"}]}'; done ;;
  'volume ls') echo data ;;
  'image ls') ;;
esac
`;

function world(): { home: string; path: string } {
  const root = mkdtempSync(join(tmpdir(), 'fleet-unit-probe-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), DOCKER);
  chmodSync(join(bin, 'docker'), 0o755);
  return { home: root, path: `${bin}:${process.env.PATH}` };
}

function shell({ home, path }: { home: string; path: string }, script: string): string {
  const env = { HOME: home, PATH: path };
  return execFileSync('/bin/sh', ['-c', script], { env, timeout: 10_000, maxBuffer: 1e7 }).toString();
}

function probe(there: { home: string; path: string }, { large }: { large?: Texts | undefined } = { large: new Map() }) {
  const stdout = shell(there, PROBE);
  const target = targetAt('a');
  const [host] = inventoryOf({ vm1: target }).hosts;
  if (host === undefined) throw new Error('no host');
  const { state } = parseReport(host, { code: 0, stdout, stderr: '' }, Date.now(), large);
  if (!state.reachable) throw new Error(state.message);
  return state;
}

test('the script runs in a real shell, and long answers of several commands do not block each other', () => {
  const state = probe(world());
  expect(state.listening).toEqual(expect.arrayContaining(['tcp/1', 'tcp/3000']));
  expect(Object.keys(state.networks)).toHaveLength(3000);
  expect(state).toMatchObject({ architecture: 'arm64', volumes: ['data'], releases: {} });
});

test('files come back byte for byte, whatever their names and texts', () => {
  const there = world();
  const app = 'a'.repeat(120);
  const generation = join(there.home, '.fleet/router/generations/g1');
  mkdirSync(generation, { recursive: true });
  mkdirSync(join(there.home, '.fleet/router/current'));
  symlinkSync('../generations/g1', join(there.home, '.fleet/router/current', app));
  writeFileSync(join(generation, 'meta.json'), '{"generation":"g1","services":{}}');
  writeFileSync(join(generation, 'http.conf'), '@@end files 0\n@@begin info\n€\'"$(false)\n');
  expect(probe(there).router.apps[app]).toMatchObject({
    generation: 'g1',
    files: { 'http.conf': '@@end files 0\n@@begin info\n€\'"$(false)\n' },
  });
});

test('of router files without a link the newest whole ones are reported, by app', () => {
  const there = world();
  const router = join(there.home, '.fleet/router');
  const lay = (folder: string, at: number): void => {
    const generation = join(router, 'generations', folder);
    mkdirSync(generation, { recursive: true });
    const service = { vip: folder, subnet: '', upstreams: [], claims: [] };
    writeFileSync(join(generation, 'meta.json'), JSON.stringify({ generation: folder, services: { web: service } }));
    utimesSync(generation, at, at);
  };
  for (const [index, name] of ['shop.b', 'shop.c', 'shop.a', 'shop.d.new', 'eu.a', 'eu.b', 'us-1.a'].entries())
    lay(name, 1000 + index);
  mkdirSync(join(router, 'current'));
  symlinkSync('../generations/eu.a', join(router, 'current/eu'));
  symlinkSync('../generations/us-1.gone', join(router, 'current/us-1'));
  const { apps, unlinked = {} } = probe(there).router;
  expect(Object.keys(apps)).toEqual(['eu']);
  const said = Object.entries(unlinked).map(([app, { web }]) => [app, web?.vip]);
  expect(said).toEqual([
    ['shop', 'shop.a'],
    ['us-1', 'us-1.a'],
  ]);
});

test('of files that are marked as large digests come back, and the files when they are asked for', async () => {
  const there = world();
  const generations = join(there.home, '.fleet/router/generations');
  for (const [app, files] of Object.entries({ eu: ['http.conf'], shop: ['http.conf', 'large'] })) {
    mkdirSync(join(generations, `${app}.g1`), { recursive: true });
    mkdirSync(join(there.home, '.fleet/router/current'), { recursive: true });
    symlinkSync(`../generations/${app}.g1`, join(there.home, '.fleet/router/current', app));
    writeFileSync(join(generations, `${app}.g1/meta.json`), `{"generation":"${app}","services":{}}`);
    for (const file of files) writeFileSync(join(generations, `${app}.g1`, file), `${app} €\n`);
  }
  const report = shell(there, PROBE);
  const large = await new Contents().of(report, async (line) => shell(there, line));
  expect(new Map(large)).toEqual(
    new Map([
      ['router/current/shop/meta.json', '{"generation":"shop","services":{}}'],
      ['router/current/shop/http.conf', 'shop €\n'],
    ]),
  );
  expect(Object.keys(probe(there).router.apps)).toEqual(['eu']);
  const { apps } = probe(there, { large }).router;
  expect(apps.shop).toMatchObject({ generation: 'shop', files: { 'http.conf': 'shop €\n' } });
  expect(() => probe(there, {})).toThrow('the files in ~/.fleet can not be read');
});

test('certificates are reported and their keys are not', () => {
  const there = world();
  const generation = join(there.home, '.fleet/router/generations/g1');
  mkdirSync(join(generation, 'tls'), { recursive: true });
  mkdirSync(join(there.home, '.fleet/router/current'));
  symlinkSync('../generations/g1', join(there.home, '.fleet/router/current/shop'));
  writeFileSync(join(generation, 'meta.json'), '{"generation":"g1","services":{}}');
  writeFileSync(join(generation, 'tls/aa.crt'), TEST_CERTIFICATE.cert);
  writeFileSync(join(generation, 'tls/aa.key'), TEST_CERTIFICATE.key);
  const { apps } = probe(there).router;
  expect(apps.shop?.certificates?.map(({ file, names }) => [file, names])).toEqual([['tls/aa.crt', ['shop.example']]]);
  expect(apps.shop?.files).toEqual({});
});

test('folders of carried files are reported by app, also one that is half laid', () => {
  const there = world();
  for (const folder of ['shop/files/0a', 'shop/files/1b.new', 'eu/files/0a', 'shop/releases', 'router/current'])
    mkdirSync(join(there.home, '.fleet', folder), { recursive: true });
  writeFileSync(join(there.home, '.fleet/shop/files/stray'), '');
  expect(probe(there).carried).toEqual({ eu: ['0a'], shop: ['0a', '1b.new'] });
});

test('marks come back by host; one that is half-written or not known is left out', () => {
  const there = world();
  const folder = join(there.home, '.fleet/.hosts/marks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'vm2.json'), '{"kind":"drained","at":5,"by":"ann@laptop","why":"disk"}\n');
  writeFileSync(join(folder, 'vm3.json'), '{"kind":"drai');
  writeFileSync(join(folder, 'vm4.json'), '{"kind":"haunted","at":5}');
  writeFileSync(join(folder, 'vm5.json.new'), '{"kind":"cordoned","at":5}');
  expect(probe(there).marks).toEqual({ vm2: { kind: 'drained', at: 5, by: 'ann@laptop', why: 'disk' } });
});

test('files of releases are reported by app; a record of another app or number, or without specs, is broken', () => {
  const there = world();
  const folder = join(there.home, '.fleet/shop/releases');
  mkdirSync(folder, { recursive: true });
  const record = (release: number, more: object = {}): string =>
    JSON.stringify({ app: 'shop', release, specs: {}, images: {}, ...more });
  writeFileSync(join(folder, '000001.json'), record(1));
  writeFileSync(join(folder, '000001.body.json.gz'), 'body');
  writeFileSync(join(folder, '000002.json'), record(1));
  writeFileSync(join(folder, '000003.json'), record(3, { app: 'other' }));
  writeFileSync(join(folder, '000004.json'), '');
  writeFileSync(join(folder, '000005.json'), record(5, { specs: 7 }));
  writeFileSync(join(folder, '000006.json.new'), '{');
  const { recordFiles, releases, brokenRecords } = probe(there);
  expect(recordFiles).toEqual({
    shop: [
      '000001.body.json.gz',
      '000001.json',
      '000002.json',
      '000003.json',
      '000004.json',
      '000005.json',
      '000006.json.new',
    ],
  });
  expect(releases.shop?.map(({ release }) => release)).toEqual([1]);
  expect(brokenRecords).toEqual([2, 3, 4, 5].map((number) => `shop/releases/00000${number}.json`));
});

test('of the records of an app the 20 newest are read', () => {
  const there = world();
  const folder = join(there.home, '.fleet/shop/releases');
  mkdirSync(folder, { recursive: true });
  const record = (release: number): string => JSON.stringify({ app: 'shop', release, specs: {}, images: {} });
  for (let release = 1; release <= 23; release += 1)
    writeFileSync(join(folder, `${String(release).padStart(6, '0')}.json`), record(release));
  const releases = probe(there).releases.shop?.map(({ release }) => release) ?? [];
  expect(releases).toEqual(Array.from({ length: 20 }, (_, index) => index + 4));
});

/** A program of the world's own; it goes before the machine's. */
function lay({ home }: { home: string }, name: string, text: string): void {
  writeFileSync(join(home, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(home, 'bin', name), 0o755);
}

test('ports in use are those that ss lists, of every form of address', () => {
  const there = world();
  const local = ['0.0.0.0:70001', '10.96.0.1:70002', '[::]:70003', '*:70004', '[fe80::1]%eth0:70005'];
  const tcp = local.map((address) => `echo 'tcp   LISTEN 0 511 ${address} 0.0.0.0:*'`);
  lay(there, 'ss', [...tcp, "echo 'udp   UNCONN 0 0 127.0.0.53%lo:70006 0.0.0.0:*'"].join('\n'));
  const { listening } = probe(there);
  expect(listening.filter((port) => /\/7000\d$/.test(port))).toEqual([
    ...[1, 2, 3, 4, 5].map((port) => `tcp/7000${port}`),
    'udp/70006',
  ]);
});

test('where ss fails or is missing, ports in use are those of /proc/net', async () => {
  const there = world();
  lay(there, 'ss', 'echo tcp LISTEN 0 0 0.0.0.0:70001 0.0.0.0:*; exit 1');
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { listening } = probe(there);
  expect(listening).toContain(`tcp/${port}`);
  expect(listening).not.toContain('tcp/70001');
});

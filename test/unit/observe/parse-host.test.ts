import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseReleases, parseRouterApps } from '../../../src/observe/parse-files.ts';
import { parseReport } from '../../../src/observe/parse-host.ts';
import { inventoryOf, targetAt } from '../../support/ssh-server.ts';
import { TEST_CERTIFICATE } from '../../support/tls.ts';

/** Recorded from a practice host, Docker 20.10. */
const RECORDED = readFileSync(new URL('./report.txt', import.meta.url), 'utf8');
const CLOCK = Number(/@@begin clock\n(\d+)/.exec(RECORDED)?.[1]);

const target = targetAt('10.88.0.16');
const [host] = inventoryOf({ vm6: target }).hosts;

function report(stdout: string, stderr = '') {
  if (host === undefined) throw new Error('no host');
  return parseReport(host, { code: 0, stdout, stderr }, CLOCK - 40, new Map());
}

function up(stdout = RECORDED, stderr = '') {
  const { state } = report(stdout, stderr);
  if (!state.reachable) throw new Error(state.message);
  return state;
}

function section(name: string, text: string): string {
  return RECORDED.replace(new RegExp(`(@@begin ${name}\n)[\\s\\S]*?(\n@@end ${name})`), `$1${text}$2`);
}

test('a replica comes back with all that its labels and Docker say', () => {
  expect(up().containers.find((container) => container.kind === 'replica')).toEqual({
    name: 'obs.web.7.2',
    app: 'obs',
    service: 'web',
    slot: 2,
    release: 7,
    spec: 'abc123',
    kind: 'replica',
    image: 'nginx:1.30',
    state: 'running',
    health: 'healthy',
    exitCode: 0,
    restarts: 0,
    startedAt: Date.parse('2026-11-22T17:34:12.408Z'),
    cpus: 0.25,
    memoryBytes: 67108864,
    ports: [{ port: 80, protocol: 'http', hostPort: 20011 }],
    volumes: ['obs-data'],
    carried: [],
  });
});

test('jobs that had run when a replica was started come from its label', () => {
  const labelled = RECORDED.replace(
    '"fleet.ports":"80/http',
    '"fleet.jobs":"migrate=0ab1,seed=ff,odd","fleet.ports":"80/http',
  );
  expect(up(labelled).containers.find(({ kind }) => kind === 'replica')?.jobs).toEqual({ migrate: '0ab1', seed: 'ff' });
});

test('a finished job keeps its exit code, and a container of others is none of ours', () => {
  expect(up().containers.map(({ name, kind, exitCode }) => [name, kind, exitCode])).toEqual([
    ['obs.migrate.7.1', 'job', 3],
    ['obs.web.7.2', 'replica', 0],
  ]);
});

test('ports of listening sockets, of our containers and of stopped containers of others are taken', () => {
  expect(up().listening).toEqual(['tcp/20011', 'tcp/22', 'udp/25000']);
});

test('the machine is described in Docker’s words', () => {
  const { architecture, cpus, dockerVersion, home, clockSkewMs } = up();
  expect({ architecture, cpus, dockerVersion, home, clockSkewMs }).toEqual({
    architecture: 'amd64',
    cpus: 2,
    dockerVersion: '20.10.24+dfsg1',
    home: '/tmp/obs-home',
    clockSkewMs: 40,
  });
  expect(up().diskFreeBytes).toBeGreaterThan(1e9);
});

test('networks have their subnets, and registries are known as Docker knows them', () => {
  expect(up().networks).toMatchObject({ 'fleet-obs-web': '10.97.9.0/24', host: '' });
  expect(up().registryMirrors).toEqual(['http://10.88.0.1:5000/']);
  expect(up().insecureRegistries).toEqual(['10.88.0.1:5000', '127.0.0.0/8']);
  expect(up().images).toContain('nginx:1.30');
});

test('a half-written meta.json hides its app and no other', () => {
  const { apps } = up().router;
  expect(Object.keys(apps)).toEqual(['obs']);
  expect(apps.obs).toMatchObject({
    generation: 'g1',
    files: { 'http.conf': 'server {}\n', 'stream.conf': '' },
    services: { web: { vip: '10.96.0.5', claims: ['shop.example/'], upstreams: [{ container: 'obs.web.7.2' }] } },
  });
});

test('the last twenty records are read; a half-written one is named and hides no other', () => {
  const releases = up().releases.obs ?? [];
  expect(releases.map((record) => record.release)).toEqual(Array.from({ length: 19 }, (_, index) => index + 4));
  expect(releases[0]).toMatchObject({ by: 'ann@laptop', images: { web: { image: 'nginx:1.30' } } });
  expect(up().brokenRecords).toEqual(['obs/releases/000023.json']);
});

test('an image by digest that has a tag as well was pulled by name', () => {
  const rows = [
    { repository: 'web', tag: '<none>', digest: 'sha256:a' },
    { repository: 'web', tag: '1', digest: 'sha256:b' },
    { repository: 'own', tag: '1', digest: '<none>' },
  ];
  const state = up(section('images', rows.map((row) => JSON.stringify(row)).join('\n')));
  expect(state.images).toEqual(['own:1', 'web:1', 'web@sha256:a', 'web@sha256:b']);
  expect(state.taggedImages).toEqual(['web@sha256:b']);
});

test('main files have a digest, and no files have none', () => {
  expect(up().router.mainDigest).toMatch(/^[0-9a-f]{64}$/);
  expect(up(RECORDED.replace(/@@begin files[\s\S]*?@@end files 0\n/, '')).router.mainDigest).toBe('');
});

test('files that are there and can not be read are not taken for none', () => {
  expect(report(section('files', '26\n')).state).toMatchObject({ reachable: false, code: 'E_HOST_DOCKER' });
});

test('a report that was cut off is not taken for an empty host', () => {
  const cut = RECORDED.slice(0, RECORDED.indexOf('@@begin containers'));
  expect(report(cut).state).toMatchObject({ reachable: false, code: 'E_HOST_DOCKER' });
});

test('a container that vanished while it was looked at is no failure, a daemon that died is', () => {
  const failed = RECORDED.replace('@@end containers 0', '@@end containers 1');
  expect(report(failed, 'Error: No such container: abc\n').state.reachable).toBe(true);
  const died = 'Error: No such container: abc\nCannot connect to the Docker daemon at unix:///var/run/docker.sock.\n';
  expect(report(failed, died).state.reachable).toBe(false);
});

test.each([
  ['', '@@begin missing\n\n@@end missing 0\n', 'Docker is not installed', 'apt-get install'],
  [
    'Got permission denied while trying to connect to the Docker daemon socket',
    '',
    'user deploy may not use Docker',
    'sudo usermod -aG docker deploy',
  ],
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    '',
    'its daemon does not run',
    'sudo systemctl start docker',
  ],
  ['Error response from daemon: client version 1.50 is too new', '', 'client version 1.50 is too new', 'docker info'],
])('stderr "%s" becomes a sentence and a command', (stderr, stdout, sentence, command) => {
  const { state } = report(stdout, stderr);
  expect(state).toMatchObject({ reachable: false, code: 'E_HOST_DOCKER', message: expect.stringContaining(sentence) });
  expect(state).toMatchObject({ hint: expect.stringContaining(command) });
});

test('the record of a removal is told from one of a release that has no services', () => {
  const text = { at: 5, by: 'ann@laptop', app: 'obs', planDigest: 'p', specs: {}, images: {} };
  const files = new Map([
    ['obs/releases/000007.json', JSON.stringify({ ...text, release: 7 })],
    ['obs/releases/000008.json', JSON.stringify({ ...text, release: 8, removed: true })],
  ]);
  const { releases } = parseReleases(files);
  expect(releases.obs?.map(({ release, removed }) => [release, removed])).toEqual([
    [7, undefined],
    [8, true],
  ]);
});

test('certificates are read beside the router files and are none of them; one that can not be read is left out', () => {
  const apps = parseRouterApps(
    new Map([
      ['router/current/obs/meta.json', '{"generation":"g1","services":{}}'],
      ['router/current/obs/http.conf', 'server {}'],
      ['router/current/obs/tls/bb.crt', TEST_CERTIFICATE.cert],
      ['router/current/obs/tls/aa.crt', 'no certificate'],
    ]),
  );
  const endsAt = Date.UTC(2126, 9, 29, 17, 29, 1);
  expect(apps.obs?.files).toEqual({ 'http.conf': 'server {}' });
  expect(apps.obs?.certificates).toEqual([{ file: 'tls/bb.crt', names: ['shop.example'], endsAt }]);
});

test('hosts with the same router files have one and the same state of them, others have their own', () => {
  const files = (conf: string) =>
    new Map([
      ['router/current/shop/meta.json', '{"generation":"g1","services":{}}'],
      ['router/current/shop/http.conf', conf],
    ]);
  const [one, same, other] = ['a', 'a', 'b'].map((conf) => parseRouterApps(files(conf)).shop);
  expect(same).toBe(one);
  expect(other).toMatchObject({ generation: 'g1', files: { 'http.conf': 'b' } });
});

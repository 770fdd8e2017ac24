/** What Docker's API says of a host becomes the same report as what its command prints. */
import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { dockerReport } from '../../../src/observe/docker-report.ts';
import { observe } from '../../../src/observe/observe.ts';
import { splitSections } from '../../../src/observe/sections.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { inventoryOf, targetAt } from '../../support/ssh-server.ts';

const SOCKET = '/var/run/docker.sock';
const INFO = { ServerVersion: '20.10.24', DockerRootDir: '/var/lib/docker', NCPU: 2, Architecture: 'x86_64' };

const LABELS = { 'fleet.app': 'shop', 'fleet.service': 'web', 'fleet.slot': '1', 'fleet.release': '2', other: 'x' };
const WEB = {
  ...{ Name: '/shop.web.2.1', Image: 'sha256:1', RestartCount: 3, Mounts: [] },
  Config: { Image: 'web:1', Labels: LABELS, Env: ['PASSWORD=sentinel'] },
  State: { Status: 'running', ExitCode: 0, StartedAt: '2026-11-28T10:00:00Z', Health: { Status: 'healthy' } },
  HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '10.0.0.1', HostPort: '20001' }] } },
  NetworkSettings: { Ports: {} },
};

/** Path -> answer; what is not named is not found. */
type Answers = Readonly<Record<string, unknown>>;

const ANSWERS: Answers = {
  '/info': INFO,
  '/containers/json?all=1': [{ Id: 'a' }, { Id: 'gone' }],
  '/containers/a/json': WEB,
  '/networks': [{ Name: 'fleet-shop.web', IPAM: { Config: [{ Subnet: '10.97.0.0/26' }] } }],
  '/volumes': { Volumes: [{ Name: 'data' }] },
  '/images/json?digests=1': [
    { RepoTags: ['web:1', 'web:latest', 'h:5000/web:2'], RepoDigests: ['web@sha256:d1', 'web@sha256:d2'] },
    { RepoTags: null, RepoDigests: ['nginx@sha256:d3'] },
  ],
};

function engine(answers: Answers): RequestListener {
  return ({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { message: 'not found' }));
  };
}

function shellWith(answers: Answers): FakeShell {
  const shell = new FakeShell(new FakeClock());
  shell.socket('vm1', SOCKET, engine(answers));
  return shell;
}

async function sectionsOf(answers: Answers): Promise<Readonly<Record<string, readonly unknown[]>> | undefined> {
  const report = await dockerReport(shellWith(answers), 'vm1', 5_000);
  if (report === undefined) return undefined;
  const named = [...splitSections(report)].map(([name, { lines }]) => [name, lines] as const);
  return Object.fromEntries(named);
}

test('all five sections come, and a container that went away meanwhile is none', async () => {
  const sections = await sectionsOf(ANSWERS);
  expect(Object.keys(sections ?? {})).toEqual(['info', 'containers', 'networks', 'images', 'volumes']);
  expect(sections?.containers).toHaveLength(1);
  expect(sections?.volumes).toEqual(['data']);
  expect(sections?.networks).toEqual(['{"name":"fleet-shop.web","config":[{"Subnet":"10.97.0.0/26"}]}']);
});

test('images have a row for each tag with each digest of its repository, and one for a digest without a tag', async () => {
  const rows = (await sectionsOf(ANSWERS))?.images?.map((row) => Object.values(JSON.parse(String(row))).join(' '));
  expect(rows).toEqual([
    'web 1 sha256:d1',
    'web 1 sha256:d2',
    'web latest sha256:d1',
    'web latest sha256:d2',
    'h:5000/web 2 <none>',
    'nginx <none> sha256:d3',
  ]);
});

test('nothing of the environment of a container, and no label of others, goes further', async () => {
  const text = JSON.stringify(await sectionsOf(ANSWERS));
  expect(text).not.toContain('sentinel');
  expect(text).not.toContain('"other"');
});

test.each([
  ['there is no socket', undefined],
  ['something else answers', {}],
  ['a question is not answered as it should be', { ...ANSWERS, '/networks': undefined }],
  [
    'Docker keeps its data elsewhere, so that another disk is to be looked at',
    { ...ANSWERS, '/info': { ...INFO, DockerRootDir: '/data' } },
  ],
])('where %s, the docker command is the way', async (_why, answers) => {
  const shell = answers === undefined ? new FakeShell(new FakeClock()) : shellWith(answers);
  await expect(dockerReport(shell, 'vm1', 5_000)).resolves.toBeUndefined();
});

test('a host whose Docker is asked directly runs one script, which has no docker command in it', async () => {
  const own = '@@begin home\n/home/deploy\n@@end home 0\n@@begin disk\nx 1 1 7 1 /\n@@end disk 0\n';
  const shell = shellWith(ANSWERS).on(/@@begin/, { stdout: own });
  const target = targetAt('h');
  const { hosts } = await observe(shell, inventoryOf({ vm1: target }), [], { now: () => 0 });
  expect(shell.calls).toHaveLength(1);
  expect(shell.calls[0]?.line).not.toContain('docker ps');
  expect(hosts.vm1).toMatchObject({
    ...{ reachable: true, home: '/home/deploy', dockerVersion: '20.10.24', diskFreeBytes: 7_168, volumes: ['data'] },
    containers: [{ name: 'shop.web.2.1', state: 'running', health: 'healthy', restarts: 3 }],
    listening: ['tcp/20001'],
  });
});

test('a Docker that gives no answer in time is said to hang', async () => {
  const shell = new FakeShell(new FakeClock()).on(/@@begin/, { stdout: '' });
  shell.socket('vm1', SOCKET, () => undefined);
  const target = targetAt('h');
  const { hosts } = await observe(shell, inventoryOf({ vm1: target }), [], { now: () => 0, hostMs: 50 });
  expect(hosts.vm1).toMatchObject({
    reachable: false,
    code: 'E_HOST_DOCKER',
    message: expect.stringContaining('hangs'),
  });
});

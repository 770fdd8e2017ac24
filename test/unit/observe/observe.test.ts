import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sha256 } from '../../../src/model/digest.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { ImageFacts } from '../../../src/model/observed.ts';
import { observe } from '../../../src/observe/observe.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { inventoryOf, targetAt } from '../../support/ssh-server.ts';

const RECORDED = readFileSync(new URL('./report.txt', import.meta.url), 'utf8');
const PROBE = /@@begin/;
const target = targetAt('h');
const inventory = inventoryOf({ vm2: target, vm1: target });
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Both hosts up, with this report. Mirrors and insecure registries are as in `docker`. */
function shellWith(docker: { mirrors?: readonly string[]; insecure?: readonly string[] } = {}): FakeShell {
  const config = { Mirrors: docker.mirrors ?? [], InsecureRegistryCIDRs: docker.insecure ?? [], IndexConfigs: {} };
  const stdout = RECORDED.replace(
    /"RegistryConfig":\{.*?\},"NCPU"/,
    `"RegistryConfig":${JSON.stringify(config)},"NCPU"`,
  );
  return new FakeShell(new FakeClock()).on(PROBE, { stdout });
}

async function factsOf(image: string, shell: FakeShell, credentials = {}): Promise<ImageFacts | undefined> {
  const options = { now: () => 0, credentials, registryMs: 300 };
  return (await observe(shell, inventory, [image], options)).images[image];
}

const config = {
  architecture: 'amd64',
  config: {
    Env: ['PATH=/bin', 'NGINX_VERSION=1.30.6', 'PASSWORD=sentinel'],
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
    Healthcheck: { Test: ['CMD', 'true'] },
  },
};
const manifest = JSON.stringify({ config: { digest: `sha256:${sha256(JSON.stringify(config))}` } });
const index = JSON.stringify({
  manifests: [
    { digest: 'sha256:arm', platform: { architecture: 'arm64' } },
    { digest: `sha256:${sha256(manifest)}`, platform: { architecture: 'amd64' } },
    { digest: 'sha256:attestation', platform: { architecture: 'unknown' } },
  ],
});

/** A registry that has REPOSITORY:1 as an index of two architectures. */
function registry(repository: string): RequestListener {
  return (request, response) => {
    const documents: Record<string, string> = {
      '/v2/': '{}',
      [`/v2/${repository}/manifests/1`]: index,
      [`/v2/${repository}/manifests/sha256:${sha256(manifest)}`]: manifest,
      [`/v2/${repository}/blobs/sha256:${sha256(JSON.stringify(config))}`]: JSON.stringify(config),
    };
    const found = documents[request.url ?? ''];
    response.writeHead(found === undefined ? 404 : 200).end(found);
  };
}

/** The same, after a token was got with these credentials. */
function guarded(repository: string, login: string): RequestListener {
  const open = registry(repository);
  return (request, response) => {
    const { authorization, host } = request.headers;
    if (request.url?.startsWith('/token?')) {
      const scope = `scope=${encodeURIComponent(`repository:${repository}:pull`)}`;
      const isRight = authorization === `Basic ${login}` && request.url.includes(scope);
      response.writeHead(isRight ? 200 : 401).end('{"token":"T"}');
    } else if (authorization === 'Bearer T') open(request, response);
    else {
      const challenge = `Bearer realm="http://${host}/token",service="test"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
  };
}

const EXPECTED: ImageFacts = {
  digest: `sha256:${sha256(index)}`,
  source: 'registry',
  exposed: ['443/tcp', '80/tcp'],
  nginxVersion: '1.30.6',
  hasHealthcheck: true,
  architectures: ['amd64', 'arm64'],
};

test('a host that can not be reached is a fact in the result, and the others are complete', async () => {
  const error = new FleetError('E_HOST_KEY_UNKNOWN', 'unknown key', { hint: 'echo key', notes: ['compare first'] });
  const shell = shellWith().onHost('vm2', PROBE, { error });
  const { hosts } = await observe(shell, inventory, [], { now: () => 0 });
  expect(Object.keys(hosts)).toEqual(['vm1', 'vm2']);
  expect(hosts.vm1).toMatchObject({ reachable: true });
  expect(hosts.vm2).toEqual({
    reachable: false,
    code: 'E_HOST_KEY_UNKNOWN',
    message: 'unknown key',
    hint: 'echo key\ncompare first',
  });
});

test('hosts whose socket can not be used are asked a second time, by the docker command', async () => {
  const shell = shellWith();
  await observe(shell, inventory, [], { now: () => 0 });
  const calls = shell.calls.map(({ host, line }) => `${host} ${line.includes('docker ps') ? 'docker' : 'own'}`);
  expect(calls).toEqual(['vm1 own', 'vm2 own', 'vm1 docker', 'vm2 docker']);
});

test('a report that takes too long says that Docker hangs', async () => {
  const shell = shellWith().onHost('vm2', PROBE, { error: new FleetError('E_TIMEOUT', 'no end') });
  const { hosts } = await observe(shell, inventory, [], { now: () => 0 });
  expect(hosts.vm2).toMatchObject({ code: 'E_HOST_DOCKER', message: expect.stringContaining('Docker hangs') });
});

test('the digest is that of the index, and the facts are those of the hosts’ architecture', async () => {
  const server = createServer(registry('shop/web'));
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
  const { port } = server.address() as AddressInfo;
  const shell = shellWith({ insecure: ['127.0.0.0/8'] });
  shell.listen('127.0.0.2', port, registry('shop/web'));
  expect(await factsOf(`127.0.0.2:${port}/shop/web:1`, shell)).toEqual(EXPECTED);
});

test('a registry at a loopback address is the host’s own, and is asked through the host', async () => {
  const shell = shellWith({ insecure: ['127.0.0.0/8'] });
  shell.listen('127.0.0.1', 5000, registry('web'));
  expect(await factsOf('127.0.0.1:5000/web:1', shell)).toEqual(EXPECTED);
  expect(shell.dials[0]).toBe('vm1 127.0.0.1:5000');
});

test('an image of Docker Hub is asked of the mirror first', async () => {
  const shell = shellWith({ mirrors: ['http://localhost:5001/'] });
  shell.listen('localhost', 5001, registry('library/nginx'));
  expect(await factsOf('nginx:1', shell)).toEqual(EXPECTED);
});

test('a registry that wants a token gets one with the user’s own login', async () => {
  const login = Buffer.from('ann:secret').toString('base64');
  const name = 'localhost:5000/team/web:1';
  const shell = () => {
    const made = shellWith();
    made.listen('localhost', 5000, guarded('team/web', login));
    return made;
  };
  expect(await factsOf(name, shell(), { 'localhost:5000': login })).toEqual(EXPECTED);
  expect(await factsOf(name, shell())).toMatchObject({
    source: 'none',
    problem: 'localhost:5000 does not let us read team/web:1 (401): docker login',
  });
});

test('what an image exposes is not known when its configuration can not be read, which is not the same as nothing', async () => {
  const shell = shellWith();
  const whole = registry('web');
  shell.listen('localhost', 5000, (request, response) => {
    if (request.url?.includes('/blobs/')) response.writeHead(503).end();
    else whole(request, response);
  });
  const { exposed: _, nginxVersion: __, ...rest } = EXPECTED;
  expect(await factsOf('localhost:5000/web:1', shell)).toEqual({ ...rest, hasHealthcheck: false });
});

test('a missing image is said with the registry’s name', async () => {
  const shell = shellWith();
  shell.listen('localhost', 5000, registry('web'));
  expect(await factsOf('localhost:5000/web:2', shell)).toMatchObject({
    source: 'none',
    problem: 'localhost:5000 has no web:2',
  });
});

test('where no registry answers, the digest is that of the hosts that have the image', async () => {
  const inspected = [
    { Architecture: 'amd64', Config: { ExposedPorts: { '80/tcp': {} }, Env: ['NGINX_VERSION=1.30.6'] } },
  ];
  const local = RECORDED.replaceAll('"repository":"nginx"', '"repository":"localhost:5000/nginx"');
  const shell = shellWith()
    .on(PROBE, { stdout: local })
    .on(/docker image inspect/, { stdout: JSON.stringify(inspected) });
  expect(await factsOf('localhost:5000/nginx:1.30', shell)).toMatchObject({
    digest: expect.stringMatching(/^sha256:/),
    source: 'host',
    exposed: ['80/tcp'],
    nginxVersion: '1.30.6',
  });
});

test('hosts that have different images of one tag are no answer', async () => {
  const local = RECORDED.replaceAll('"repository":"nginx"', '"repository":"localhost:5000/nginx"');
  const older = local.replace(/("tag":"1.30","digest":"sha256:)[0-9a-f]{4}/, '$1ffff');
  const shell = shellWith().on(PROBE, { stdout: local }).onHost('vm2', PROBE, { stdout: older });
  expect(await factsOf('localhost:5000/nginx:1.30', shell)).toMatchObject({ source: 'none' });
});

test('where no registry answers, an image without a tag on any host is what the newest containers of it run', async () => {
  const untagged = RECORDED.replaceAll(
    '"repository":"nginx","tag":"1.30"',
    '"repository":"localhost:5000/nginx","tag":""',
  );
  const digest = /"tag":"","digest":"(sha256:[0-9a-f]{64})"/.exec(untagged)?.[1] ?? '';
  const running = (release: number, of: string) =>
    untagged
      .replaceAll('"fleet.release":"7"', `"fleet.release":"${release}"`)
      .replace('"nginx:1.30","fleet.digest":""', `"localhost:5000/nginx:1.30","fleet.digest":"${of}"`);
  const other = `sha256:${'f'.repeat(64)}`;
  const facts = (release: number) =>
    factsOf(
      'localhost:5000/nginx:1.30',
      shellWith()
        .onHost('vm1', PROBE, { stdout: running(7, digest) })
        .onHost('vm2', PROBE, { stdout: running(release, other) })
        .on(/docker image inspect/, { stdout: '[{"Config":{"ExposedPorts":{"80/tcp":{}}}}]' }),
    );
  expect(await facts(6)).toMatchObject({ digest, source: 'host', exposed: ['80/tcp'] });
  expect(await facts(8)).toMatchObject({ source: 'none' });
});

test('a digest that the playbook itself names is known without anybody', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(await factsOf(`localhost:5000/web@${digest}`, shellWith())).toMatchObject({ digest, source: 'none' });
});

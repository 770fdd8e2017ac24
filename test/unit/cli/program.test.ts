import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFiles } from '../../../src/cli/files.ts';
import { parseWait } from '../../../src/cli/flags.ts';
import { runCli } from '../../../src/cli/index.ts';
import { FleetError, FleetErrors } from '../../../src/model/error.ts';
import { aContainer, aPlaybook, fakeStages, hostUp, type StagesSetup } from '../../support/fake-stages.ts';
import { aChange, aPlan } from '../../support/plan-builders.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

const FILES = ['-i', 'lab.yaml', '-f', 'shop.yaml'];

async function call(
  args: readonly string[],
  setup: StagesSetup = {},
  terminal = fakeTerminal(args),
): Promise<[number, FakeTerminal]> {
  return [await runCli(terminal, fakeStages(setup)), terminal];
}

async function folderWith(...names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), '');
  }
  return folder;
}

test('the help fits on one screen and names every command', async () => {
  const [code, terminal] = await call(['--help']);
  expect(code).toBe(0);
  await expect(terminal.out()).toMatchFileSnapshot('../../golden/help.txt');
  expect(terminal.out().split('\n').length).toBeLessThan(70);
});

test('a mistyped command gets the nearest one, exit code 2', async () => {
  const [code, terminal] = await call(['deplyo']);
  expect(code).toBe(2);
  expect(terminal.err()).toContain('(Did you mean deploy?)');
});

test('problems of files are all printed, exit code 2', async () => {
  const problems = [
    new FleetError('E_SCHEMA', 'services.web.imge: unknown key'),
    new FleetError('E_VALUE', 'bad size'),
  ];
  const [code, terminal] = await call([...FILES, 'check'], { loadError: new FleetErrors(problems, 2) });
  expect(code).toBe(2);
  expect(terminal.err()).toBe(
    'error[E_SCHEMA]: services.web.imge: unknown key\n\nerror[E_VALUE]: bad size\n\n2 problems\n',
  );
});

test('check says what it read', async () => {
  const [code, terminal] = await call([...FILES, 'check'], { warnings: ['build is ignored'] });
  expect(code).toBe(0);
  expect(terminal.out()).toBe('ok   shop: 0 services   production: 3 hosts   (lab.yaml, shop.yaml)\n');
  expect(terminal.err()).toBe('warning  build is ignored\n');
});

test('a bug is one line, and its stack is shown only on request', async () => {
  const [code, terminal] = await call([...FILES, 'check'], { loadError: new TypeError('x is not a function') });
  expect(code).toBe(1);
  expect(terminal.err()).toBe('internal error: x is not a function. Please report it, with FLEET_DEBUG=1 set.\n');
  const args = [...FILES, 'check'];
  const [, asked] = await call(
    args,
    { loadError: new TypeError('x') },
    fakeTerminal(args, { env: { FLEET_DEBUG: '1' } }),
  );
  expect(asked.err()).toContain('program.test.ts');
});

test('options may stand before and behind the command', async () => {
  const [before] = await call(['-i', 'a.yaml', '-f', 'b.yaml', 'check']);
  const [behind] = await call(['check', '-i', 'a.yaml', '-f', 'b.yaml']);
  expect([before, behind]).toEqual([0, 0]);
});

test('the only inventory and the only playbook are taken, examples do not count', async () => {
  const cwd = await folderWith('inventory/lab.yaml', 'inventory/production.example.yaml', 'playbooks/shop.yaml');
  const files = await findFiles({}, fakeTerminal([], { cwd }), 'both');
  expect([files.inventory, files.playbooks]).toEqual(['inventory/lab.yaml', ['playbooks/shop.yaml']]);
});

test('several playbooks are listed and none is guessed', async () => {
  const cwd = await folderWith('inventory/lab.yaml', 'playbooks/a.yaml', 'playbooks/b.yaml');
  const [code, terminal] = await call([], {}, fakeTerminal(['check'], { cwd }));
  expect(code).toBe(2);
  expect(terminal.err()).toBe(`error[E_FILE]: several playbooks: which one?
  there is playbooks/a.yaml
  there is playbooks/b.yaml
  hint: fleet -f playbooks/a.yaml …
`);
});

test('a flag wins over the environment, which wins over the folders', async () => {
  const cwd = await folderWith('inventory/lab.yaml', 'compose.yaml');
  const env = { FLEET_INVENTORY: 'x.yaml', COMPOSE_FILE: 'a.yaml:b.yaml' };
  const files = await findFiles({}, fakeTerminal([], { cwd, env }), 'both');
  expect([files.inventory, files.playbooks]).toEqual(['x.yaml', ['a.yaml', 'b.yaml']]);
  const flagged = await findFiles({ inventory: 'y.yaml', file: ['c.yaml'] }, fakeTerminal([], { cwd, env }), 'both');
  expect([flagged.inventory, flagged.playbooks]).toEqual(['y.yaml', ['c.yaml']]);
  const plain = await findFiles({}, fakeTerminal([], { cwd }), 'both');
  expect([plain.inventory, plain.playbooks]).toEqual(['inventory/lab.yaml', ['compose.yaml']]);
});

test('durations have units', () => {
  expect([parseWait('30s'), parseWait('1h30m'), parseWait('1500ms')]).toEqual([30_000, 5_400_000, 1500]);
  expect(() => parseWait('30')).toThrow('for example 30s');
});

const shop = {
  vm1: hostUp({
    containers: [aContainer('backend'), aContainer('cache', { health: 'none' })],
    router: {
      mainDigest: 'x',
      apps: {
        shop: {
          app: 'shop',
          generation: 'g',
          files: {},
          services: { backend: { vip: '10.96.0.5', subnet: '', upstreams: [], claims: [] } },
        },
      },
    },
    releases: {
      shop: [{ app: 'shop', release: 6, at: 0, by: 'ann@laptop', planDigest: '', specs: {}, images: {} }],
    },
  }),
  vm2: hostUp({ containers: [aContainer('backend', { slot: 2, state: 'exited', health: 'none', exitCode: 3 })] }),
  vm3: { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no route to host', hint: 'ping 10.0.0.3' },
} as const;
const plan = aPlan({
  services: [
    aChange('backend', { change: 'repair', reasons: ['backend.6.2 has exited'], replicas: 2 }),
    aChange('cache'),
    aChange('db', { change: 'create', reasons: ['new'], vips: {} } as object),
  ],
});

test('status shows hosts, services, release and drift', async () => {
  const [code, terminal] = await call([...FILES, 'status'], { hosts: shop, plans: [plan] });
  expect(code).toBe(0);
  await expect(terminal.out()).toMatchFileSnapshot('../../golden/status.txt');
});

test('status --json has hosts, services with their replicas, and drift', async () => {
  const [, terminal] = await call([...FILES, 'status', '--json'], { hosts: shop, plans: [plan] });
  const status = JSON.parse(terminal.out());
  expect(status.release).toBe(6);
  expect(status.services[0]).toMatchObject({
    name: 'backend',
    image: 'backend:1',
    desired: 2,
    running: 1,
    healthy: 1,
    vip: '10.96.0.5',
  });
  expect(status.services.map((service: { name: string }) => service.name)).toEqual(['backend', 'cache', 'db']);
  expect(status.hosts.map((host: { reachable: boolean }) => host.reachable)).toEqual([true, true, false]);
  expect(status.drift).toEqual([
    { service: 'backend', message: 'to be repaired: backend.6.2 has exited' },
    { service: 'db', message: 'not there yet: new' },
  ]);
});

test('a playbook that fits nowhere keeps nobody from seeing the status', async () => {
  const problems = [new FleetError('E_UNPLACEABLE', 'backend fits nowhere')];
  const [code, terminal] = await call([...FILES, 'status', '--json'], { hosts: shop, problems });
  expect(code).toBe(0);
  expect(JSON.parse(terminal.out()).drift).toEqual([{ service: '', message: 'E_UNPLACEABLE: backend fits nowhere' }]);
  expect(terminal.err()).toBe('error[E_UNPLACEABLE]: backend fits nowhere\n');
});

test('ps and hosts are tables', async () => {
  const [, ps] = await call([...FILES, 'ps'], { hosts: shop });
  await expect(ps.out()).toMatchFileSnapshot('../../golden/ps.txt');
  const [, hosts] = await call([...FILES, 'hosts'], { hosts: shop });
  await expect(hosts.out()).toMatchFileSnapshot('../../golden/hosts.txt');
});

test('hosts tells who cordoned or drained a host by command, when and why', async () => {
  const drained = {
    kind: 'drained',
    at: 1_700_000_000_000 - 90_000,
    by: 'ann@laptop',
    why: 'disk is failing',
  } as const;
  const marks = { vm2: drained, vm3: { ...drained, kind: 'none' as const } };
  const [, terminal] = await call([...FILES, 'hosts'], { hosts: { ...shop, vm1: { ...shop.vm1, marks } } });
  expect(terminal.out().split('\n').slice(1, 5)).toEqual([
    expect.stringMatching(/^vm1 .* up /),
    expect.stringMatching(/^vm2 .* drained /),
    expect.stringMatching(/^vm3 .* no answer /),
    'vm2: drained by ann@laptop 1 min 30 s ago: disk is failing',
  ]);
});

test('ps of an unknown service names the ones that are there', async () => {
  const [code, terminal] = await call([...FILES, 'ps', 'bakend'], { hosts: shop });
  expect(code).toBe(2);
  expect(terminal.err()).toContain('there are: backend, cache');
});

test('logs of all hosts come in the order of time, with their names', async () => {
  const args = [...FILES, 'logs', 'backend'];
  const stages = fakeStages({ hosts: shop });
  const first = '2026-01-01T00:00:01.000000001Z';
  const second = '2026-01-01T00:00:01.000000002Z';
  const third = '2026-01-01T00:00:02.5Z';
  stages.shell.onHost('vm1', /docker logs/, {
    stdout: `shop.backend.6.1 ${first} one\nshop.backend.6.1 ${third} th\u001b[2Jree\n`,
  });
  stages.shell.onHost('vm2', /docker logs/, { stdout: `shop.backend.6.2 ${second} two` });
  const terminal = fakeTerminal(args);
  expect(await runCli(terminal, stages)).toBe(0);
  expect(terminal.out()).toBe('backend.6.1@vm1 | one\nbackend.6.2@vm2 | two\nbackend.6.1@vm1 | three\n');
});

test('exec quotes its words, hands the input over and passes the exit code through', async () => {
  const stages = fakeStages({ hosts: shop });
  stages.shell.on(/docker exec/, { code: 7, stdout: 'out', stderr: 'err' });
  const input = new TextEncoder().encode('select 1');
  const terminal = fakeTerminal([...FILES, 'exec', 'backend.1', '--', 'sh', '-c', 'echo "$HOME"'], {
    isPiped: true,
    readInput: async () => input,
  });
  expect(await runCli(terminal, stages)).toBe(7);
  expect([terminal.out(), terminal.err()]).toEqual(['out', 'err']);
  expect(stages.shell.calls[0]).toMatchObject({
    host: 'vm1',
    line: `docker exec -i shop.backend.6.1 sh -c 'echo "$HOME"'`,
    stdin: 'select 1',
  });
});

test('exec in a replica that does not run says so', async () => {
  const [code, terminal] = await call([...FILES, 'exec', 'backend.2', '--', 'env'], { hosts: shop });
  expect(code).toBe(2);
  expect(terminal.err()).toContain('no replica of backend.2 runs');
});

test('lock status names who works, and release tells whose lease it took', async () => {
  const lease = { by: 'ann@laptop', words: 'ann@laptop (pid 7 on laptop) since 3 s', live: true };
  const [, status] = await call([...FILES, 'lock', 'status'], { lease });
  expect(status.out()).toBe('ann@laptop (pid 7 on laptop) since 3 s works on shop\n');
  const [, release] = await call([...FILES, 'lock', 'release', '--force'], { lease });
  expect(release.out()).toBe('taken away from ann@laptop (pid 7 on laptop) since 3 s\n');
  const [, free] = await call([...FILES, 'lock', 'status']);
  expect(free.out()).toBe('nobody works on shop\n');
});

test('plan --offline asks no host', async () => {
  const stages = fakeStages({ playbook: aPlaybook() });
  expect(await runCli(fakeTerminal([...FILES, 'plan', '--offline']), stages)).toBe(0);
  expect(stages.calls).toEqual(['load', 'compile']);
});

test('a plan says what the files ask for and means something else here', async () => {
  const [, terminal] = await call([...FILES, 'plan'], { warnings: ['version: Compose ignores it too'] });
  expect(terminal.out()).toContain('note     version: Compose ignores it too\n');
});

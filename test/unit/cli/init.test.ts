import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';
import { filesOnly } from './support/files-only.ts';

const SSH = `
Host github.com
  User git
Host bastion
  HostName 203.0.113.9
Host vm1 vm1.example.com
  HostName 10.0.0.11
Host vm2
  HostName 10.0.0.12
  User ann
Host *.example.com !x
  User nobody
`;
const COMPOSE = 'services:\n  web: { image: "nginx:1.30" }\n';

type Files = Readonly<Record<string, string>>;

/** A folder of its own with these files in it. */
async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly terminal: FakeTerminal;
}

/** Runs the real command in the folder `work/shop` below the home; its name is cut from what is said. */
async function run(home: string, args: readonly string[], more: Parameters<typeof fakeTerminal>[1] = {}): Promise<Ran> {
  const dir = join(home, 'work', 'shop');
  const where =
    args[0] === 'init'
      ? ['--dir', dir]
      : ['-i', join(dir, 'inventory/production.yaml'), '-f', join(dir, 'compose.yaml')];
  const terminal = fakeTerminal([...args, ...where], { cwd: home, home, ...more } satisfies Partial<Terminal>);
  const code = await runCli(terminal, filesOnly(home));
  const short = (text: string) => text.replaceAll(`${dir}/`, '').replaceAll(dir, 'SHOP');
  return { code, out: short(terminal.out()), err: short(terminal.err()), terminal };
}

async function textOf(home: string, name: string): Promise<string> {
  return readFile(join(home, 'work', 'shop', name), 'utf8');
}

test('with flags alone it writes an inventory and a playbook that check accepts', async () => {
  const home = await folderOf({});
  const flags = [
    '--hosts',
    'vm1,vm2=10.0.0.2',
    '--edge',
    'vm1',
    '--user',
    'deploy',
    '--app',
    'tea',
    '--service',
    'api',
    '--image',
    'node:20',
    '--port',
    '3000',
  ];
  const { code, out, err } = await run(home, ['init', ...flags]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toBe(`wrote  inventory/production.yaml
wrote  compose.yaml
wrote  .fleet/inventory.schema.json
wrote  .fleet/playbook.schema.json
ok     tea: 1 service   production: 2 hosts

Next:
  cd SHOP
  fleet check    reads the files, and tells what is wrong with them
  fleet plan     looks at the hosts, and shows what a deploy would do
  fleet deploy   does it
`);
  await expect(await textOf(home, 'inventory/production.yaml')).toMatchFileSnapshot('../../golden/init-inventory.yaml');
  await expect(await textOf(home, 'compose.yaml')).toMatchFileSnapshot('../../golden/init-compose.yaml');
  const checked = await run(home, ['check']);
  expect([checked.code, checked.err]).toEqual([0, '']);
  const planned = await run(home, ['plan', '--offline']);
  expect([planned.code, planned.err]).toEqual([0, '']);
  expect(planned.out).toContain('api');
});

test('the schema that the first line names is there', async () => {
  const home = await folderOf({});
  await run(home, ['init', '--hosts', 'vm1', '--yes']);
  for (const file of ['inventory/production.yaml', 'compose.yaml']) {
    const [line = ''] = (await textOf(home, file)).split('\n');
    const schema = line.replace('# yaml-language-server: $schema=', '');
    expect(JSON.parse(await textOf(home, join(dirname(file), schema)))).toBeTypeOf('object');
  }
});

test('on a terminal it offers the hosts of ~/.ssh/config and asks for the rest', async () => {
  const home = await folderOf({ '.ssh/config': SSH });
  const { code, out, terminal } = await run(home, ['init'], {
    answers: ['2, 3 db=10.0.0.9', 'db', 'deploy', '', '', '', ''],
  });
  expect(code).toBe(0);
  expect(terminal.questions).toEqual([
    '~/.ssh/config names\n  1  bastion\n  2  vm1\n  3  vm2\nHosts: numbers, names, NAME=ADDRESS [all]: ',
    'Edge hosts, which take traffic from outside [vm1]: ',
    'Login on the hosts (Enter: as ~/.ssh/config says, else yours): ',
    'Name of the app [shop]: ',
    'Its first service [web]: ',
    'Image of the service [nginx:1.30]: ',
    'Port that it listens on [80]: ',
  ]);
  expect(out).toContain('ok     shop: 1 service   production: 3 hosts');
  expect(await textOf(home, 'inventory/production.yaml')).toContain(`
  vm1:
  vm2:
  db:
    address: 10.0.0.9
    roles: [edge, worker]
`);
});

test('with --yes nothing is asked: all hosts of ~/.ssh/config, the first one is the edge', async () => {
  const home = await folderOf({ '.ssh/config': SSH });
  const { code, terminal } = await run(home, ['init', '--yes'], { answers: ['never'] });
  expect([code, terminal.questions]).toEqual([0, []]);
  expect(await textOf(home, 'inventory/production.yaml')).toContain(
    '\n  bastion:\n    roles: [edge, worker]\n  vm1:\n  vm2:\n',
  );
});

test('a compose.yaml that is there is the playbook and stays as it is', async () => {
  const home = await folderOf({ 'work/shop/compose.yaml': COMPOSE });
  const { code, out } = await run(home, ['init', '--hosts', 'vm1'], { answers: ['', ''] });
  expect(code).toBe(0);
  expect(out).toContain('kept   compose.yaml   the playbook as it stands\n');
  expect(out).toContain('ok     shop: 1 service   production: 1 host\n');
  expect(await textOf(home, 'compose.yaml')).toBe(COMPOSE);
});

test('what is wrong with a compose.yaml is listed as what stands in the way', async () => {
  const home = await folderOf({ 'work/shop/compose.yaml': 'services:\n  web: { image: nginx, ports: ["x:80"] }\n' });
  const { code, out, err } = await run(home, ['init', '--hosts', 'vm1', '--yes']);
  expect(code).toBe(0);
  expect(err).toMatch(/^\nThis stands in the way of a deploy:\n\nerror\[E_VALUE\]: services\.web\.ports/);
  expect(out).toContain('fleet check    reads the files');
});

test('a second run has nothing to do and says so', async () => {
  const home = await folderOf({ '.ssh/config': SSH });
  await run(home, ['init', '--yes', '--app', 'tea']);
  for (const args of [['init'], ['init', '--yes', '--hosts', 'bastion,vm1,vm2', '--app', 'tea']]) {
    const { code, out, err } = await run(home, args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('nothing to do: inventory/production.yaml and compose.yaml are there\n');
  }
});

test('a file that says something else is named, nothing is written, and --force overwrites it', async () => {
  const mine = 'hosts: { mine: { address: 10.0.0.1 } }\n';
  const home = await folderOf({ 'work/shop/inventory/production.yaml': mine, 'work/shop/compose.yaml': COMPOSE });
  const { code, err } = await run(home, ['init', '--hosts', 'vm1', '--image', 'redis:7']);
  expect(code).toBe(2);
  expect(
    err,
  ).toBe(`error[E_FILE]: inventory/production.yaml is there already, and says something else; nothing was written
  hint: change it by hand, or let --force overwrite it

error[E_FILE]: compose.yaml is there already, and says something else; nothing was written
  hint: change it by hand, or let --force overwrite it

2 problems
`);
  expect([await textOf(home, 'inventory/production.yaml'), await textOf(home, 'compose.yaml')]).toEqual([
    mine,
    COMPOSE,
  ]);
  await expect(textOf(home, '.fleet/playbook.schema.json')).rejects.toThrow('ENOENT');
  const forced = await run(home, ['init', '--hosts', 'vm1', '--force']);
  expect(forced.code).toBe(0);
  expect(await textOf(home, 'inventory/production.yaml')).toContain('  vm1:\n');
  expect(await textOf(home, 'compose.yaml')).toBe(COMPOSE);
  await run(home, ['init', '--hosts', 'vm1', '--image', 'redis:7', '--force']);
  expect(await textOf(home, 'compose.yaml')).toContain('image: redis:7');
});

test('a schema of another version is kept and named, until --force', async () => {
  const home = await folderOf({ 'work/shop/.fleet/playbook.schema.json': 'old' });
  const { code, out } = await run(home, ['init', '--hosts', 'vm1', '--yes']);
  expect(code).toBe(0);
  expect(out).toContain(
    'kept   .fleet/playbook.schema.json   made by another version of fleet; --force makes it anew\n',
  );
  expect(await textOf(home, '.fleet/playbook.schema.json')).toBe('old');
});

test('an answer that can not be is refused before anything is written', async () => {
  const home = await folderOf({});
  const { code, err } = await run(home, ['init', '--hosts', 'Web_1', '--user', 'a b', '--app', 'tea', '--yes']);
  expect(code).toBe(2);
  expect(err).toContain('error[E_VALUE]: defaults.user: "a b" is not a user name');
  expect(err).toContain('error[E_VALUE]: the host name "Web_1" can not be used');
  expect(err).toContain('nothing was written');
  await expect(textOf(home, 'inventory/production.yaml')).rejects.toThrow('ENOENT');
});

test('without any host it says how to name one', async () => {
  const home = await folderOf({});
  const { code, err } = await run(home, ['init']);
  expect(code).toBe(2);
  expect(err).toContain('error[E_VALUE]: no host is named, and ~/.ssh/config has none');
  expect(err).toContain('fleet init --hosts vm1,vm2');
});

test('an edge that is no host is refused', async () => {
  const home = await folderOf({});
  const { code, err } = await run(home, ['init', '--hosts', 'vm1,vm2', '--edge', 'vm3']);
  expect(code).toBe(2);
  expect(err).toBe('error[E_REFERENCE]: the edge vm3 is not among the hosts\n  expected: vm1, vm2\n');
});

test('Ctrl-C at a question leaves everything as it is', async () => {
  const home = await folderOf({ '.ssh/config': SSH });
  const listeners: (() => void)[] = [];
  const { code, err } = await run(home, ['init'], {
    isInteractive: true,
    onInterrupt: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    ask: async () => {
      for (const listener of listeners) listener();
      return '';
    },
  });
  expect([code, err]).toEqual([130, '\nnothing was written\n']);
  await expect(textOf(home, 'compose.yaml')).rejects.toThrow('ENOENT');
});

test('another playbook than compose.yaml is not replaced', async () => {
  const home = await folderOf({ 'work/shop/playbooks/tea.yaml': COMPOSE });
  const { code, err } = await run(home, ['init', '--hosts', 'vm1', '--app', 'tea', '--force']);
  expect(code).toBe(2);
  expect(err).toContain('error[E_FILE]: playbooks/tea.yaml is the playbook already');
});

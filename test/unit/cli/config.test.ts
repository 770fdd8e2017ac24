import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPlaybookOnly } from '../../../src/cli/files.ts';
import { runCli } from '../../../src/cli/index.ts';
import { FleetError, FleetErrors } from '../../../src/model/error.ts';
import { fakeStages, type StagesSetup } from '../../support/fake-stages.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';

const MODEL = {
  name: 'shop',
  services: {
    db: { image: 'postgres:16', environment: { POSTGRES_PASSWORD: 's3cret', LANG: '$C' } },
    web: { build: { context: '.' } },
  },
  networks: { default: { name: 'shop_default' } },
  volumes: { data: { name: 'shop_data' } },
};

async function config(args: readonly string[], setup: StagesSetup = {}): Promise<[number, FakeTerminal]> {
  const terminal = fakeTerminal(['-f', 'shop.yaml', 'config', ...args]);
  return [await runCli(terminal, fakeStages({ config: MODEL, ...setup })), terminal];
}

test('it prints YAML, with secrets masked and dollar signs written so that it can be read again', async () => {
  const [code, terminal] = await config([]);
  expect(code).toBe(0);
  expect(terminal.out()).toContain('"environment":{"POSTGRES_PASSWORD":"***","LANG":"$$C"}');
  expect(terminal.out()).toMatch(/^yaml of \{"name":"shop"/);
});

test('--format json prints JSON, --show-secrets all of it', async () => {
  const [, terminal] = await config(['--format', 'json', '--show-secrets']);
  const { services } = JSON.parse(terminal.out());
  expect(services.db.environment).toEqual({ POSTGRES_PASSWORD: 's3cret', LANG: '$$C' });
});

test.each([
  ['--services', 'db\nweb\n'],
  ['--images', 'postgres:16\nshop-web\n'],
  ['--networks', 'default\n'],
  ['--volumes', 'data\n'],
  ['--profiles', ''],
  ['--quiet', ''],
])('%s prints names, one a line', async (flag, expected) => {
  const [code, terminal] = await config([flag]);
  expect([code, terminal.out()]).toEqual([0, expected]);
});

test('warnings go to standard error, so that the output stays what it is', async () => {
  const [, terminal] = await config(['--services'], { warnings: ['the variable A is not set'] });
  expect([terminal.err(), terminal.out()]).toEqual(['warning  the variable A is not set\n', 'db\nweb\n']);
});

test('problems end it with exit code 2', async () => {
  const [code, terminal] = await config([], {
    loadError: new FleetErrors([new FleetError('E_CYCLE', 'include goes round')], 2),
  });
  expect([code, terminal.out(), terminal.err()]).toEqual([2, '', 'error[E_CYCLE]: include goes round\n']);
});

test('an unknown format is refused', async () => {
  const [code, terminal] = await config(['--format', 'xml']);
  expect([code, terminal.out()]).toEqual([2, '']);
  expect(terminal.err()).toContain('yaml, json');
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-config-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function found(files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const terminal = { ...fakeTerminal([]), cwd: folderWith(files), env };
  const { playbooks, notes } = await findPlaybookOnly({}, terminal);
  return { playbooks, notes };
}

test('an override beside the file is read as well, which is said', async () => {
  expect(await found({ 'compose.yaml': '', 'compose.override.yaml': '' })).toEqual({
    playbooks: ['compose.yaml', 'compose.override.yaml'],
    notes: ['compose.override.yaml is read as well, as Docker Compose does; -f compose.yaml leaves it out'],
  });
  expect((await found({ 'docker-compose.yml': '', 'docker-compose.override.yml': '' })).playbooks).toEqual([
    'docker-compose.yml',
    'docker-compose.override.yml',
  ]);
});

test('COMPOSE_FILE of the process wins over the one in .env, which wins over what is there', async () => {
  const files = { 'compose.yaml': '', '.env': 'A=1\nexport COMPOSE_FILE="a.yaml:b.yaml" # both\n' };
  expect(await found(files)).toEqual({ playbooks: ['a.yaml', 'b.yaml'], notes: undefined });
  expect((await found(files, { COMPOSE_FILE: 'c.yaml,d.yaml', COMPOSE_PATH_SEPARATOR: ',' })).playbooks).toEqual([
    'c.yaml',
    'd.yaml',
  ]);
});

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../../src/cli/index.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/terminal.ts';
import { filesOnly } from './support/files-only.ts';

const SHOP = 'services:\n  web: { image: nginx }\n';
const BROKEN = 'services:\n  web:\n    image: nginx\n    enviroment: { A: b }\n';

/** Runs `fleet check` on files in a folder of its own; the folder's name is cut from what it says. */
async function check(files: Readonly<Record<string, string>>, ...args: string[]): Promise<[number, FakeTerminal]> {
  const cwd = await mkdtemp(join(tmpdir(), 'fleet-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  const placed = args.map((arg) => (arg.endsWith('.yaml') ? join(cwd, arg) : arg));
  const terminal = fakeTerminal(['check', ...placed], { cwd, home: cwd });
  const code = await runCli(terminal, filesOnly(cwd));
  const short = (text: string) => text.replaceAll(`${cwd}/`, '');
  return [code, { ...terminal, out: () => short(terminal.out()), err: () => short(terminal.err()) }];
}

test('without an inventory the playbook alone is checked, and check says so', async () => {
  const [code, terminal] = await check({ 'compose.yaml': SHOP }, '-f', 'compose.yaml');
  expect(code).toBe(0);
  expect(terminal.out()).toMatch(/^ok {3}\S+: 1 service {3}no inventory: the playbook alone was checked {3}\(compose/);
});

test('a missing inventory that is named is a problem', async () => {
  const [code, terminal] = await check({ 'compose.yaml': SHOP }, '-f', 'compose.yaml', '-i', 'inventory/x.yaml');
  expect(code).toBe(2);
  expect(terminal.err()).toContain('error[E_FILE]: inventory/x.yaml: no such file');
});

test('--json has the same keys with and without problems', async () => {
  const hosts = { 'inventory/production.yaml': 'hosts: { vm1: { address: 10.0.0.1, roles: [edge] } }\n' };
  const named = ['--json', '-i', 'inventory/production.yaml', '-f', 'playbooks/shop.yaml'];
  const [good, fine] = await check({ ...hosts, 'playbooks/shop.yaml': SHOP }, ...named);
  const [bad, wrong] = await check({ ...hosts, 'playbooks/shop.yaml': BROKEN }, ...named);
  expect([good, bad]).toEqual([0, 2]);
  const files = ['inventory/production.yaml', 'playbooks/shop.yaml'];
  expect(JSON.parse(fine.out())).toEqual({
    ok: true,
    app: 'shop',
    fleet: 'production',
    services: ['web'],
    hosts: ['vm1'],
    files,
    warnings: expect.any(Array),
    problems: [],
  });
  expect(JSON.parse(wrong.out())).toEqual({
    ok: false,
    services: [],
    hosts: [],
    files,
    warnings: [],
    problems: [
      {
        code: 'E_SCHEMA',
        severity: 'error',
        message: 'services.web.enviroment: unknown key',
        hint: 'did you mean "environment"?',
        location: {
          file: 'playbooks/shop.yaml',
          line: 4,
          column: 5,
          length: 10,
          endColumn: 15,
          text: '    enviroment: { A: b }',
        },
        notes: [],
        related: [],
      },
    ],
  });
  expect(wrong.err()).toContain('4 |     enviroment: { A: b }');
});

test('--json tells of a missing playbook in the same shape, too', async () => {
  const [code, terminal] = await check({}, '--json');
  expect(code).toBe(2);
  expect(JSON.parse(terminal.out())).toMatchObject({
    ok: false,
    files: [],
    problems: [{ code: 'E_FILE', related: [] }],
  });
});

test('the help names every key of --json', async () => {
  const [, terminal] = await check({}, '--help');
  const words = ['ok', 'app', 'fleet', 'services', 'hosts', 'files', 'warnings', 'problems', 'endColumn', 'related'];
  for (const word of words) expect(terminal.out()).toMatch(new RegExp(`\\b${word}\\b`));
});

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadAll, loadInventory, loadPlaybook, resolveConfig } from '../../../src/load/index.ts';
import { memoryOf } from './support/memory.ts';
import { refusal } from './support/render.ts';

const inventoryOptions = { env: {}, home: '/nobody/home', user: 'ann' };

test('the problems of inventory and playbook come in one answer', async () => {
  const readFile = memoryOf({ 'i.yaml': 'hosts: { vm1: { prot: 22 } }', 'p.yaml': 'services: { web: { imag: x } }' });
  const says = await refusal(() =>
    loadAll('i.yaml', { ...inventoryOptions, readFile }, { files: ['p.yaml'], env: {}, readFile }),
  );
  expect(says.split('\n').filter((line) => line.startsWith('E_'))).toEqual([
    'E_SCHEMA i.yaml:1:17 hosts.vm1.prot: unknown key',
    'E_SCHEMA p.yaml:1:20 services.web.imag: unknown key',
  ]);
});

test('both are loaded together when both are right', async () => {
  const readFile = memoryOf({ 'i.yaml': 'hosts: { vm1: }', 'p.yaml': 'services: { web: { image: x } }' });
  const loaded = await loadAll('i.yaml', { ...inventoryOptions, readFile }, { files: ['p.yaml'], env: {}, readFile });
  expect([loaded.inventory.hosts.length, loaded.playbook.app, loaded.secrets.size, loaded.notes]).toEqual([
    1,
    'p',
    0,
    [],
  ]);
});

test('a file that is not there is named, with the nearest one that is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-load-'));
  writeFileSync(join(folder, 'production.yaml'), '');
  const path = join(folder, 'prodction.yaml');
  expect(await refusal(() => loadInventory(path, inventoryOptions))).toBe(
    `E_FILE ${path}: no such file\n  hint: did you mean "${join(folder, 'production.yaml')}"?`,
  );
});

test('a folder in place of a file is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-load-'));
  expect(await refusal(() => loadPlaybook({ files: [folder], env: {} }))).toBe(
    `E_FILE ${folder}: is a folder, not a file`,
  );
});

test('an executable file without a YAML ending is no inventory', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'fleet-load-')), 'from-terraform');
  writeFileSync(path, 'hosts: { vm1: }\n');
  chmodSync(path, 0o755);
  expect(await refusal(() => loadInventory(path, inventoryOptions))).toContain(
    'executable inventories are not handled',
  );
});

test('every missing playbook file is reported', async () => {
  const says = await refusal(() => loadPlaybook({ files: ['/no/a.yaml', '/no/b.yaml'], env: {} }));
  expect(says).toBe('E_FILE /no/a.yaml: no such file\nE_FILE /no/b.yaml: no such file');
});

test('fleet config, too, names the variable that is not set where a value is wrong', async () => {
  const readFile = memoryOf({ 'p.yaml': 'services: { web: { image: x, volumes: ["${SOCK}:/agent"] } }' });
  const says = await refusal(() => resolveConfig({ files: ['p.yaml'], env: {}, readFile }, 'resolved'));
  expect(says).toContain('the variable SOCK is not set, taken as empty');
});

test('what is only removed needs no secret, no env file and no folder', async () => {
  const text = `
services:
  web: { image: x, volumes: [./gone:/a], env_file: gone.env, secrets: [token] }
secrets: { token: { environment: NOT_SET } }
`;
  const options = { files: ['p.yaml'], env: {}, readFile: memoryOf({ 'p.yaml': text }) };
  await expect(loadPlaybook(options)).rejects.toThrow();
  const { playbook, secrets } = await loadPlaybook({ ...options, values: 'leave' });
  expect([playbook.app, playbook.services.map(({ name }) => name), secrets.size]).toEqual(['p', ['web'], 0]);
});

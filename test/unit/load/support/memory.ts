/** Files in memory, and the loaders on top of them. */
import { relative } from 'node:path';
import type { LoadedPlaybook, PlaybookOptions } from '../../../../src/load/index.ts';
import { loadInventory, loadPlaybook } from '../../../../src/load/index.ts';
import type { Inventory } from '../../../../src/model/inventory.ts';

/** File texts by path. */
export type Files = Readonly<Record<string, string>>;

const HOME = '/nobody/home';

/** Reads from the texts; all other files do not exist. */
export function memoryOf(files: Files): (path: string) => Promise<Uint8Array> {
  return async (path) => {
    const text = files[path] ?? files[path.replace('/project/', '')] ?? files[relative(process.cwd(), path)];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return Buffer.from(text);
  };
}

/** An inventory from its text. */
export async function inventoryFrom(text: string, files: Files = {}): Promise<Inventory> {
  const readFile = memoryOf({ 'hosts.yaml': text, ...files });
  return loadInventory('hosts.yaml', { env: { USER: 'ann' }, home: HOME, readFile });
}

/** A playbook from its text, in the folder /project. */
export async function playbookFrom(
  text: string,
  options: Partial<PlaybookOptions> & { readonly more?: Files } = {},
): Promise<LoadedPlaybook> {
  const { more = {}, ...rest } = options;
  const readFile = memoryOf({ 'shop.yaml': text, ...more });
  return loadPlaybook({ files: ['shop.yaml'], projectDir: '/project', env: {}, readFile, ...rest });
}

/** What is in a folder, without reading files: kinds, modes and sizes, until it is clear that it is too much. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError } from '../../model/error.ts';

/** Something in the folder. */
export interface Found {
  /** Below the folder, "/" between names; "" is the folder itself. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: number;
}

/** All that was found. */
export interface Walked {
  readonly found: readonly Found[];
  /** Of all files together. */
  readonly bytes: number;
  /** False when the walk ended because there is too much. */
  readonly isAll: boolean;
}

/** Walks the folder, never through links. Throws FleetError E_VALUE for sockets, devices and pipes, E_FILE. */
export async function walk(root: string, mostEntries: number): Promise<Walked> {
  const { mode } = await lstat(root);
  const found: Found[] = [{ path: '', kind: 'folder', mode }];
  let bytes = 0;
  for (let at = 0; at < found.length; at++) {
    const folder = found[at];
    if (folder?.kind !== 'folder') continue;
    const names = await namesIn(join(root, folder.path));
    if (found.length + names.length > mostEntries)
      return { found: [...found, ...names.map(unknown)], bytes, isAll: false };
    const inner = await Promise.all(
      names.map((name) => look(root, folder.path === '' ? name : `${folder.path}/${name}`)),
    );
    for (const { size, ...one } of inner) {
      found.push(one);
      bytes += size;
    }
  }
  return { found, bytes, isAll: true };
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: unknown) => {
    throw new FleetError('E_FILE', `${folder}: the folder may not be read by this user`, { cause });
  });
}

function unknown(path: string): Found {
  return { path, kind: 'file', mode: 0 };
}

async function look(root: string, path: string): Promise<Found & { readonly size: number }> {
  const full = join(root, path);
  const found = await lstat(full).catch((cause: unknown) => {
    throw new FleetError('E_FILE', `${full}: could not be looked at`, { cause });
  });
  const { mode } = found;
  if (found.isFile()) return { path, kind: 'file', mode, size: found.size };
  if (found.isDirectory()) return { path, kind: 'folder', mode, size: 0 };
  if (found.isSymbolicLink()) return { path, kind: 'link', mode, size: 0 };
  const what = found.isSocket() ? 'a socket' : found.isFIFO() ? 'a pipe' : 'a device';
  throw new FleetError('E_VALUE', `${full} is ${what}, which can not be carried to hosts`, {
    hint: 'mount the files that are needed, not the whole folder',
  });
}

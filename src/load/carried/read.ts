/**
 * A file or folder of this machine as it is carried to hosts: named by what is in it, so that equal content is laid once
 * and nothing restarts because a file was touched.
 */
import { lstat, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../../model/digest.ts';
import { FleetError } from '../../model/error.ts';
import type { CarriedEntry } from '../../model/playbook.ts';
import { type Found, walk } from './walk.ts';

/** What is carried for one bind mount. */
export interface Carried {
  /** 16 hex digits over paths, modes and bytes; order and times do not matter. */
  readonly digest: string;
  /** Sorted by path, so that folders come before what is in them. */
  readonly entries: readonly CarriedEntry[];
}

/** How a source is read. */
export interface CarryOptions {
  /** Absolute. */
  readonly source: string;
  readonly limit: CarryLimit;
  /** Paths in the folder on which something else is mounted: they must be there, for the folder is read-only. */
  readonly mountpoints: readonly Mountpoint[];
  /** The way out where nothing is there. */
  readonly whenMissing: string;
}

/** A place for another mount. */
export interface Mountpoint {
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/** How much is carried for one mount. */
export interface CarryLimit {
  readonly bytes: number;
  /** Files, folders and links together. */
  readonly entries: number;
}

/** The limit where the playbook does not say more; so many entries are no configuration, whatever their size. */
export const CARRY_LIMIT: CarryLimit = { bytes: 10 * 2 ** 20, entries: 10_000 };

/** Whether the source is a file or a folder; a link counts as what it leads to. Throws FleetError E_FILE when it is missing. */
export async function kindOf(source: string, whenMissing?: string): Promise<'file' | 'folder'> {
  const found = await stat(source).catch((cause: unknown) => {
    throw unreadable(source, cause, whenMissing);
  });
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  throw new FleetError('E_VALUE', `${source} is neither a file nor a folder`, {
    hint: 'only files, folders and links can be carried to hosts; an absolute path names what is on the hosts themselves',
  });
}

/** Reads all of it. Throws FleetError: E_FILE when something can not be read, E_VALUE when it can not be carried. */
export async function readCarried({ source, limit, mountpoints, whenMissing }: CarryOptions): Promise<Carried> {
  const kind = await kindOf(source, whenMissing);
  const root = await realpath(source);
  const { found, bytes, isAll } = kind === 'file' ? await single(root) : await walk(root, limit.entries);
  if (bytes > limit.bytes || found.length > limit.entries) {
    throw tooLarge(source, limit, { bytes, isAll, count: found.length });
  }
  const read = await entriesOf(root, found);
  const entries = [...read, ...(kind === 'file' ? [] : missing(read, mountpoints))];
  entries.sort((left, right) => (left.path < right.path ? -1 : 1));
  return { digest: digestOf(entries), entries };
}

async function single(path: string): Promise<Awaited<ReturnType<typeof walk>>> {
  const { mode, size } = await lstat(path);
  return { found: [{ path: '', kind: 'file', mode }], bytes: size, isAll: true };
}

/** Some at a time: each open file takes a descriptor of this process. */
async function entriesOf(root: string, found: readonly Found[]): Promise<CarriedEntry[]> {
  const entries: CarriedEntry[] = [];
  for (let at = 0; at < found.length; at += AT_ONCE) {
    entries.push(...(await Promise.all(found.slice(at, at + AT_ONCE).map((one) => entryOf(root, one)))));
  }
  return entries;
}

const AT_ONCE = 64;

/** Nothing can write there, so who may write is dropped: it differs between a laptop and a CI job. */
async function entryOf(root: string, { path, kind, mode }: Found): Promise<CarriedEntry> {
  const full = join(root, path);
  if (kind === 'folder') return { kind, path, mode: (mode & 0o755) | 0o700 };
  const bytes = await (kind === 'link' ? readlink(full) : readFile(full)).catch((cause: unknown) => {
    throw unreadable(full, cause);
  });
  if (typeof bytes === 'string') return { kind: 'link', path, to: inside(full, path, bytes) };
  return { kind: 'file', path, mode: mode & 0o755, content: bytes.toString('base64') };
}

/** A link that leads out of the folder would lead to something else on a host, or to nothing. */
function inside(full: string, path: string, to: string): string {
  const steps = [...path.split('/').slice(0, -1), ...to.split('/')];
  let depth = 0;
  for (const step of steps) {
    if (step === '' || step === '.') continue;
    depth += step === '..' ? -1 : 1;
    if (depth < 0) break;
  }
  if (!to.startsWith('/') && depth >= 0) return to;
  throw new FleetError('E_VALUE', `${full} is a link to ${to}, which is outside of the folder that is carried`, {
    hint: 'put the file itself there, or a link within the folder',
  });
}

/** Docker would make them in the folder of the host; here they are part of what is carried. */
function missing(entries: readonly CarriedEntry[], mountpoints: readonly Mountpoint[]): CarriedEntry[] {
  const there = new Map(entries.map((entry) => [entry.path, entry]));
  const added: CarriedEntry[] = [];
  for (const { path, kind } of mountpoints) {
    const parts = path.split('/');
    for (const [index] of parts.entries()) {
      const part = parts.slice(0, index + 1).join('/');
      const found = there.get(part);
      if (found !== undefined && found.kind !== 'folder') break;
      if (found !== undefined) continue;
      const isFile = kind === 'file' && part === path;
      const entry: CarriedEntry = isFile
        ? { kind: 'file', path: part, mode: 0o644, content: '' }
        : { kind: 'folder', path: part, mode: 0o755 };
      there.set(part, entry);
      added.push(entry);
    }
  }
  return added;
}

function digestOf(entries: readonly CarriedEntry[]): string {
  const named = entries.map((entry) =>
    entry.kind === 'file' ? { ...entry, content: sha256(Buffer.from(entry.content, 'base64')) } : entry,
  );
  return sha256(canonicalJson(named)).slice(0, 16);
}

function tooLarge(
  source: string,
  limit: CarryLimit,
  { bytes, isAll, count }: { readonly bytes: number; readonly isAll: boolean; readonly count: number },
): FleetError {
  const isTooMany = bytes <= limit.bytes;
  const size = isTooMany ? `${count} files and folders` : `${mebibytes(bytes)} MiB`;
  const most = isTooMany ? String(limit.entries) : `${mebibytes(limit.bytes)} MiB`;
  const way = 'put it into the image, use a named volume, or name an absolute path that is there on the hosts';
  return new FleetError(
    'E_VALUE',
    `${source} holds ${isAll ? '' : 'more than '}${size}; at most ${most} are carried to hosts`,
    {
      hint: isTooMany ? way : `${way}; or raise the limit at the top of the playbook: x-fleet: { carry_limit: 20MiB }`,
    },
  );
}

/** Rounded up, to one decimal, so that what is too large never looks as if it were not. */
function mebibytes(bytes: number): number {
  return Math.ceil((bytes / 2 ** 20) * 10) / 10;
}

/** Compose would make an empty folder where nothing is; on a fleet that would hide a wrong path. */
function unreadable(path: string, cause: unknown, whenMissing?: string): FleetError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FleetError('E_FILE', `${path}: there is no such file or folder to carry to the hosts`, {
      cause,
      ...(whenMissing === undefined ? {} : { hint: whenMissing }),
    });
  }
  const why =
    code === 'EACCES'
      ? 'may not be read by this user'
      : code === 'ELOOP'
        ? 'is a link to itself'
        : `could not be read (${code})`;
  return new FleetError('E_FILE', `${path}: ${why}`, { cause });
}

/** Files as text, with the way from an offset back to line and column. */
import { access, lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FleetError } from '../model/error.ts';
import { nearestHint } from './nearest.ts';

/** Reads a file; rejects as node:fs does. Tests and callers may give their own. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** A file that was read as UTF-8, without its byte order mark. */
export interface Source {
  /** As the user named it; what messages show. */
  readonly path: string;
  readonly text: string;
}

/** No file that fleet reads is larger; a device never ends. */
const MAX_BYTES = 64 * 2 ** 20;

/** The file system's own reader. */
export async function readFromDisk(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 18 })) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) throw tooLarge();
    }
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}

function tooLarge(): Error {
  return Object.assign(new Error('too large'), { code: 'EFBIG' });
}

/** The file's text. Throws FleetError E_FILE when it can not be read, E_YAML when it is no UTF-8 text. */
export async function readSource(path: string, read: ReadFile): Promise<Source> {
  return { path, text: decode(path, await readBytes(path, read)) };
}

/** The file's bytes. Throws FleetError E_FILE with the reason in words. */
export async function readBytes(path: string, read: ReadFile): Promise<Uint8Array> {
  try {
    return await read(path);
  } catch (cause) {
    const hint = isMissing(cause) ? await neighbourHint(path) : undefined;
    const reason = (await isLink(path)) && isMissing(cause) ? 'is a symbolic link that leads nowhere' : reasonOf(cause);
    throw new FleetError('E_FILE', `${path}: ${reason}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** Whether there is something at the path that this user may see. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether the file is a program: executable, or begins with "#!". */
export async function isProgram(path: string, text: string): Promise<boolean> {
  if (text.startsWith('#!')) return true;
  if (/\.(ya?ml|json)$/.test(path)) return false;
  const mode = await stat(path).then(
    (found) => found.mode,
    () => 0,
  );
  return (mode & 0o111) !== 0;
}

/** Bytes as text. Throws FleetError E_YAML with the line of the first byte that can not be in a text. */
export function decode(path: string, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FleetError('E_YAML', `${path}: not UTF-8 text`, {
      cause,
      location: { file: path, ...firstBadByte(bytes) },
      hint: 'save the file as UTF-8',
    });
  }
  const nul = text.indexOf('\0');
  if (nul === -1) return text;
  throw new FleetError('E_YAML', `${path}: a NUL byte in the text`, {
    location: { file: path, ...placeOf(text, nul) },
    hint: 'remove the byte: no value on a host can hold it',
  });
}

function firstBadByte(bytes: Uint8Array): { line: number; column: number; text: string } {
  const readable = new TextDecoder('utf-8').decode(bytes);
  return placeOf(readable, Math.max(0, readable.indexOf('\u{FFFD}')));
}

/** Where the letter at the offset stands, and its line; NUL is shown by its sign, so that columns stay. */
function placeOf(text: string, offset: number): { line: number; column: number; text: string } {
  const before = text.slice(0, offset).split('\n');
  const start = offset - (before.at(-1) ?? '').length;
  const line = text.slice(start).split(/\r?\n/, 1)[0] ?? '';
  return { line: before.length, column: offset - start + 1, text: line.replaceAll('\0', '\u{2400}') };
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function isMissing(cause: unknown): boolean {
  return codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR';
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (isMissing(cause)) return 'no such file';
  if (code === 'EACCES') return 'may not be read by this user';
  if (code === 'EFBIG') return `is larger than ${MAX_BYTES / 2 ** 20} MiB`;
  if (code === 'ELOOP') return 'is a symbolic link that leads to itself';
  if (code === 'EISDIR') return 'is a folder, not a file';
  return `could not be read (${String(code ?? cause)})`;
}

async function neighbourHint(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const hint = nearestHint(
    basename(path),
    names.filter((name) => name !== basename(path)),
  );
  return hint === undefined ? undefined : hint.replace(/"(.*)"/, (_, name: string) => `"${join(folder, name)}"`);
}

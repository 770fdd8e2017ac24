/** What a command reads: the plan's description of its standard input turned into bytes. */
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { FleetError } from '../model/error.ts';
import type { ArchiveEntry, Content, Plan, Stdin } from '../model/plan.ts';
import type { CarriedEntry, Secrets } from '../model/playbook.ts';

/** What a plan leaves open until it is carried out. */
export interface StdinSources {
  /** Digest -> base64 (`Plan.files`). */
  readonly files: Readonly<Record<string, string>>;
  /** Digest -> entries (`Plan.carried`). */
  readonly carried: Plan['carried'];
  readonly body?: Plan['body'];
  readonly secrets: Secrets;
  /** Who deploys. */
  readonly by: string;
  /** Digest of the plan that is carried out. */
  readonly plan: string;
  /** Id of this run of it. */
  readonly run: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The bytes of a command's standard input. Equal input gives equal bytes: entries of an archive are dated 1970.
 * Throws FleetError E_REFERENCE when a secret or file is not at hand.
 */
export async function bytesOf(stdin: Stdin, sources: StdinSources): Promise<Uint8Array> {
  switch (stdin.kind) {
    case 'text':
      return Buffer.from(stdin.text);
    case 'stamped':
      return Buffer.from(stamp(stdin.text, { ...sources, at: Math.max(sources.at, (stdin.laterThan ?? 0) + 1) }));
    case 'archive':
      return stdin.gzip ? compressed(stdin.entries, sources) : archive(stdin.entries, sources);
    case 'carried':
      return carriedArchive(stdin.digest, sources);
    case 'body':
      return bodyOf(sources);
    default:
      return stdin satisfies never;
  }
}

/** Packed once: every keeper gets the same bytes. */
const bodies = new WeakMap<object, Uint8Array>();

function bodyOf({ body, carried }: StdinSources): Uint8Array {
  if (body === undefined) throw notCarried('body');
  const names = Object.keys(body.playbook.carried);
  const whole = { ...body.playbook, carried: Object.fromEntries(names.map((name) => [name, carried[name] ?? []])) };
  const bytes = bodies.get(body) ?? gzipSync(JSON.stringify({ ...body, playbook: whole }));
  bodies.set(body, bytes);
  return bytes;
}

/** All in one pass, so that a name with @AT@ in it stays a name. */
function stamp(text: string, sources: StdinSources): string {
  const by = JSON.stringify(sources.by).slice(1, -1);
  const values: Readonly<Record<string, string>> = {
    AT: String(sources.at),
    BY: by,
    PLAN: sources.plan,
    RUN: sources.run,
  };
  return text.replaceAll(/@(AT|BY|PLAN|RUN)@/g, (_, key: string) => values[key] ?? '');
}

/**
 * Files only: folders that are missing are made by `docker cp` itself (0755, root), and an entry for a folder that
 * is there would change its owner and mode (/tmp would lose 1777).
 */
async function archive(entries: readonly ArchiveEntry[], sources: StdinSources): Promise<Uint8Array> {
  const tar = pack();
  for (const { path, mode, uid, gid, content } of entries) {
    const bytes = Buffer.from(contentOf(content, sources));
    tar.entry({ name: path.replace(/^\/+/, ''), mode, uid, gid, mtime: EPOCH, size: bytes.length }, bytes);
  }
  return finished(tar);
}

/** Compressed once: what is so long is the same for nearly all hosts. One with a secret in it is not held on to. */
async function compressed(entries: readonly ArchiveEntry[], sources: StdinSources): Promise<Uint8Array> {
  const pack = async (): Promise<Uint8Array> => promisify(gzip)(await archive(entries, sources));
  if (entries.some(({ content }) => content.kind !== 'text')) return pack();
  const bytes = packs.get(entries) ?? pack();
  packs.set(entries, bytes);
  return bytes;
}

const packs = new WeakMap<readonly ArchiveEntry[], Promise<Uint8Array>>();

async function finished(tar: Pack): Promise<Uint8Array> {
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const EPOCH = new Date(0);

/** Archives made so far: many hosts get the same one, and each is as large as the folder. */
const made = new WeakMap<readonly CarriedEntry[], Promise<Uint8Array>>();

function carriedArchive(digest: string, { carried }: StdinSources): Promise<Uint8Array> {
  const entries = carried[digest];
  if (entries === undefined) throw notCarried(digest);
  const archive = made.get(entries) ?? packed(entries);
  made.set(entries, archive);
  return archive;
}

/** The folder or file itself is called `data`. Who unpacks it owns it: container users see it as others do. */
function packed(entries: readonly CarriedEntry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const entry of entries) {
    const at = { name: entry.path === '' ? 'data' : `data/${entry.path}`, mtime: EPOCH };
    if (entry.kind === 'folder') tar.entry({ ...at, type: 'directory', mode: entry.mode });
    else if (entry.kind === 'link') tar.entry({ ...at, type: 'symlink', linkname: entry.to });
    else {
      const bytes = Buffer.from(entry.content, 'base64');
      tar.entry({ ...at, mode: entry.mode, size: bytes.length }, bytes);
    }
  }
  return finished(tar);
}

function contentOf(content: Content, sources: StdinSources): Uint8Array {
  switch (content.kind) {
    case 'text':
      return Buffer.from(content.text);
    case 'file':
      return fileOf(content.digest, sources.files);
    case 'secret':
      return secretOf(content.name, sources.secrets);
    default:
      return content satisfies never;
  }
}

function fileOf(digest: string, files: Readonly<Record<string, string>>): Uint8Array {
  const base64 = files[digest];
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  throw notCarried(digest);
}

function notCarried(digest: string): FleetError {
  return new FleetError('E_REFERENCE', `the plan carries no file ${digest}`, {
    hint: 'make it again: fleet plan -o FILE',
  });
}

function secretOf(name: string, secrets: Secrets): Uint8Array {
  const value = secrets.get(name);
  if (value !== undefined) return value;
  throw new FleetError('E_REFERENCE', `the secret "${name}" has no value here`, {
    hint: `give it where the playbook says it comes from (secrets: ${name}:), then fleet deploy again`,
  });
}

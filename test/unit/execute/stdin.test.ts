import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { bytesOf } from '../../../src/execute/stdin.ts';
import type { ArchiveEntry } from '../../../src/model/plan.ts';

const sources = {
  files: { abc: Buffer.from([0, 255, 10]).toString('base64') },
  carried: {},
  secrets: new Map([['db', Buffer.from('s3cret\n')]]),
  by: 'ann "the $& boss" @AT@',
  plan: '9f3c1e',
  run: 'a1b2',
  at: 1_700_000_000_000,
};

const entries: readonly ArchiveEntry[] = [
  { path: '/run/secrets/db', mode: 0o400, uid: 999, gid: 998, content: { kind: 'secret', name: 'db', digest: '0' } },
  { path: '/etc/blob', mode: 0o644, uid: 0, gid: 0, content: { kind: 'file', digest: 'abc' } },
  { path: '/etc/größe', mode: 0o644, uid: 0, gid: 0, content: { kind: 'text', text: '€' } },
];

test('a stamped text gets the run, the time and who, and stays JSON', async () => {
  const bytes = await bytesOf(
    { kind: 'stamped', text: '{"id":"@RUN@","at":@AT@,"by":"@BY@","plan":"@PLAN@"}' },
    sources,
  );
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
    id: 'a1b2',
    at: sources.at,
    by: sources.by,
    plan: '9f3c1e',
  });
});

test('a time that must be later than another one is so, whatever the clock says', async () => {
  const stamped = { kind: 'stamped', text: '@AT@' } as const;
  const bytes = await bytesOf({ ...stamped, laterThan: sources.at + 5 }, sources);
  expect(Buffer.from(bytes).toString()).toBe(String(sources.at + 6));
  expect(await bytesOf({ ...stamped, laterThan: 5 }, sources)).toEqual(await bytesOf(stamped, sources));
});

test('an archive has each file with its mode, owner and bytes, and no folder', async () => {
  const bytes = await bytesOf({ kind: 'archive', entries }, sources);
  const reader = extract();
  reader.end(Buffer.from(bytes));
  const found: unknown[] = [];
  for await (const entry of reader) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const { name, mode, uid, gid } = entry.header;
    found.push({ name, mode, uid, gid, hex: Buffer.concat(chunks).toString('hex') });
  }
  expect(found).toEqual([
    { name: 'run/secrets/db', mode: 0o400, uid: 999, gid: 998, hex: Buffer.from('s3cret\n').toString('hex') },
    { name: 'etc/blob', mode: 0o644, uid: 0, gid: 0, hex: '00ff0a' },
    { name: 'etc/größe', mode: 0o644, uid: 0, gid: 0, hex: Buffer.from('€').toString('hex') },
  ]);
});

test('the same entries give the same bytes', async () => {
  const once = await bytesOf({ kind: 'archive', entries }, sources);
  expect(await bytesOf({ kind: 'archive', entries }, { ...sources, at: 1 })).toEqual(once);
});

test('a long archive is compressed, once for all hosts that get it; one with a secret is held on to by nobody', async () => {
  const plain = entries.filter(({ content }) => content.kind === 'text');
  const once = await bytesOf({ kind: 'archive', entries: plain, gzip: true }, sources);
  expect(gunzipSync(once)).toEqual(await bytesOf({ kind: 'archive', entries: plain }, sources));
  expect(await bytesOf({ kind: 'archive', entries: plain, gzip: true }, sources)).toBe(once);
  const secret = await bytesOf({ kind: 'archive', entries, gzip: true }, sources);
  expect(gunzipSync(secret)).toEqual(await bytesOf({ kind: 'archive', entries }, sources));
  expect(await bytesOf({ kind: 'archive', entries, gzip: true }, sources)).not.toBe(secret);
});

test('a file that the plan does not carry is refused by its digest', async () => {
  const entry: ArchiveEntry = { path: 'x', mode: 0o644, uid: 0, gid: 0, content: { kind: 'file', digest: 'nope' } };
  await expect(bytesOf({ kind: 'archive', entries: [entry] }, sources)).rejects.toThrow('carries no file nope');
});

test('carried files come with their modes, folders and links, below one name, and the same bytes for every host', async () => {
  const carried = {
    c0: [
      { kind: 'folder', path: '', mode: 0o755 },
      { kind: 'file', path: 'conf', mode: 0o640, content: Buffer.from('x').toString('base64') },
      { kind: 'folder', path: 'empty', mode: 0o700 },
      { kind: 'link', path: 'other', to: 'conf' },
    ],
    c1: [{ kind: 'file', path: '', mode: 0o755, content: '' }],
  } as const;
  const headers = async (digest: string) => {
    const reader = extract();
    reader.end(Buffer.from(await bytesOf({ kind: 'carried', digest }, { ...sources, carried })));
    const found: string[] = [];
    for await (const entry of reader) {
      const { name, type, mode, linkname, size } = entry.header;
      found.push(`${type} ${name} ${mode?.toString(8)} ${linkname ?? size}`);
      entry.resume();
    }
    return found;
  };
  expect(await headers('c0')).toEqual([
    'directory data 755 0',
    'file data/conf 640 1',
    'directory data/empty 700 0',
    'symlink data/other 644 conf',
  ]);
  expect(await headers('c1')).toEqual(['file data 755 0']);
  const once = await bytesOf({ kind: 'carried', digest: 'c0' }, { ...sources, carried });
  expect(await bytesOf({ kind: 'carried', digest: 'c0' }, { ...sources, carried, at: 9 })).toBe(once);
});

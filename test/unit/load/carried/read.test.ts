import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CARRY_LIMIT, type CarryOptions, readCarried } from '../../../../src/load/carried/read.ts';
import { FleetError } from '../../../../src/model/error.ts';

function folder(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'fleet-unit-carried-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o644 });
  }
  return root;
}

function read(source: string, options: Partial<CarryOptions> = {}) {
  return readCarried({ source, limit: CARRY_LIMIT, mountpoints: [], whenMissing: 'make it', ...options });
}

async function refusal(source: string, options: Partial<CarryOptions> = {}): Promise<string> {
  const error = await read(source, options).catch((cause: unknown) => cause);
  if (!(error instanceof FleetError)) throw new Error('not refused');
  return `${error.code} ${error.message.replace(source, 'SOURCE')}`;
}

test('a folder is all that is in it, folders first, links as links, bytes as they are', async () => {
  const root = folder({ 'b.conf': '\u{0}€', 'a/x': 'x' });
  mkdirSync(join(root, 'empty'));
  symlinkSync('../b.conf', join(root, 'a/link'));
  expect((await read(root)).entries).toEqual([
    { kind: 'folder', path: '', mode: 0o700 },
    { kind: 'folder', path: 'a', mode: 0o755 },
    { kind: 'link', path: 'a/link', to: '../b.conf' },
    { kind: 'file', path: 'a/x', mode: 0o644, content: 'eA==' },
    { kind: 'file', path: 'b.conf', mode: 0o644, content: Buffer.from('\u{0}€').toString('base64') },
    { kind: 'folder', path: 'empty', mode: 0o755 },
  ]);
});

test('a file is one entry, also through a link', async () => {
  const root = folder({ 'nginx.conf': 'x' });
  symlinkSync('nginx.conf', join(root, 'current'));
  const direct = await read(join(root, 'nginx.conf'));
  expect(direct.entries).toEqual([{ kind: 'file', path: '', mode: 0o644, content: 'eA==' }]);
  expect(await read(join(root, 'current'))).toEqual(direct);
});

test('where it lies, when it was touched, who may write and in which order it was made are not part of its name', async () => {
  const left = folder({ a: '1', 'd/b': '2' });
  const right = folder({ 'd/b': '2', a: '1' });
  utimesSync(join(right, 'a'), 1, 1);
  chmodSync(join(right, 'a'), 0o664);
  const { digest } = await read(left);
  expect((await read(right)).digest).toBe(digest);
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
});

test('another byte, name, mode to run, link or empty folder gives another name', async () => {
  const changes: readonly ((root: string) => void)[] = [
    () => undefined,
    (root) => writeFileSync(join(root, 'a'), '2'),
    (root) => writeFileSync(join(root, 'b'), ''),
    (root) => chmodSync(join(root, 'a'), 0o755),
    (root) => chmodSync(join(root, 'a'), 0o600),
    (root) => symlinkSync('a', join(root, 'b')),
    (root) => mkdirSync(join(root, 'b')),
  ];
  const digests = await Promise.all(
    changes.map(async (change) => {
      const root = folder({ a: '1' });
      change(root);
      return (await read(root)).digest;
    }),
  );
  expect(new Set(digests).size).toBe(changes.length);
});

test('what is larger than the limit is refused with its size and the limit, before it is read', async () => {
  const root = folder({ small: 'x' });
  writeFileSync(join(root, 'large'), '');
  truncateSync(join(root, 'large'), 2 ** 40);
  expect(await refusal(root)).toBe('E_VALUE SOURCE holds 1048576.1 MiB; at most 10 MiB are carried to hosts');
  expect(await refusal(join(root, 'large'))).toContain('at most 10 MiB are carried to hosts');
  truncateSync(join(root, 'large'), 100);
  expect(await refusal(root, { limit: { ...CARRY_LIMIT, bytes: 100 } })).toContain('E_VALUE');
  expect((await read(root, { limit: { ...CARRY_LIMIT, bytes: 101 } })).entries).toHaveLength(3);
});

test('a folder of very many files is refused without walking all of it', async () => {
  const root = folder();
  for (const n of [1, 2, 3]) mkdirSync(join(root, `d${n}`));
  for (const n of [1, 2, 3]) for (const m of [1, 2, 3, 4]) symlinkSync('x', join(root, `d${n}/${m}`));
  expect(await refusal(root, { limit: { ...CARRY_LIMIT, entries: 10 } })).toBe(
    'E_VALUE SOURCE holds more than 12 files and folders; at most 10 are carried to hosts',
  );
  expect((await read(root, { limit: { ...CARRY_LIMIT, entries: 16 } })).entries).toHaveLength(16);
});

test('a link that leads out of the folder is refused, also by a way that comes back', async () => {
  for (const to of ['/etc/passwd', '../x', 'd/../../x', `../../${'x'.repeat(3)}`]) {
    const root = folder({ 'd/x': '' });
    symlinkSync(to, join(root, 'link'));
    expect(await refusal(root)).toBe(
      `E_VALUE SOURCE/link is a link to ${to}, which is outside of the folder that is carried`,
    );
  }
  const root = folder({ 'd/x': '' });
  symlinkSync('.././d/x', join(root, 'd/link'));
  expect((await read(root)).entries).toHaveLength(4);
});

test('a source that is missing, a link to itself, a socket and a device are refused in words', async () => {
  const root = folder({ 'in/x': '' });
  symlinkSync('loop', join(root, 'loop'));
  const server = createServer().listen(join(root, 'in/sock'));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect(await refusal(join(root, 'none'))).toBe(
    'E_FILE SOURCE: there is no such file or folder to carry to the hosts',
  );
  expect(await refusal(join(root, 'loop'))).toBe('E_FILE SOURCE: is a link to itself');
  expect(await refusal(join(root, 'in'))).toBe('E_VALUE SOURCE/sock is a socket, which can not be carried to hosts');
  expect(await refusal(join(root, 'in/sock'))).toBe('E_VALUE SOURCE is neither a file nor a folder');
  expect(await refusal('/dev/null')).toBe('E_VALUE SOURCE is neither a file nor a folder');
});

test('places for other mounts are made where they are missing, as Docker would make them in the folder', async () => {
  const root = folder({ 'src/a': '' });
  const { entries } = await read(root, {
    mountpoints: [
      { path: 'node_modules', kind: 'folder' },
      { path: 'src/deep/b.conf', kind: 'file' },
      { path: 'src/a', kind: 'file' },
    ],
  });
  expect(entries.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'folder ',
    'folder node_modules',
    'folder src',
    'file src/a',
    'folder src/deep',
    'file src/deep/b.conf',
  ]);
});

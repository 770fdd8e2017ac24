/** fleet's own files on a simulated host: laid as a report says, and read as the probe's script reads them. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { InMemoryFs } from 'just-bash';
import { LARGE_MARK } from '../../../../src/model/labels.ts';
import type { HostUp } from '../../../../src/model/observed.ts';
import { type OwnFiles, ownFilesOf } from '../report-text.ts';

/** Lays what a report tells of. Live router files lie in a folder of their generation, to which a link leads. */
export async function layOwnFiles(files: InMemoryFs, up: HostUp): Promise<void> {
  const folder = `${up.home}/.fleet`;
  await files.mkdir(up.home, { recursive: true });
  const { read, carried, records } = ownFilesOf(up);
  for (const { app, generation } of Object.values(up.router.apps)) {
    await files.mkdir(`${folder}/router/generations/${app}.${generation}`, { recursive: true });
    await files.mkdir(`${folder}/router/current`, { recursive: true });
    await files.symlink(`../generations/${app}.${generation}`, `${folder}/router/current/${app}`);
  }
  for (const path of carried) await files.mkdir(`${folder}/${path}`, { recursive: true });
  for (const path of records) await files.writeFile(`${folder}/${path}`, '');
  for (const [path, text] of read) await files.writeFile(`${folder}/${path}`, text);
}

/** Files that lie there, as src/observe/probe.ts chooses them; a folder without a link to it is not looked for. */
export async function readOwnFiles(files: InMemoryFs, home: string): Promise<OwnFiles> {
  const folder = `${home}/.fleet`;
  const list = (path: string): Promise<string[]> => files.readdir(`${folder}/${path}`).catch(() => []);
  const under = async (path: string): Promise<string[]> => (await list(path)).sort().map((name) => `${path}/${name}`);
  const apps = (await list('')).sort().filter((name) => !name.startsWith('.') && name !== 'router');
  const routed = await Promise.all(
    (await under('router/current')).map(async (path) => [
      `${path}/meta.json`,
      ...(await under(path)).filter((name) => name.endsWith('.conf')),
      ...(await under(`${path}/tls`)).filter((name) => name.endsWith('.crt')),
    ]),
  );
  const records = (await Promise.all(apps.map((app) => under(`${app}/releases`)))).flat();
  const carried = (await Promise.all(apps.map((app) => under(`${app}/files`)))).flat().map((path) => `${path}/`);
  const names = [
    ...['http.conf', 'stream.conf', 'start.sh'].map((name) => `router/${name}`),
    ...routed.flat(),
    ...(await under('.hosts/marks')),
    '.hosts/maintain.json',
    ...records.filter((path) => /\/\d+\.json$/.test(path)),
  ];
  const read = new Map<string, Uint8Array>();
  const large = new Map<string, string>();
  for (const name of names) {
    const bytes = await files.readFileBuffer(`${folder}/${name}`).catch(() => undefined);
    if (bytes === undefined) continue;
    const isLive = name.startsWith('router/current/') && !name.includes('/tls/');
    if (isLive && (await files.exists(`${folder}/${posix.dirname(name)}/${LARGE_MARK}`))) large.set(name, sumOf(bytes));
    else read.set(name, bytes);
  }
  return { read, large, carried, records };
}

/** Taken once: equal files of many hosts are the same bytes (content.ts). */
const sums = new WeakMap<Uint8Array, string>();

function sumOf(bytes: Uint8Array): string {
  const sum = sums.get(bytes) ?? createHash('sha256').update(bytes).digest('hex');
  sums.set(bytes, sum);
  return sum;
}

/** What the probes print on a simulated host: the inverse of observe's parser. */
import { pack } from 'tar-stream';
import type { HostUp, RouterState } from '../../../src/model/observed.ts';
import { recordFile } from '../../../src/model/release.ts';
import { imageOf, infoOf, inspectedOf, networkOf } from './docker/objects.ts';

/** fleet's own files on a host, by their paths below ~/.fleet. */
export interface OwnFiles {
  /** Those that the probe reads, in its order, with their bytes. */
  readonly read: ReadonlyMap<string, string | Uint8Array>;
  /** Of files that are marked as large: SHA-256 by path. */
  readonly large: ReadonlyMap<string, string>;
  /** Folders of carried files: "APP/files/DIGEST/". */
  readonly carried: readonly string[];
  /** All files of records: "APP/releases/000001.json". */
  readonly records: readonly string[];
}

/** The whole probe's output on a host that is as reported, at a time (epoch milliseconds) by the host's clock. */
export async function reportText(up: HostUp, own: OwnFiles, at: number): Promise<string> {
  const docker = [
    section('info', [JSON.stringify(infoOf(up))]),
    section('containers', inspectedOf(up).map(asJson)),
    section('networks', Object.entries(up.networks).map(networkOf).map(asJson)),
    section('images', up.images.map(imageOf).map(asJson)),
    section('volumes', up.volumes),
  ];
  return docker.join('') + (await ownText(up, own, at));
}

/** The same without what Docker knows. */
export async function ownText(up: HostUp, { read, large, carried, records }: OwnFiles, at: number): Promise<string> {
  return [
    section('disk', [`/dev/sda1 1 1 ${Math.floor(up.diskFreeBytes / 1024)} 1% /`]),
    section('home', [up.home]),
    section('tcp', listeningOf(up, 'tcp', '0A')),
    section('udp', listeningOf(up, 'udp', '07')),
    section('carried', carried),
    section('records', records),
    ...(large.size === 0
      ? []
      : [
          section(
            'sums',
            [...large].map(([path, sum]) => `${sum}  ${path}`),
          ),
        ]),
    ...(read.size === 0 ? [] : [section('files', [String(read.size), await archived(read)])]),
    section('clock', [String(at)]),
  ].join('');
}

function section(name: string, lines: readonly string[]): string {
  return `@@begin ${name}\n${lines.join('\n')}\n@@end ${name} 0\n`;
}

function asJson(value: unknown): string {
  return JSON.stringify(value);
}

function listeningOf(up: HostUp, protocol: string, state: string): string[] {
  const ports = up.listening.flatMap((text) => (text.startsWith(`${protocol}/`) ? [Number(text.slice(4))] : []));
  return ports.map(
    (port) => `  0: 00000000:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 ${state} `,
  );
}

function pathsOf(
  byApp: Readonly<Record<string, readonly string[]>>,
  path: (app: string, name: string) => string,
): string[] {
  return Object.entries(byApp).flatMap(([app, names]) => names.map((name) => path(app, name)));
}

/** The files of a host that is as reported. The router's main files are not part of the model, so they are not there. */
export function ownFilesOf(up: HostUp): OwnFiles {
  return {
    read: filesOf(up),
    large: new Map(),
    carried: pathsOf(up.carried, (app, name) => `${app}/files/${name}/`),
    records: pathsOf(up.recordFiles ?? {}, (app, name) => `${app}/releases/${name}`),
  };
}

function filesOf({ router, releases, marks = {} }: HostUp): Map<string, string> {
  const records = Object.values(releases).flat();
  return new Map([
    ...Object.values(router.apps).flatMap(routerFiles),
    ...records.map((record): [string, string] => [
      `${record.app}/releases/${recordFile(record.release)}`,
      JSON.stringify(record),
    ]),
    ...Object.entries(marks).map(([host, mark]): [string, string] => [
      `.hosts/marks/${host}.json`,
      JSON.stringify(mark),
    ]),
  ]);
}

function routerFiles({ files, ...meta }: RouterState): [string, string][] {
  const folder = `router/current/${meta.app}`;
  const own = Object.entries(files).map(([name, text]): [string, string] => [`${folder}/${name}`, text]);
  return [[`${folder}/meta.json`, JSON.stringify(meta)], ...own];
}

interface Archive {
  readonly entries: readonly (string | Uint8Array)[];
  readonly text: string;
}

/** The last ones: of a large fleet most hosts have the same files, as the same bytes (host/content.ts). */
const recent: Archive[] = [];
const MOST_RECENT = 16;

/** A tar archive in base64, in lines of 76 as `base64` prints them. */
async function archived(files: OwnFiles['read']): Promise<string> {
  const entries = [...files].flat();
  const known = recent.find(
    (one) => one.entries.length === entries.length && one.entries.every((e, i) => e === entries[i]),
  );
  if (known !== undefined) return known.text;
  const text = await packed(files);
  recent.unshift({ entries, text });
  recent.length = Math.min(recent.length, MOST_RECENT);
  return text;
}

async function packed(files: OwnFiles['read']): Promise<string> {
  const tar = pack();
  for (const [name, text] of files)
    tar.entry({ name, mtime: new Date(0) }, typeof text === 'string' ? text : Buffer.from(text));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('base64').replace(/.{76}/g, '$&\n');
}

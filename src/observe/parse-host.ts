/** A host's whole report: the probe's output becomes a HostUp, or the reason why there is none. Pure. */
import type { Host } from '../model/inventory.ts';
import type { HostDown, HostUp } from '../model/observed.ts';
import type { CommandResult } from '../model/shell.ts';
import { noDocker, noFiles, noReport, type Reported } from './host-down.ts';
import { boundPorts, parseContainers, parseRouterContainer } from './parse-container.ts';
import {
  type HostFiles,
  mainDigest,
  parseMaintenance,
  parseMarks,
  parseReleases,
  parseRouterApps,
  parseUnlinked,
} from './parse-files.ts';
import { jsonLines, listOf, numberOf, parseJson, recordOf, type Section, splitSections, textOf } from './sections.ts';
import { readTar } from './tar.ts';

/** An image on a host, as `docker image ls --digests` prints it; absent values are "<none>". */
interface ImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** What one probe brought: the state, and image rows for finding digests. */
export interface HostReport {
  readonly state: HostUp | HostDown;
  readonly images: readonly ImageRow[];
}

type Sections = ReadonlyMap<string, Section>;

/** Docker's own names for what the kernel calls machines. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  armv6l: 'arm',
  i386: '386',
  i686: '386',
};

/** Sections that Docker must have answered; without one of them a host is not known, which is not the same as empty. */
const NEEDED = ['info', 'containers', 'networks', 'images', 'volumes'];

/**
 * `receivedAt` is our own clock, epoch milliseconds, when the output was complete; `large` has the texts of files of which
 * it has digests only, undefined when they could not be read.
 */
export function parseReport(
  host: Host,
  result: CommandResult,
  receivedAt: number,
  large: HostFiles | undefined,
): HostReport {
  const reported: Reported = { host, ...result };
  const sections = splitSections(result.stdout);
  if (sections.has('missing')) return { state: noDocker(reported), images: [] };
  const failed = NEEDED.some((name) => !succeeded(sections.get(name), result.stderr));
  const info = parseInfo(sections);
  if (failed || textOf(info.ServerVersion) === '') return { state: noReport(reported), images: [] };
  const files = parseArchive(sections.get('files'));
  if (files === undefined || large === undefined) return { state: noFiles(reported), images: [] };
  const images = jsonLines(sections.get('images')).map(parseImage);
  return { state: parseUp(sections, info, { images, files: new Map([...files, ...large]) }, receivedAt), images };
}

function parseUp(
  sections: Sections,
  info: Info,
  { images, files }: { readonly images: readonly ImageRow[]; readonly files: HostFiles },
  receivedAt: number,
): HostUp {
  const containers = jsonLines(sections.get('containers'));
  const machine = textOf(info.Architecture);
  const container = parseRouterContainer(containers);
  const marks = parseMarks(files);
  const maintenance = parseMaintenance(files);
  return {
    reachable: true,
    home: sections.get('home')?.lines.join('\n') ?? '',
    dockerVersion: textOf(info.ServerVersion),
    architecture: ARCHITECTURES[machine] ?? machine,
    cpus: numberOf(info.NCPU),
    memoryBytes: numberOf(info.MemTotal),
    diskFreeBytes: parseDisk(sections.get('disk')),
    clockSkewMs: parseSkew(sections.get('clock'), receivedAt),
    containers: parseContainers(containers),
    listening: parseListening(sections, boundPorts(containers)),
    networks: parseNetworks(sections),
    volumes: [...(sections.get('volumes')?.lines ?? [])].sort(),
    carried: parseCarried(sections.get('carried')),
    images: imageNames(images),
    ...taggedImages(images),
    ...parseRegistries(info),
    router: {
      ...(container === undefined ? {} : { container }),
      mainDigest: mainDigest(files),
      apps: parseRouterApps(files),
      ...parseUnlinked(files),
    },
    ...(Object.keys(marks).length === 0 ? {} : { marks }),
    ...parseReleases(files),
    ...parseRecordFiles(sections.get('records')),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}

/** "shop/releases/000007.json" -> { shop: ["000007.json"] }. */
function parseRecordFiles(section: Section | undefined): Pick<HostUp, 'recordFiles'> {
  const byApp = namesByApp(section, /^([^/]+)\/releases\/([^/]+)$/);
  return Object.keys(byApp).length === 0 ? {} : { recordFiles: byApp };
}

/** "shop/files/0123abcd/" -> { shop: ["0123abcd"] }. */
function parseCarried(section: Section | undefined): Record<string, string[]> {
  return namesByApp(section, /^([^/]+)\/files\/([^/]+)\/$/);
}

/** App -> names, both sorted; `form` has the app as its first group and the name as its second. */
function namesByApp(section: Section | undefined, form: RegExp): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const text of section?.lines ?? []) {
    const [, app, name] = form.exec(text) ?? [];
    if (app !== undefined && name !== undefined) found.set(app, [...(found.get(app) ?? []), name]);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([app, names]) => [app, names.sort()]));
}

type Info = Readonly<Record<string, unknown>>;

/** A container or network that went away between listing and looking is no failure. */
function succeeded(section: Section | undefined, stderr: string): boolean {
  if (section === undefined) return false;
  const complaints = stderr.split('\n').filter((text) => /error|cannot|denied|fail/i.test(text));
  return section.code === 0 || (complaints.length > 0 && complaints.every((text) => GONE.test(text)));
}

const GONE = /no such (container|object|network)|network \S+ not found/i;

function parseInfo(sections: Sections): Info {
  return recordOf(parseJson(sections.get('info')?.lines.find((text) => text.startsWith('{')) ?? ''));
}

function parseRegistries(info: Info): Pick<HostUp, 'registryMirrors' | 'insecureRegistries'> {
  const config = recordOf(info.RegistryConfig);
  const named = Object.entries(recordOf(config.IndexConfigs));
  const insecure = named.filter(([, index]) => recordOf(index).Secure === false).map(([name]) => name);
  return {
    registryMirrors: listOf(config.Mirrors).map(textOf),
    insecureRegistries: [...new Set([...listOf(config.InsecureRegistryCIDRs).map(textOf), ...insecure])].sort(),
  };
}

function parseImage(row: Info): ImageRow {
  return { repository: textOf(row.repository), tag: textOf(row.tag), digest: textOf(row.digest) };
}

function imageNames(rows: readonly ImageRow[]): string[] {
  const names = rows
    .filter((row) => row.repository !== '<none>')
    .flatMap(({ repository, tag, digest }) => [
      ...(tag === '<none>' || tag === '' ? [] : [`${repository}:${tag}`]),
      ...(digest.startsWith('sha256:') ? [`${repository}@${digest}`] : []),
    ]);
  return [...new Set(names)].sort();
}

/** What fleet pulls has a digest and no tag. */
function taggedImages(rows: readonly ImageRow[]): Pick<HostUp, 'taggedImages'> {
  const tagged = rows
    .filter(({ repository, tag, digest }) => ![repository, tag].includes('<none>') && digest.startsWith('sha256:'))
    .map(({ repository, digest }) => `${repository}@${digest}`);
  return tagged.length === 0 ? {} : { taggedImages: [...new Set(tagged)].sort() };
}

function parseNetworks(sections: Sections): Record<string, string> {
  const networks = jsonLines(sections.get('networks')).map((network): [string, string] => {
    const subnets = listOf(network.config).map((entry) => textOf(recordOf(entry).Subnet));
    return [textOf(network.name), subnets.find((subnet) => /^[\d.]+\/\d+$/.test(subnet)) ?? ''];
  });
  return Object.fromEntries(networks.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Available 1024-byte blocks are the fourth column of POSIX df. */
function parseDisk(section: Section | undefined): number {
  const columns = section?.lines.at(-1)?.trim().split(/\s+/) ?? [];
  return numberOf(columns.at(-3)) * 1024;
}

/** A date that knows no milliseconds prints something that is no number; the skew is then taken as 0. */
function parseSkew(section: Section | undefined, receivedAt: number): number {
  const printed = section?.lines[0] ?? '';
  return /^\d{13}$/.test(printed) ? Number(printed) - receivedAt : 0;
}

/** Where there is no `ss`: lines of /proc/net/{tcp,udp}: the local address is the second field, its port hexadecimal after the colon. */
function parseListening(sections: Sections, bound: readonly string[]): string[] {
  const open = ['tcp', 'udp'].flatMap((protocol) =>
    (sections.get(protocol)?.lines ?? []).flatMap((text) => {
      const port = Number.parseInt(text.trim().split(/\s+/)[1]?.split(':')[1] ?? '', 16);
      return Number.isNaN(port) ? [] : [`${protocol}/${port}`];
    }),
  );
  return [...new Set([...open, ...parseSockets(sections.get('listening')), ...bound])].sort();
}

/** Lines of `ss -Hltun`: protocol, state, two queues, the local address with its port, the other one. */
function parseSockets(section: Section | undefined): string[] {
  return (section?.lines ?? []).flatMap((text) => {
    const [protocol, , , , local = ''] = text.trim().split(/\s+/);
    const port = /:(\d+)$/.exec(local)?.[1];
    return port !== undefined && (protocol === 'tcp' || protocol === 'udp') ? [`${protocol}/${port}`] : [];
  });
}

/** The section's first line says how many files there are: none of them readable is not the same as no files. */
function parseArchive(section: Section | undefined): HostFiles | undefined {
  if (section === undefined) return new Map();
  // What is no base64, such as the ends of lines, is passed over.
  const files = readTar(Buffer.from(section.text.slice(section.text.indexOf('\n') + 1), 'base64'));
  return section.text !== '' && files.size === 0 ? undefined : files;
}

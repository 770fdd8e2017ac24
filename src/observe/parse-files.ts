/** fleet's own files on a host: the router's live files and the records of releases. Pure. */
import { sha256 } from '../model/digest.ts';
import type { Maintenance } from '../model/hosts.ts';
import type { HostMark } from '../model/mark.ts';
import type { HostUp, ReleaseRecord, RoutedService, RouterHost, RouterState } from '../model/observed.ts';
import { parseCertificate } from './certificate.ts';
import { isRecord, listOf, numberOf, parseJson, recordOf, textOf } from './sections.ts';
import { Twins } from './texts.ts';

/** Path below ~/.fleet -> text. */
export type HostFiles = ReadonlyMap<string, string>;

const MAIN_FILES = ['router/http.conf', 'router/stream.conf', 'router/start.sh'];

/** SHA-256 of the router's three main files with a NUL byte between them; "" when there are none. */
export function mainDigest(files: HostFiles): string {
  if (!MAIN_FILES.some((path) => files.has(path))) return '';
  return sha256(MAIN_FILES.map((path) => files.get(path) ?? '').join('\0'));
}

/** The live router state of each app. An app whose meta.json is no valid JSON is left out. */
export function parseRouterApps(files: HostFiles): RouterHost['apps'] {
  const apps = [...files.entries()].flatMap(([path, text]): [string, RouterState][] => {
    const app = /^router\/current\/([^/]+)\/meta\.json$/.exec(path)?.[1];
    const state = app === undefined ? undefined : parseState(app, text, files);
    return app === undefined || state === undefined ? [] : [[app, state]];
  });
  return Object.fromEntries(apps.sort(byKey));
}

/** What files say to which no link leads, by app; absent when there are none. */
export function parseUnlinked(files: HostFiles): Pick<RouterHost, 'unlinked'> {
  const apps = [...files.entries()].flatMap(([path, text]): [string, RouterState['services']][] => {
    const app = /^router\/generations\/([^/.]+)\.[^/]+\/meta\.json$/.exec(path)?.[1];
    const state = app === undefined ? undefined : parseState(app, text, files);
    return app === undefined || state === undefined ? [] : [[app, state.services]];
  });
  return apps.length === 0 ? {} : { unlinked: Object.fromEntries(apps.sort(byKey)) };
}

/** Releases by app, oldest first, and the records that can not be read: one of them hides no other. */
export function parseReleases(files: HostFiles): Pick<HostUp, 'releases' | 'brokenRecords'> {
  const releases = new Map<string, ReleaseRecord[]>();
  const broken: string[] = [];
  for (const [path, text] of files) {
    const [, app, number] = /^([^/]+)\/releases\/(\d+)\.json$/.exec(path) ?? [];
    if (app === undefined) continue;
    const record = parseRecord(text);
    // A record under another name or of another app was copied there by somebody, and tells nothing.
    if (record === undefined || record.app !== app || record.release !== Number(number)) broken.push(path);
    else releases.set(app, [...(releases.get(app) ?? []), record]);
  }
  for (const list of releases.values()) list.sort((left, right) => left.release - right.release);
  return {
    releases: Object.fromEntries([...releases.entries()].sort(byKey)),
    ...(broken.length === 0 ? {} : { brokenRecords: broken.sort() }),
  };
}

/** The marks that this host keeps, by the host that they are of. One that is half-written is left out. */
export function parseMarks(files: HostFiles): Readonly<Record<string, HostMark>> {
  const marks = [...files].flatMap(([path, text]): [string, HostMark][] => {
    const host = /^\.hosts\/marks\/([^/]+)\.json$/.exec(path)?.[1];
    const mark = host === undefined ? undefined : parseMark(parseJson(text));
    return host === undefined || mark === undefined ? [] : [[host, mark]];
  });
  return Object.fromEntries(marks.sort(byKey));
}

/** The last maintenance that this host knows; undefined when there is none, or it is half-written. */
export function parseMaintenance(files: HostFiles): Maintenance | undefined {
  const value = parseJson(files.get('.hosts/maintain.json') ?? '');
  if (!isRecord(value) || typeof value.command !== 'string' || typeof value.at !== 'number') return undefined;
  const { command, at, by, reboot, hosts, done, before } = value;
  const marks = Object.entries(recordOf(before)).flatMap(([host, one]): [string, HostMark][] => {
    const mark = parseMark(one);
    return mark === undefined ? [] : [[host, mark]];
  });
  return {
    command,
    reboot: reboot === true,
    hosts: listOf(hosts).map(textOf),
    done: listOf(done).map(textOf),
    before: Object.fromEntries(marks),
    at,
    by: textOf(by),
  };
}

function parseMark(value: unknown): HostMark | undefined {
  const { kind, at, by, why } = recordOf(value);
  if (kind !== 'cordoned' && kind !== 'drained' && kind !== 'none') return undefined;
  return typeof at === 'number' ? { kind, at, by: textOf(by), why: textOf(why) } : undefined;
}

function parseState(app: string, text: string, files: HostFiles): RouterState | undefined {
  const prefix = `router/current/${app}/`;
  const all = [...files.entries()].filter(([path]) => path.startsWith(prefix) && !path.endsWith('/meta.json'));
  return twins.of([app, text, ...all.flat()], () => makeState(app, text, all));
}

/** Most hosts have the same files: those are one state, which is read once. */
const twins = new Twins<RouterState | undefined>();

function makeState(app: string, text: string, all: readonly (readonly [string, string])[]): RouterState | undefined {
  const meta = parseJson(text);
  if (!isRecord(meta) || typeof meta.generation !== 'string' || !isRecord(meta.services)) return undefined;
  const prefix = `router/current/${app}/`;
  const isCertificate = (path: string): boolean => path.startsWith(`${prefix}tls/`);
  const own = all.filter(([path]) => !isCertificate(path));
  const certificates = all
    .filter(([path]) => isCertificate(path))
    .sort(byKey)
    .flatMap(([path, content]) => parseCertificate(path.slice(prefix.length), content) ?? []);
  return {
    app,
    generation: meta.generation,
    services: mapValues(meta.services, parseRouted),
    files: Object.fromEntries(
      own.map(([path, content]): [string, string] => [path.slice(prefix.length), content]).sort(byKey),
    ),
    ...(certificates.length === 0 ? {} : { certificates }),
  };
}

function parseRouted(value: unknown): RoutedService {
  const routed = recordOf(value);
  return {
    vip: textOf(routed.vip),
    subnet: textOf(routed.subnet),
    ...(typeof routed.former === 'string' ? { former: routed.former } : {}),
    upstreams: listOf(routed.upstreams).map(parseUpstream),
    claims: listOf(routed.claims).map(textOf),
    ...(routed.early === true ? { early: true } : {}),
  };
}

function parseUpstream(value: unknown): RoutedService['upstreams'][number] {
  const upstream = recordOf(value);
  return {
    container: textOf(upstream.container),
    slot: numberOf(upstream.slot),
    host: textOf(upstream.host),
    address: textOf(upstream.address),
    ...(upstream.away === true ? { away: true as const } : {}),
    ports: listOf(upstream.ports).map((entry) => {
      const port = recordOf(entry);
      const protocol = port.protocol === 'http' || port.protocol === 'udp' ? port.protocol : 'tcp';
      return { port: numberOf(port.port), protocol, hostPort: numberOf(port.hostPort) };
    }),
  };
}

function parseRecord(text: string): ReleaseRecord | undefined {
  const record = parseJson(text);
  if (!isRecord(record) || typeof record.app !== 'string' || typeof record.release !== 'number') return undefined;
  if (!isRecord(record.specs) || !isRecord(record.images)) return undefined;
  return {
    app: record.app,
    release: record.release,
    at: numberOf(record.at),
    by: textOf(record.by),
    planDigest: textOf(record.planDigest),
    specs: mapValues(recordOf(record.specs), textOf),
    parts: mapValues(recordOf(record.parts), (parts) => mapValues(recordOf(parts), textOf)),
    images: mapValues(recordOf(record.images), (value) => {
      const { image, digest } = recordOf(value);
      return { image: textOf(image), ...(typeof digest === 'string' ? { digest } : {}) };
    }),
    ...parseHistory(record),
  };
}

/** What later versions of records have beside that. */
function parseHistory(
  record: Readonly<Record<string, unknown>>,
): Pick<ReleaseRecord, 'replicas' | 'scaled' | 'revision' | 'rollback' | 'body' | 'warm' | 'removed'> {
  const { replicas, scaled, revision, rollback, body, warm, removed } = record;
  const [from, to] = [recordOf(rollback).from, recordOf(rollback).to];
  const kept = recordOf(warm);
  return {
    ...(isRecord(replicas) ? { replicas: mapValues(replicas, numberOf) } : {}),
    ...(isRecord(scaled) ? { scaled: mapValues(scaled, numberOf) } : {}),
    ...(typeof revision === 'number' ? { revision } : {}),
    ...(isRecord(rollback) ? { rollback: { from: numberOf(from), to: numberOf(to) } } : {}),
    ...(typeof body === 'string' ? { body } : {}),
    ...(isRecord(warm) ? { warm: { replicas: listOf(kept.replicas).map(textOf), forMs: numberOf(kept.forMs) } } : {}),
    ...(removed === true ? { removed } : {}),
  };
}

function mapValues<T>(record: Readonly<Record<string, unknown>>, parse: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, parse(value)]));
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1;
}

/** One app's router files on one host: written from its routes, named by their digest. */
import { canonicalJson, digestOf } from '../../model/digest.ts';
import { LARGE_MARK } from '../../model/labels.ts';
import type { RoutedService, RouterState } from '../../model/observed.ts';
import type { ArchiveEntry } from '../../model/plan.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import { type Admission, admitted } from './admit.ts';
import { edgeHttp, edgeStream, WEB_PORT } from './edge.ts';
import type { Route, RouterOptions } from './route.ts';
import { routerHttp, routerStream } from './router.ts';
import { groupName, tlsFile } from './text.ts';

/** The files of one app on one host; the generation is their digest. */
export interface Generation {
  readonly id: string;
  readonly http: string;
  readonly stream: string;
  readonly services: Readonly<Record<string, RoutedService>>;
  readonly entries: readonly ArchiveEntry[];
}

/** Characters of files together; about what 300 replicas take. What is longer is marked as large. */
const LARGE = 64 * 1024;

/** Placeholder for the generation's own id while its digest is taken. */
const SELF = '@GENERATION@';

/**
 * Writes the files of the app for one host after the other: one value for all that get the same, so that a plan has each
 * text once, however many hosts it is for. `playbook` gives the digests of TLS material.
 */
export function generationsOf(routes: readonly Route[], playbook: Playbook): (options: RouterOptions) => Generation {
  const ordered = [...routes].sort((a, b) => (a.desired.service.name < b.desired.service.name ? -1 : 1));
  const services = Object.fromEntries(ordered.map((route) => [route.desired.service.name, routedService(route)]));
  const made = new Map<string, Generation>();
  const make = (options: RouterOptions): Generation => {
    const folder = `/etc/nginx/fleet/generations/${options.app}.${SELF}`;
    const http = options.edge ? edgeHttp(ordered, options, folder) : '';
    const stream = options.edge ? edgeStream(ordered, options) : '';
    const tls = options.edge ? tlsEntries(ordered, playbook) : [];
    // An edge of an app that the world does not reach is like any other host.
    if (options.edge && http + stream === '' && tls.length === 0) return generation({ ...options, edge: false });
    const texts = { http: routerHttp(ordered, options) + http, stream: routerStream(ordered, options) + stream };
    return written(options.app, texts, services, tls);
  };
  const generation = (options: RouterOptions): Generation => {
    const key = JSON.stringify(options);
    const known = made.get(key) ?? make(options);
    made.set(key, known);
    return known;
  };
  return generation;
}

/**
 * The live files of a host with some services led to other replicas, and open to further callers: groups that the live
 * files have are changed, all others are added behind. TLS material stays where it is. Undefined when nothing changes.
 */
export function opened(
  live: RouterState,
  { routes, admissions }: { readonly routes: readonly Route[]; readonly admissions: readonly Admission[] },
  options: RouterOptions,
): Generation | undefined {
  const names = groupsIn(`${live.files['http.conf']}${live.files['stream.conf']}`);
  const isKnown = ({ desired: { service } }: Route): boolean =>
    service.ports.some(({ port }) => names.has(groupName(live.app, service.name, port)));
  const ordered = [...routes].sort((a, b) => (a.desired.service.name < b.desired.service.name ? -1 : 1));
  const known = ordered.filter(isKnown);
  const added = ordered.filter((route) => !isKnown(route));
  const texts = { http: body(live.files['http.conf']), stream: body(live.files['stream.conf']) };
  const open = { http: admitted(texts.http, admissions), stream: admitted(texts.stream, admissions) };
  if (routes.length === 0 && open.http === texts.http && open.stream === texts.stream) return undefined;
  const http = redirected(open.http, routerHttp(known, options)) + routerHttp(added, options);
  const stream = redirected(open.stream, routerStream(known, options)) + routerStream(added, options);
  const services = ordered.map((route): [string, RoutedService] => {
    const { name } = route.desired.service;
    return [name, { ...routedService(route), claims: live.services[name]?.claims ?? [] }];
  });
  return written(live.app, { http, stream }, { ...live.services, ...Object.fromEntries(services) }, []);
}

/**
 * True when the live files are as fleet wrote them. Where certificates are among them it can not be told, since the files
 * do not say what those were: they are taken as they are.
 */
export function isGenuine({ files, services, generation }: RouterState): boolean {
  const [http, stream] = [body(files['http.conf']), body(files['stream.conf'])];
  if (http.includes('/tls/')) return true;
  return digestOf({ http, stream, state: canonicalJson(services), tls: [] }) === generation;
}

/** The text with each upstream group that `groups` has, too, as it stands there. */
function redirected(text: string, groups: string): string {
  const wanted = new Map([...groups.matchAll(GROUP)].map(([block, name]) => [name, block]));
  return text.replace(GROUP, (block: string, name: string) => wanted.get(name) ?? block);
}

function groupsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(GROUP)].map(([, name = '']) => name));
}

/** One upstream block as `upstreamBlock` writes it. */
const GROUP = /^upstream (\S+) \{\n(?: {2}.*\n)*\}\n/gm;

function written(
  app: string,
  { http, stream }: { readonly http: string; readonly stream: string },
  services: Readonly<Record<string, RoutedService>>,
  tls: readonly ArchiveEntry[],
): Generation {
  const state = canonicalJson(services);
  const id = digestOf({ http, stream, state, tls });
  const named = (text: string): string => text.replaceAll(SELF, id);
  const header = `# ${app}, generation ${id}. Written by fleet: changes by hand are undone by the next deploy.\n`;
  const texts = {
    http: header + named(http),
    stream: header + named(stream),
    status: `${header}location = /generation/${app} { return 200 "${id}\\n"; }\n`,
    meta: `{"app": ${JSON.stringify(app)}, "generation": "${id}", "services": ${state}}\n`,
  };
  const isLarge = Object.values(texts).reduce((sum, text) => sum + text.length, 0) > LARGE;
  const entries = [
    fileEntry('http.conf', 0o644, { kind: 'text', text: texts.http }),
    ...(isLarge ? [fileEntry(LARGE_MARK, 0o644, { kind: 'text', text: '' })] : []),
    fileEntry('meta.json', 0o644, { kind: 'text', text: texts.meta }),
    fileEntry('status.conf', 0o644, { kind: 'text', text: texts.status }),
    fileEntry('stream.conf', 0o644, { kind: 'text', text: texts.stream }),
    ...tls,
  ];
  return { id, http: texts.http, stream: texts.stream, services, entries };
}

/** A file without its first line, which names the generation. */
function body(text: string | undefined): string {
  return (text ?? '').slice((text ?? '').indexOf('\n') + 1);
}

/** What a service takes on the edges, for clash checks between apps: "host/path" and "port/protocol". */
export function claimsOf(service: Service): string[] {
  const paths = service.ingress.map(({ host, path }) => `${host ?? '*'}${path}`);
  const ports = service.published.map(({ published, protocol }) =>
    published === WEB_PORT && protocol === 'http' ? '*/' : `${published}/${protocol === 'udp' ? 'udp' : 'tcp'}`,
  );
  return [...paths, ...ports].sort();
}

function routedService({ desired, upstreams, exposed, early }: Route): RoutedService {
  const claims = exposed ? claimsOf(desired.service) : [];
  return { ...desired.addresses, upstreams, claims, ...(early ? { early: true } : {}) };
}

function tlsEntries(routes: readonly Route[], playbook: Playbook): ArchiveEntry[] {
  const exposed = routes.filter((route) => route.exposed).flatMap(({ desired }) => desired.service.ingress);
  return exposed.flatMap((ingress) => {
    if (ingress.tls === undefined) return [];
    const secret = (name: string): ArchiveEntry['content'] => ({
      kind: 'secret',
      name,
      digest: playbook.secrets[name] ?? '',
    });
    return [
      fileEntry(tlsFile(ingress, 'certificate'), 0o644, secret(ingress.tls.certificate)),
      fileEntry(tlsFile(ingress, 'key'), 0o600, secret(ingress.tls.key)),
    ];
  });
}

function fileEntry(path: string, mode: number, content: ArchiveEntry['content']): ArchiveEntry {
  return { path, mode, uid: 0, gid: 0, content };
}

/** One app's router files on one host: written from its routes, named by their digest. */
import { digestOf } from '../../model/digest.ts';
import type { RoutedService, RouterState } from '../../model/observed.ts';
import type { ArchiveEntry } from '../../model/plan.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import { edgeHttp, edgeStream } from './edge.ts';
import type { Route, RouterOptions } from './route.ts';
import { routerHttp, routerStream } from './router.ts';
import { tlsFile } from './text.ts';

/** The files of one app on one host; the generation is their digest. */
export interface Generation {
  readonly id: string;
  readonly http: string;
  readonly stream: string;
  readonly services: Readonly<Record<string, RoutedService>>;
  readonly entries: readonly ArchiveEntry[];
}

/** Placeholder for the generation's own id while its digest is taken. */
const SELF = '@GENERATION@';

/** Writes the files of the app for one host. `playbook` gives the digests of TLS material. */
export function generationOf(routes: readonly Route[], options: RouterOptions, playbook: Playbook): Generation {
  const ordered = [...routes].sort((a, b) => (a.desired.service.name < b.desired.service.name ? -1 : 1));
  const folder = `/etc/nginx/fleet/generations/${options.app}.${SELF}`;
  const http = [routerHttp(ordered, options), options.edge ? edgeHttp(ordered, options, folder) : ''].join('');
  const stream = [routerStream(ordered, options), options.edge ? edgeStream(ordered, options) : ''].join('');
  const services = Object.fromEntries(ordered.map((route) => [route.desired.service.name, routedService(route)]));
  return written(options.app, http, stream, services, options.edge ? tlsEntries(ordered, playbook) : []);
}

/** The live files of a host with those of new services added behind them. TLS material stays where it is. */
export function appended(live: RouterState, added: Generation): Generation {
  const http = body(live.files['http.conf']) + body(added.http);
  const stream = body(live.files['stream.conf']) + body(added.stream);
  return written(live.app, http, stream, { ...live.services, ...added.services }, []);
}

/** The files without the upstreams of some containers; a group that would be empty keeps them. */
export function withoutContainers(files: Generation, names: readonly string[], live: RouterState): Generation {
  if (names.length === 0) return files;
  const gone = new Set(names);
  const keep = (text: string): string =>
    body(text)
      .split('\n')
      .filter((one) => !gone.has(/; # (\S+)$/.exec(one)?.[1] ?? ''))
      .join('\n');
  const services = Object.fromEntries(
    Object.entries(files.services).map(([name, routed]) => [
      name,
      { ...routed, upstreams: routed.upstreams.filter(({ container }) => !gone.has(container)) },
    ]),
  );
  return written(live.app, keep(files.http), keep(files.stream), services, []);
}

function written(
  app: string,
  http: string,
  stream: string,
  services: Readonly<Record<string, RoutedService>>,
  tls: readonly ArchiveEntry[],
): Generation {
  const id = digestOf({ http, stream, services, tls });
  const named = (text: string): string => text.replaceAll(SELF, id);
  const header = `# ${app}, generation ${id}. Written by fleet: changes by hand are undone by the next deploy.\n`;
  const state: Omit<RouterState, 'files'> = { app, generation: id, services };
  const texts = {
    http: header + named(http),
    stream: header + named(stream),
    status: `${header}location = /generation/${app} { return 200 "${id}\\n"; }\n`,
    meta: `${JSON.stringify(state, null, 1)}\n`,
  };
  const entries = [
    fileEntry('http.conf', 0o644, { kind: 'text', text: texts.http }),
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
  const ports = service.published.map(
    ({ published, protocol }) => `${published}/${protocol === 'udp' ? 'udp' : 'tcp'}`,
  );
  return [...paths, ...ports].sort();
}

function routedService({ desired, upstreams, exposed }: Route): RoutedService {
  return { ...desired.addresses, upstreams, claims: exposed ? claimsOf(desired.service) : [] };
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

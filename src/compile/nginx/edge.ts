/** The edge part of an app's files: host names, paths and ports that the world may reach. */
import type { Ingress, Service } from '../../model/playbook.ts';
import type { Route, RouterOptions } from './route.ts';
import { groupName, proxyLines, streamServer, tlsFile } from './text.ts';

interface Exposure {
  readonly service: string;
  readonly ingress: Ingress;
}

/** Where edges take HTTP for all host names: one address for all apps. */
export const WEB_PORT = 80;

/** One server block per host name for HTTP, one for HTTPS, and one per published HTTP port. */
export function edgeHttp(routes: readonly Route[], options: RouterOptions, folder: string): string {
  const exposed = routes.filter((route) => route.exposed);
  const byHost = new Map<string, Exposure[]>();
  for (const { desired } of exposed) {
    const { name } = desired.service;
    for (const ingress of [...desired.service.ingress, ...onWebPort(desired.service)]) {
      const host = ingress.host ?? '';
      byHost.set(host, [...(byHost.get(host) ?? []), { service: name, ingress }]);
    }
  }
  const hosts = [...byHost].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...hosts.map(([host, exposures]) => hostServers(host, exposures, options, folder)),
    ...exposed.flatMap((route) => publishedHttp(route, options)),
  ].join('');
}

/** A service that is published on port 80 takes all that no host name of an ingress takes. */
function onWebPort({ published, readTimeoutMs, retryUnsafe }: Service): Ingress[] {
  return published
    .filter((one) => one.published === WEB_PORT && one.protocol === 'http')
    .map(({ target }) => ({ path: '/', port: target, readTimeoutMs, retryUnsafe }));
}

/** One server block per published TCP or UDP port. */
export function edgeStream(routes: readonly Route[], options: RouterOptions): string {
  return routes
    .filter((route) => route.exposed)
    .flatMap(({ desired: { service } }) =>
      service.published
        .filter(({ protocol }) => protocol !== 'http')
        .map(({ published, target, protocol }) =>
          streamServer(String(published), protocol === 'udp', [], groupName(options.app, service.name, target)),
        ),
    )
    .join('');
}

function hostServers(host: string, exposures: readonly Exposure[], options: RouterOptions, folder: string): string {
  const secure = exposures.find(({ ingress }) => ingress.tls !== undefined)?.ingress;
  const redirect = secure?.tls?.redirect === true;
  const name = host === '' ? 'server_name "" ~.;' : `server_name ${host};`;
  const plain = redirect ? ['location / { return 308 https://$host$request_uri; }'] : locations(exposures, options);
  const servers = [block(['listen 80;', name, ...plain])];
  if (secure !== undefined) {
    const tls = [
      'listen 443 ssl;',
      ...(options.http2 ? ['http2 on;'] : []),
      name,
      `ssl_certificate ${folder}/${tlsFile(secure, 'certificate')};`,
      `ssl_certificate_key ${folder}/${tlsFile(secure, 'key')};`,
      'ssl_protocols TLSv1.2 TLSv1.3;',
    ];
    servers.push(block([...tls, ...locations(exposures, options)]));
  }
  return servers.join('');
}

function locations(exposures: readonly Exposure[], options: RouterOptions): string[] {
  const ordered = [...exposures].sort((a, b) => (a.ingress.path < b.ingress.path ? -1 : 1));
  return ordered.flatMap(({ service, ingress }) => location(options.app, service, ingress.port, ingress));
}

function location(
  app: string,
  service: string,
  port: number,
  ingress: Pick<Ingress, 'path' | 'readTimeoutMs' | 'retryUnsafe'>,
): string[] {
  const proxy = proxyLines(groupName(app, service, port), { ...ingress, edge: true });
  return [`location ${ingress.path} {`, ...proxy.map((directive) => `  ${directive}`), '}'];
}

function publishedHttp({ desired: { service } }: Route, options: RouterOptions): string[] {
  const http = service.published.filter(({ published, protocol }) => protocol === 'http' && published !== WEB_PORT);
  return http.map(({ published, target }) =>
    block([
      `listen ${published} reuseport;`,
      ...location(options.app, service.name, target, {
        path: '/',
        readTimeoutMs: service.readTimeoutMs,
        retryUnsafe: service.retryUnsafe,
      }),
    ]),
  );
}

function block(directives: readonly string[]): string {
  return ['server {', ...directives.map((directive) => `  ${directive}`), '}', ''].join('\n');
}

/** The router part of an app's files: every VIP of its services, open to the callers that share a network with them. */
import type { Route, RouterOptions } from './route.ts';
import { groupName, proxyLines, streamServer, upstreamBlock } from './text.ts';

/** Upstreams and VIP servers of HTTP ports. */
export function routerHttp(routes: readonly Route[], options: RouterOptions): string {
  return routes
    .flatMap((route) => {
      const ports = route.desired.service.ports.filter(({ protocol }) => protocol === 'http');
      return ports.map((port) => upstreamBlock(options.app, route, port) + httpServer(route, port.port, options));
    })
    .join('');
}

/** Upstreams and VIP servers of TCP and UDP ports. */
export function routerStream(routes: readonly Route[], options: RouterOptions): string {
  return routes
    .flatMap((route) => {
      const { service, addresses } = route.desired;
      return service.ports
        .filter(({ protocol }) => protocol !== 'http')
        .map((port) => {
          const group = groupName(options.app, service.name, port.port);
          const listen = `${addresses.vip}:${port.port}`;
          return (
            upstreamBlock(options.app, route, port) +
            streamServer(listen, port.protocol === 'udp', allowLines(route, options), group)
          );
        });
    })
    .join('');
}

function httpServer(route: Route, port: number, options: RouterOptions): string {
  const { service, addresses } = route.desired;
  const proxy = proxyLines(groupName(options.app, service.name, port), {
    readTimeoutMs: service.readTimeoutMs,
    retryUnsafe: service.retryUnsafe,
    edge: false,
  });
  return [
    'server {',
    `  listen ${addresses.vip}:${port} reuseport;`,
    ...allowLines(route, options).map((rule) => `  ${rule}`),
    '  location / {',
    ...proxy.map((directive) => `    ${directive}`),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Callers are told by their subnet; a process of the host itself comes from the VIP range. All others are refused. */
function allowLines({ allow }: Route, { vipRange }: RouterOptions): string[] {
  return [...allow, vipRange].map((subnet) => `allow ${subnet};`).concat('deny all;');
}

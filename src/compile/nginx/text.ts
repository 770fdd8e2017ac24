/** Pieces of nginx configuration that routers and edges share. */
import { digestOf } from '../../model/digest.ts';
import type { Upstream } from '../../model/observed.ts';
import type { Ingress, ServicePort } from '../../model/playbook.ts';
import type { Route } from './route.ts';

/** Seconds that a dead replica is passed over after a failed attempt. */
const FAIL_TIMEOUT = '5s';

/** An address where nothing listens: the stand-in for "no replica", since nginx wants at least one server. */
const NOBODY = '127.0.0.1:9 down';

/** Name of the upstream group of a service's port. */
export function groupName(app: string, service: string, port: number): string {
  return `${app}.${service}.${port}`;
}

/**
 * `upstream` block for one port of a service. `zone` shares what workers learn about dead replicas. Each server stands
 * there again as its own backup: when all were slow at once and count as dead, they are still asked, where nginx would
 * answer 502 by itself for as long as `fail_timeout`.
 */
export function upstreamBlock(app: string, route: Route, port: ServicePort): string {
  const name = groupName(app, route.desired.service.name, port.port);
  const there = route.upstreams.filter(({ away }) => !away);
  const first = there.flatMap((upstream) => serverLines(upstream, port, FIRST));
  const again = there.flatMap((upstream) => serverLines(upstream, port, AGAIN));
  const servers = first.length < 2 ? first : [...first, ...again];
  return [
    `upstream ${name} {`,
    `  zone ${name} ${zoneKibibytes(servers.length)}k;`,
    ...(servers.length === 0 ? [`  server ${NOBODY};`] : servers),
    ...(port.protocol === 'http' ? KEEPALIVE : []),
    '}',
    '',
  ].join('\n');
}

/**
 * Shared memory for a group. nginx 1.30 needs up to 1.0 KiB a server line and refuses a file whose zone is too small
 * (measured: 200 lines take more than 128 KiB, 2,000 more than 1.5 MiB); it is left half as much again, in steps of 64 KiB.
 */
function zoneKibibytes(servers: number): number {
  return Math.max(128, Math.ceil((servers * 1.5) / 64) * 64);
}

/**
 * Connections to replicas are kept for one second only: common servers close idle ones after 2 s (gunicorn) or 5 s
 * (Node.js), and a POST that races with such a close can not be sent again.
 */
const KEEPALIVE = ['  keepalive 16;', '  keepalive_timeout 1s;'];

/** How a server is asked at first, and when all have failed. */
const FIRST = `max_fails=1 fail_timeout=${FAIL_TIMEOUT}`;
const AGAIN = 'max_fails=0 backup';

function serverLines({ address, container, ports }: Upstream, { port, protocol }: ServicePort, how: string): string[] {
  return ports
    .filter((binding) => binding.port === port && (binding.protocol === 'udp') === (protocol === 'udp'))
    .map(({ hostPort }) => `  server ${address}:${hostPort} ${how}; # ${container}`);
}

/** Directives of a location that hands requests to a group. */
export function proxyLines(
  group: string,
  options: { readTimeoutMs: number; retryUnsafe: boolean; edge: boolean },
): string[] {
  return [
    `proxy_pass http://${group};`,
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $fleet_connection;',
    ...(options.edge ? FORWARDED : []),
    'proxy_connect_timeout 1s;',
    `proxy_read_timeout ${options.readTimeoutMs}ms;`,
    `proxy_send_timeout ${options.readTimeoutMs}ms;`,
    `proxy_next_upstream error timeout${options.retryUnsafe ? ' non_idempotent' : ''};`,
    'proxy_next_upstream_tries 3;',
    'client_max_body_size 0;',
  ];
}

/** Only edges say who the client is; routers pass on what the caller sent. */
const FORWARDED = [
  'proxy_set_header X-Real-IP $remote_addr;',
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
  'proxy_set_header X-Forwarded-Host $http_host;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
];

/** A TCP or UDP server block. Connections last as long as both ends want; dead ones are found by TCP keep-alive. */
export function streamServer(listen: string, udp: boolean, allow: readonly string[], group: string): string {
  const parameters = udp ? ' udp reuseport' : ' reuseport so_keepalive=on';
  return [
    'server {',
    `  listen ${listen}${parameters};`,
    ...allow.map((rule) => `  ${rule}`),
    `  proxy_pass ${group};`,
    '  proxy_connect_timeout 1s;',
    ...(udp ? ['  proxy_timeout 60s;'] : ['  proxy_timeout 24h;', '  proxy_socket_keepalive on;']),
    '}',
    '',
  ].join('\n');
}

/** Name of an ingress's certificate and key files in the generation. */
export function tlsFile(ingress: Ingress, kind: 'certificate' | 'key'): string {
  return `tls/${digestOf(ingress.tls?.[kind])}.${kind === 'key' ? 'key' : 'crt'}`;
}

/**
 * The router's main files. Its container runs two nginx masters, one for HTTP and one for TCP/UDP, so that a reload for a
 * web service never touches the connections that applications keep to their databases.
 */
import { sha256 } from '../../model/digest.ts';
import { type Host, type Inventory, statusAddress } from '../../model/inventory.ts';
import { HOME_FOLDER, ROUTER_LOG, USER_AGENT } from '../../model/labels.ts';
import type { Observed } from '../../model/observed.ts';
import { atLeast, routerVersion } from '../desire/images.ts';
import { ANSWERS_SCRIPT } from './answers.ts';
import { DRAIN_SCRIPT, guardScript, LOG_SCRIPT, RELOAD_SCRIPT, startScript } from './scripts.ts';

/** nginx from this version on keeps idle client connections usable through a reload. */
export const LOSSLESS_NGINX = '1.27.4';

/** Files of the router folder by name; `digest` is what an up-to-date host reports for the first three. */
export interface MainFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly digest: string;
}

/** The main files of a host's router. Edges also open ports 80 and 443, for all apps together. */
export function mainFiles(host: Pick<Host, 'roles'>, inventory: Inventory, observed: Observed): MainFiles {
  const version = routerVersion(inventory.network.routerImage, observed);
  const http = httpMain(inventory, host.roles.includes('edge'), atLeast(version, LOSSLESS_NGINX));
  const stream = streamMain(inventory);
  const guard = guardScript(inventory.network);
  const scripts = sha256(RELOAD_SCRIPT + DRAIN_SCRIPT + ANSWERS_SCRIPT + LOG_SCRIPT + guard).slice(0, 12);
  const start = startScript(inventory.network, scripts);
  return {
    files: {
      'http.conf': http,
      'stream.conf': stream,
      'start.sh': start,
      'guard.sh': guard,
      'reload.sh': RELOAD_SCRIPT,
      'drain.sh': DRAIN_SCRIPT,
      'answers.sh': ANSWERS_SCRIPT,
      'log.sh': LOG_SCRIPT,
    },
    digest: sha256([http, stream, start].join('\0')),
  };
}

/** Folder of the router's files on a host. */
export function routerFolder(home: string): string {
  return `${home}/${HOME_FOLDER}/router`;
}

function httpMain(inventory: Inventory, edge: boolean, lossless: boolean): string {
  const { network } = inventory;
  return [
    ...preamble('http', network.shutdownTimeoutMs),
    'http {',
    '  include /etc/nginx/mime.types;',
    '  server_tokens off;',
    ...REQUEST_LOG,
    '  types_hash_max_size 4096;',
    '  server_names_hash_bucket_size 128;',
    ...(lossless ? [`  keepalive_min_timeout ${network.keepaliveMinMs}ms;`] : []),
    "  map $http_upgrade $fleet_connection { default upgrade; '' ''; }",
    '  server {',
    `    listen ${statusAddress(inventory)}:80 reuseport;`,
    `    allow ${network.vipRange};`,
    '    allow 127.0.0.0/8;',
    '    deny all;',
    '    location / { return 404; }',
    '    include /etc/nginx/fleet/current/*/status.conf;',
    '  }',
    ...(edge ? EDGE_DEFAULTS : []),
    '  include /etc/nginx/fleet/current/*/http.conf;',
    '}',
    '',
  ].join('\n');
}

/**
 * One short line for each request that a replica was asked for, into memory: fleet's own questions are left out. A replica
 * that did not answer stands there with 502 or 504, even when another one did then. Written line by line it would cost a
 * router 7 % of its cpu (measured); a second late it costs nothing.
 */
const REQUEST_LOG = [
  `  map $http_user_agent $fleet_counted { default $upstream_addr; ${USER_AGENT} ''; }`,
  "  log_format fleet '$msec|$upstream_addr|$upstream_status';",
  `  access_log ${ROUTER_LOG} fleet buffer=32k flush=1s if=$fleet_counted;`,
];

/** What answers on 80 and 443 when no app claims the name. `reuseport` may stand only once per address, so it is here. */
const EDGE_DEFAULTS = [
  '  server { listen 80 default_server reuseport; server_name _; return 404; }',
  '  server { listen 443 ssl default_server reuseport; server_name _; ssl_reject_handshake on; }',
];

function streamMain(inventory: Inventory): string {
  return [
    ...preamble('stream', Math.max(inventory.network.shutdownTimeoutMs, STREAM_SHUTDOWN_MS)),
    'stream {',
    '  include /etc/nginx/fleet/current/*/stream.conf;',
    '}',
    '',
  ].join('\n');
}

/** Old TCP workers only hold connections that are open; they are harmless, so they may stay for an hour. */
const STREAM_SHUTDOWN_MS = 3_600_000;

function preamble(kind: 'http' | 'stream', shutdownMs: number): string[] {
  return [
    '# Written by fleet: changes by hand are undone by the next deploy.',
    'include /etc/nginx/modules-enabled/*.conf;',
    'worker_processes auto;',
    `worker_shutdown_timeout ${Math.ceil(shutdownMs / 1000)}s;`,
    `pid /run/fleet-${kind}.pid;`,
    'error_log stderr warn;',
    'events { worker_connections 8192; }',
  ];
}

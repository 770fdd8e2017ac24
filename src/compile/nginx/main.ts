/**
 * The router container and its main files. It runs two nginx masters, one for HTTP and one for TCP/UDP, so that a
 * reload for a web service never touches the connections that applications keep to their databases.
 */
import { digestOf, sha256 } from '../../model/digest.ts';
import { type Host, type Inventory, statusAddress } from '../../model/inventory.ts';
import { HOME_FOLDER, LABEL, ROUTER_LOG, ROUTER_NAME, USER_AGENT } from '../../model/labels.ts';
import type { ImageFacts, Observed } from '../../model/observed.ts';
import { line } from '../../model/quote.ts';
import { atLeast, pinned, routerVersion } from '../desire/images.ts';
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
export function mainFiles(host: Host, inventory: Inventory, observed: Observed): MainFiles {
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

/**
 * Digest of what shapes the router container; another one means that it is made anew, which cuts connections. So the
 * image counts by its name in the inventory: a tag that moved in the registry restarts no router.
 */
export function routerSpec(image: string): string {
  return digestOf({ words: routerWords('', '', image, undefined) });
}

/** Creates and starts the router container; one with the same spec is only started. An old one may end its requests. */
export function routerLine(home: string, image: string, facts: ImageFacts | undefined): string {
  const spec = routerSpec(image);
  const same = `[ "$(${line('docker', 'inspect', '--format', `{{index .Config.Labels "${LABEL.spec}"}}`, ROUTER_NAME)} 2>/dev/null)" = ${spec} ]`;
  const end = `${line('docker', 'stop', '--time', '30', ROUTER_NAME)} >/dev/null 2>&1; ${line('docker', 'rm', '--force', ROUTER_NAME)} >/dev/null 2>&1`;
  const begin = `${line('docker', 'run', '--detach', ...routerWords(home, spec, image, facts))} >/dev/null`;
  return `if ${same}; then ${line('docker', 'start', ROUTER_NAME)} >/dev/null; else ${end}; ${begin}; fi`;
}

/** Folder of the router's files on a host. */
export function routerFolder(home: string): string {
  return `${home}/${HOME_FOLDER}/router`;
}

/**
 * The host's own `ip` and `iptables` are used through a read-only mount of its root, because the official nginx images
 * have neither. The mount lies under a folder that only root can enter, so nginx workers can not look into it.
 */
function routerWords(home: string, spec: string, image: string, facts: ImageFacts | undefined): string[] {
  return [
    ...['--name', ROUTER_NAME, `--label=${LABEL.spec}=${spec}`, '--label=fleet.router=true'],
    // Not unless-stopped: for Docker a container that was ever sent a signal, as each reload does, is one that was stopped by
    // hand, and stays down after a crash and after a reboot (moby#41302).
    ...['--network=host', '--cap-add=NET_ADMIN', '--cap-add=NET_RAW', '--restart=always'],
    ...['--stop-signal=SIGTERM', '--stop-timeout=30'],
    ...['--log-opt=max-size=10m', '--log-opt=max-file=3'],
    '--mount=type=tmpfs,target=/hostfs,tmpfs-mode=0700',
    '--mount=type=bind,source=/,target=/hostfs/root,readonly',
    `--mount=type=bind,source=${routerFolder(home)},target=/etc/nginx/fleet,readonly`,
    '--entrypoint=/bin/sh',
    pinned(image, facts),
    '/etc/nginx/fleet/start.sh',
  ];
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

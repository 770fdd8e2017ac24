/** The router container: made where there is none, and where another kind runs, swapped so that HTTP goes on without a gap. */
import { digestOf } from '../../model/digest.ts';
import { LABEL, ROUTER_NAME } from '../../model/labels.ts';
import type { ImageFacts } from '../../model/observed.ts';
import { line } from '../../model/quote.ts';
import { pinned } from '../desire/images.ts';
import { routerFolder } from './main.ts';

/** Name of the new container while the old one still serves. */
const NEXT_NAME = `${ROUTER_NAME}-next`;

/**
 * All listeners have `reuseport`, so the new container opens the same addresses beside the old one. When it is seen to stay
 * up, the old one is stopped: its nginx takes no new connections and ends its requests. A connection that waits to be
 * accepted at that moment goes over to the new one (tcp_migrate_req, Linux 5.14; where that can not be set, one in many
 * thousands is reset). TCP connections that are open are cut when SECONDS are over. A kill at any point leaves one of the
 * two names, or both, and the same line goes on from there.
 */
const SWAP_SCRIPT = `
set -u
spec=$1 image=$2 seconds=$3 with=$4; shift 6
name=${ROUTER_NAME} next=${NEXT_NAME}
has() { docker inspect --type container "$1" >/dev/null 2>&1; }
kind() { docker inspect --type container --format '{{index .Config.Labels "${LABEL.spec}"}} {{.Config.Image}}' "$1" 2>/dev/null; }
begin() { docker run --detach --name "$@" >/dev/null; }
end() { docker stop --time "$seconds" "$1" >/dev/null 2>&1; docker rm --force "$1" >/dev/null 2>&1; }
lossless() {
  docker run --rm --network=host --mount=type=bind,source=/proc/sys/net/ipv4,target=/sysctl --entrypoint=/bin/sh "$with" \\
    -c 'echo 1 >/sysctl/tcp_migrate_req' >/dev/null 2>&1
}
stays() {
  tries=0
  until [ "$(docker top "$1" -eo pid,args 2>/dev/null | grep -c 'nginx: worker')" -ge 2 ]; do
    tries=$((tries + 1)); [ $tries -lt 50 ] || return 1; sleep 0.2
  done
  sleep 1; [ "$(docker inspect --format '{{.State.Running}} {{.RestartCount}}' "$1")" = 'true 0' ]
}
if has $name; then ! has $next || end $next; elif has $next; then docker rename $next $name; fi
case $(kind $name) in "$spec "$image) exec docker start $name >/dev/null ;; esac
has $name || { begin $name "$@"; exit; }
lossless
begin $next "$@" && stays $next || {
  echo "the new router does not stay up; the old one serves on" >&2
  docker logs --tail 5 $next >&2 2>&1; docker rm --force $next >/dev/null 2>&1; exit 1
}
end $name; docker rename $next $name
`.trim();

/** What counts as the router that is wanted: its settings and its image's name, or the very image too. */
export type Sameness = 'by-name' | 'by-digest';

/** How a router is made. */
export interface RouterShape {
  readonly home: string;
  readonly image: string;
  readonly facts: ImageFacts | undefined;
  readonly sameness: Sameness;
  /** How long the old one may end what it has open. */
  readonly endMs: number;
}

/**
 * Digest of what shapes the router container; another one means that it is made anew, which cuts TCP connections. So the
 * image counts by its name in the inventory: a tag that moved in the registry restarts no router by itself.
 */
export function routerSpec(image: string): string {
  return digestOf({ words: ['--name', ROUTER_NAME, ...routerWords('', '', image, undefined)] });
}

/** Creates, starts or swaps the router container; one that is as wanted is only started. Safe to run twice. */
export function routerLine({ home, image, facts, sameness, endMs }: RouterShape): string {
  const spec = routerSpec(image);
  const wanted = sameness === 'by-name' ? '*' : pinned(image, facts);
  const seconds = String(Math.ceil(endMs / 1000));
  const words = ['docker', 'run', ...routerWords(home, spec, image, facts)];
  return line('sh', '-c', SWAP_SCRIPT, ROUTER_NAME, spec, wanted, seconds, pinned(image, facts), ...words);
}

/**
 * The host's own `ip` and `iptables` are used through a read-only mount of its root, because the official nginx images
 * have neither. The mount lies under a folder that only root can enter, so nginx workers can not look into it.
 */
function routerWords(home: string, spec: string, image: string, facts: ImageFacts | undefined): string[] {
  return [
    ...[`--label=${LABEL.spec}=${spec}`, '--label=fleet.router=true'],
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

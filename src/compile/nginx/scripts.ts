/** The small scripts of the router: three run in its container, two on the host. POSIX sh, awk, iptables and docker only. */
import type { NetworkSettings } from '../../model/inventory.ts';
import { ROUTER_LOG, ROUTER_NAME } from '../../model/labels.ts';
import { internalRange } from '../desire/addresses.ts';

/**
 * First process of the router container: makes the VIP range local, sets the rules of the firewall, then runs both nginx
 * masters. HUP reloads HTTP, USR1 reloads TCP/UDP, TERM ends both after their requests. When a master dies the container
 * ends, and Docker starts it again. `digest` is of the other scripts: a host with older ones has other main files.
 */
export function startScript(network: NetworkSettings, digest: string): string {
  return `#!/bin/sh
# Written by fleet. Other scripts: ${digest}
host() { chroot /hostfs/root /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
host ip route replace local ${network.vipRange} dev lo || exit 1
sh /etc/nginx/fleet/guard.sh || exit 1
ulimit -S -n "$(ulimit -H -n)"
nginx -g 'daemon off;' -c /etc/nginx/fleet/http.conf & http=$!
nginx -g 'daemon off;' -c /etc/nginx/fleet/stream.conf & stream=$!
trap 'kill -HUP $http' HUP
trap 'kill -HUP $stream' USR1
trap 'kill -QUIT $http $stream; wait $http; wait $stream; exit 0' TERM QUIT
trap 'kill -TERM $http $stream; exit 0' INT
rounds=0
while kill -0 $http 2>/dev/null && kill -0 $stream 2>/dev/null; do
  sleep 2 & wait $!
  sh /etc/nginx/fleet/log.sh
  rounds=$((rounds + 1)); [ $((rounds % 15)) -ne 0 ] || sh /etc/nginx/fleet/guard.sh
done
kill -TERM $http $stream 2>/dev/null
exit 1
`;
}

/** The container has 64 MiB for what is in its memory; a router of 10,000 requests a second fills this in some seconds. */
const MOST_LOG_BYTES = 2_000_000;

/**
 * Router script `log.sh`, run in the container before nginx starts, every 2 s and by guard.sh, which containers of an older
 * start.sh run too: the log of requests begins anew when it is large, and says since when. nginx opens it to append, so it
 * goes on at the new end.
 */
export const LOG_SCRIPT = `#!/bin/sh
# Written by fleet.
first=; [ -f ${ROUTER_LOG} ] && read -r first < ${ROUTER_LOG}
case $first in cut*) [ "$(wc -c < ${ROUTER_LOG})" -ge ${MOST_LOG_BYTES} ] || exit 0 ;; esac
echo "cut|$(date +%s)" > ${ROUTER_LOG}
`;

/**
 * Router script `guard.sh`, run in the container at its start, when its settings change, and now and then, since a
 * firewall that is loaded again forgets it. From the services' subnets it closes the side door (a container that calls a
 * replica's host port, on this host or another one), and from the internal ones the way out. VIPs stay open to all, and
 * what is said between two containers is Docker's to allow. UDP and TCP alike; the way out is closed to all there is.
 */
export function guardScript({ vipRange, subnetRange, portRange }: NetworkSettings): string {
  const ports = portRange.join(':');
  return `#!/bin/sh
# Written by fleet.
host() { chroot /hostfs/root /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
sh /etc/nginx/fleet/log.sh
host iptables -w -n -L DOCKER-USER >/dev/null 2>&1 || host iptables -w -N DOCKER-USER
host iptables-restore -w --noflush <<RULES || exit 1
*filter
:FLEET - [0:0]
-A FLEET ! -s ${subnetRange} -j RETURN
-A FLEET -m conntrack --ctorigdst ${vipRange} -j RETURN
-A FLEET -m conntrack --ctorigdst ${subnetRange} -j RETURN
-A FLEET -p tcp -m conntrack --ctstate NEW --ctorigdstport ${ports} -j REJECT
-A FLEET -p udp -m conntrack --ctstate NEW --ctorigdstport ${ports} -j REJECT
-A FLEET -s ${internalRange(subnetRange)} -m conntrack --ctstate NEW -j REJECT
COMMIT
RULES
for chain in DOCKER-USER INPUT; do
  host iptables -w -C $chain -j FLEET 2>/dev/null || host iptables -w -I $chain -j FLEET || exit 1
done
`;
}

/**
 * Finds the nginx masters of the router and their workers: "pid title" per line. The host's own process list is asked,
 * because a docker command costs ten times as much; where it hides root's processes (hidepid), Docker is asked.
 */
const WORKERS = `
master_of() { pgrep -o -f "nginx: master process .*fleet/$1[.]conf"; }
top_of() { docker top ${ROUTER_NAME} -eo pid,ppid,args; }
workers_of() {
  if master=$(master_of "$1"); then pgrep -a -P "$master"; return; fi
  top_of | awk -v conf="fleet/$1.conf" '
    /nginx: master process/ && index($0, conf) { master = $1 }
    /nginx: worker process/ { parent[$1] = $2; pid = $1; $1 = $2 = ""; title[pid] = $0; order[++count] = pid }
    END { for (i = 1; i <= count; i++) if (parent[order[i]] == master) print order[i] title[order[i]] }'
}`;

/**
 * Host script `reload.sh http|stream`: tells that master to reload and returns when a new worker is there and no old
 * one accepts any more. nginx itself says nothing about success, so its workers are looked at.
 */
export const RELOAD_SCRIPT = `#!/bin/sh
# Written by fleet. Usage: reload.sh http|stream${WORKERS}
old=$(workers_of "$1" | awk '{ printf "%s ", $1 }')
[ -n "$old" ] || { echo "no nginx for $1 in ${ROUTER_NAME}" >&2; exit 1; }
signal=HUP; [ "$1" = stream ] && signal=USR1
docker kill --signal $signal ${ROUTER_NAME} >/dev/null || exit 1
tries=0
while [ $tries -lt 140 ]; do
  sleep 0.05
  if workers_of "$1" | awk -v old="$old" '
    BEGIN { count = split(old, list, " "); for (i = 1; i <= count; i++) was[list[i]] = 1 }
    /worker process/ { if (!($1 in was)) fresh = 1; else if (!/shutting down/) stale = 1 }
    END { exit !(fresh && !stale) }'; then exit 0; fi
  tries=$((tries + 1))
done
echo "nginx ($1) did not take the new files:" >&2
docker logs --tail 5 ${ROUTER_NAME} >&2 2>&1
exit 1
`;

/**
 * Host script `drain.sh SECONDS`: returns when the HTTP workers that were shutting down at its start are gone. nginx
 * ends them itself at worker_shutdown_timeout; SECONDS is a little more than that.
 */
export const DRAIN_SCRIPT = `#!/bin/sh
# Written by fleet. Usage: drain.sh SECONDS${WORKERS}
leaving() { workers_of http | awk '/shutting down/ { printf "%s ", $1 }'; }
first=" $(leaving)"
rounds=$(($1 * 5))
while [ $rounds -gt 0 ]; do
  left=
  for pid in $(leaving); do case $first in *" $pid "*) left="$left $pid" ;; esac; done
  [ -n "$left" ] || exit 0
  sleep 0.2
  rounds=$((rounds - 1))
done
echo "old nginx workers are still there:$left" >&2
exit 1
`;

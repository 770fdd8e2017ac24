/** The three small scripts of the router: one runs in its container, two on the host. POSIX sh, awk and docker only. */
import type { NetworkSettings } from '../../model/inventory.ts';
import { ROUTER_NAME } from '../../model/labels.ts';

/**
 * First process of the router container: makes the VIP range local, closes the side door (a container calling another
 * host's replica port directly), then runs both nginx masters. HUP reloads HTTP, USR1 reloads TCP/UDP, TERM ends both
 * after their requests. When a master dies the container ends, and Docker starts it again.
 */
export function startScript(network: NetworkSettings, scriptsDigest: string): string {
  const [first, last] = network.portRange;
  const rule = `DOCKER-USER -s ${network.subnetRange} -p tcp -m conntrack --ctorigdstport ${first}:${last} --ctstate NEW -j REJECT`;
  return `#!/bin/sh
# Written by fleet. Host scripts: ${scriptsDigest}
host() { chroot /hostfs/root /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
host ip route replace local ${network.vipRange} dev lo || exit 1
host iptables -w -n -L DOCKER-USER >/dev/null 2>&1 || host iptables -w -N DOCKER-USER
host iptables -w -C ${rule} 2>/dev/null || host iptables -w -I ${rule} || exit 1
ulimit -S -n "$(ulimit -H -n)"
nginx -g 'daemon off;' -c /etc/nginx/fleet/http.conf & http=$!
nginx -g 'daemon off;' -c /etc/nginx/fleet/stream.conf & stream=$!
trap 'kill -HUP $http' HUP
trap 'kill -HUP $stream' USR1
trap 'kill -QUIT $http $stream; wait $http; wait $stream; exit 0' TERM QUIT
trap 'kill -TERM $http $stream; exit 0' INT
while kill -0 $http 2>/dev/null && kill -0 $stream 2>/dev/null; do sleep 2 & wait $!; done
kill -TERM $http $stream 2>/dev/null
exit 1
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

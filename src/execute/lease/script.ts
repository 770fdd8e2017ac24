/** The lease on one keeper: a small file that is read, checked and written under a lock, by the keeper's own clock. */
import { line } from '../../model/quote.ts';

/** Who wants or has the lease. */
export interface LeaseOwner {
  /** For people: ann@laptop. */
  readonly by: string;
  /** Name of the machine that fleet runs on. */
  readonly host: string;
  readonly pid: number;
  /** Id of that machine's boot, where it has one: a pid means nothing after a reboot. */
  readonly boot?: string;
}

/** The content of lease.json. */
export interface LeaseHolder extends LeaseOwner {
  readonly id: string;
  /** Grows by one at least with each new holder. */
  readonly fence: number;
  /** Epoch milliseconds by the keeper's clock, to the second. Not to be compared with our clock. */
  readonly at: number;
  readonly expires: number;
}

/**
 * What a keeper is asked. "take" also takes what is expired, and what `over` has; "renew" and "drop" touch only our
 * own; "clear-expired" and "clear" take it from whoever has it.
 */
export type LeaseVerb = 'read' | 'take' | 'renew' | 'drop' | 'clear-expired' | 'clear';

/** One question to one keeper. */
export interface LeaseRequest {
  readonly verb: LeaseVerb;
  readonly app: string;
  /** Our own id; "-" where it does not matter. */
  readonly id: string;
  /** Id of a holder known to be dead. */
  readonly over?: string;
  /** Fence to begin with at least. */
  readonly fence?: number;
  readonly ttlMs: number;
  readonly owner?: LeaseOwner;
}

/** What a keeper answered: the state after the request, its clock, and whose lease it has (or had, when cleared). */
export interface LeaseReply {
  readonly state: 'free' | 'held' | 'taken' | 'lost' | 'dropped';
  readonly now: number;
  readonly holder?: LeaseHolder;
}

/**
 * Epoch milliseconds are seconds with three zeros: a POSIX `date` has no finer ones. What the shell can do itself it
 * does: each program that it starts would cost a busy keeper some milliseconds per heartbeat.
 */
const SCRIPT = `
set -u; umask 077
verb=$1 folder=$HOME/.fleet/$2 id=$3 over=$4 fence=$5 ttl=$6 owner=$7
file=$folder/lease.json text= holder= held=0 since=0 until=0
say() { printf '%s %s\\n%s\\n' "$1" "$now" "$2"; exit 0; }
number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
parse() {
  rest=\${text#'{"id":"'}; [ "$rest" != "$text" ] || return 0
  found=\${rest%%'"'*}
  case $found in '' | *[!0-9a-f-]*) return 0 ;; esac
  held=\${rest#*'"fence":'}; held=\${held%%,*}
  since=\${rest#*'"at":'}; since=\${since%%,*}
  until=\${rest#*'"expires":'}; until=\${until%%,*}
  case $text in *'}') ;; *) return 0 ;; esac
  if number "$held" && number "$since" && number "$until"; then holder=$found; fi
}
if [ "$verb" = read ]; then
  now=$(date +%s)000
  read -r text 2>/dev/null <"$file" || say free ''
  say held "$text"
fi
[ -d "$folder" ] || mkdir -p "$folder" || exit 70
exec 9>"$folder/.lease.lock" || exit 70
flock -w 3 9 || exit 75
now=$(date +%s)000
if [ -f "$file" ]; then read -r text <"$file"; fi
parse
keep() {
  text='{"id":"'$id'","fence":'$fence',"at":'$since',"expires":'$((now + ttl))','$owner
  printf '%s\\n' "$text" >"$file.tmp" && mv -f "$file.tmp" "$file" || exit 73
  say taken "$text"
}
live() { [ -n "$holder" ] && [ "$until" -gt "$now" ]; }
case $verb in
take)
  if [ "$holder" = "$id" ]; then fence=$held; keep; fi
  if live && [ "$holder" != "$over" ]; then say held "$text"; fi
  last=0
  if [ -f "$folder/.lease.fence" ]; then read -r last <"$folder/.lease.fence"; fi
  number "$last" || last=0
  if [ "$fence" -le "$last" ]; then fence=$((last + 1)); fi
  printf '%s\\n' "$fence" >"$folder/.lease.fence" || exit 73
  since=$now; keep ;;
renew)
  if [ "$holder" != "$id" ]; then say lost "$text"; fi
  fence=$held; keep ;;
drop) if [ "$holder" != "$id" ]; then say lost "$text"; fi ;;
clear-expired) if live; then say held "$text"; fi ;;
esac
rm -f "$file" || exit 73
say dropped "$text"
`.trim();

/** The line that asks a keeper. It takes well under a second and is safe to send twice. */
export function leaseLine(request: LeaseRequest): string {
  const { verb, app, id, over = '-', fence = 0, ttlMs, owner } = request;
  const written = owner === undefined ? '}' : JSON.stringify(owner).slice(1);
  return line('sh', '-c', SCRIPT, 'fleet-lease', verb, app, id, over, String(fence), String(ttlMs), written);
}

/** Reads a keeper's answer; undefined when it is none (a shell that greets, a full disk). */
export function parseReply(stdout: string): LeaseReply | undefined {
  const [first = '', text = ''] = stdout.split('\n');
  const match = /^(free|held|taken|lost|dropped) (\d+)$/.exec(first);
  if (match === null) return undefined;
  const holder = parseHolder(text);
  const state = match[1] as LeaseReply['state'];
  // A half-written file is nobody's lease.
  const told = state === 'held' && holder === undefined ? 'free' : state;
  return { state: told, now: Number(match[2]), ...(holder === undefined ? {} : { holder }) };
}

function parseHolder(text: string): LeaseHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LeaseHolder {
  if (typeof value !== 'object' || value === null) return false;
  const has = value as Record<string, unknown>;
  const texts = ['id', 'by', 'host'].every((key) => typeof has[key] === 'string');
  return texts && ['fence', 'at', 'expires', 'pid'].every((key) => typeof has[key] === 'number');
}

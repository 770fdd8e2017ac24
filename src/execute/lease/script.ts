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

/** Epoch milliseconds are seconds with three zeros: a POSIX `date` has no finer ones. */
const SCRIPT = `
set -u; umask 077
verb=$1 folder=$HOME/.fleet/$2 id=$3 over=$4 fence=$5 ttl=$6 owner=$7
file=$folder/lease.json
say() { printf '%s %s\\n%s\\n' "$1" "$now" "$2"; exit 0; }
now=$(date +%s)000
if [ "$verb" = read ]; then
  text=$(cat "$file" 2>/dev/null) || say free ''
  say held "$text"
fi
mkdir -p "$folder" || exit 70
exec 9>"$folder/.lease.lock" || exit 70
flock -w 5 9 || exit 75
now=$(date +%s)000
text=$(cat "$file" 2>/dev/null)
field() {
  printf '%s' "$text" |
    sed -n 's/^{"id":"\\([0-9a-f-]*\\)","fence":\\([0-9]*\\),"at":\\([0-9]*\\),"expires":\\([0-9]*\\),.*}$/\\'"$1"'/p'
}
holder=$(field 1) at=$now
keep() {
  text='{"id":"'$id'","fence":'$fence',"at":'$at',"expires":'$((now + ttl))','$owner
  printf '%s\\n' "$text" >"$file.tmp" && mv -f "$file.tmp" "$file" || exit 73
  say taken "$text"
}
live() { [ -n "$holder" ] && [ "$(field 4)" -gt "$now" ]; }
case $verb in
take)
  if [ "$holder" = "$id" ]; then at=$(field 3) fence=$(field 2); keep; fi
  if live && [ "$holder" != "$over" ]; then say held "$text"; fi
  last=$(cat "$folder/.lease.fence" 2>/dev/null)
  case $last in '' | *[!0-9]*) last=0 ;; esac
  if [ "$fence" -le "$last" ]; then fence=$((last + 1)); fi
  printf '%s\\n' "$fence" >"$folder/.lease.fence" || exit 73
  keep ;;
renew)
  if [ "$holder" != "$id" ]; then say lost "$text"; fi
  at=$(field 3) fence=$(field 2); keep ;;
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

/** The audit log of an app: what stands in a line, and how a keeper appends one. */
import type { HostsIntent } from './hosts.ts';
import type { Intent, Plan } from './plan.ts';
import { line } from './quote.ts';

/** What was done: an intent, its small form "repair", something that is no plan, or what a watcher saw. */
export type AuditWhat =
  | Intent['kind']
  | Exclude<HostsIntent['kind'], 'mark'>
  | 'cordon'
  | 'uncordon'
  | 'repair'
  | 'unlock'
  | 'watch';

/** How it ended; "seen" is for what was only noticed. */
export type AuditResult = 'done' | 'failed' | 'interrupted' | 'seen';

/** One happening, as all keepers have it. */
export interface AuditEntry {
  /** The same on all keepers; no other happening has it. */
  readonly id: string;
  /** Epoch milliseconds by the recording machine's clock. */
  readonly at: number;
  /** ann@laptop: who, and from which machine. */
  readonly by: string;
  readonly app: string;
  readonly what: AuditWhat;
  /** Digest of the plan; absent for what is no plan. */
  readonly plan?: string;
  readonly release?: number;
  /** The release before it. */
  readonly previous?: number;
  readonly result: AuditResult;
  /** For people: "start web.7.1@vm2 failed, 5 steps taken back". */
  readonly detail?: string;
}

/** The log of one app as one keeper has it. */
export interface AuditLog {
  readonly keeper: string;
  readonly app: string;
  /** Number of the first line that was read, from 1. */
  readonly first: number;
  /** Without their newlines, oldest first. */
  readonly lines: readonly string[];
}

/** The logs of all apps on all keepers, as far as they answered. */
export interface AuditLogs {
  /** Keepers that answered, sorted; one without any log is here too. */
  readonly keepers: readonly string[];
  readonly silent: readonly { readonly keeper: string; readonly message: string }[];
  readonly logs: readonly AuditLog[];
}

/**
 * Reads one line of JSON that begins with its id, puts the SHA-256 of the line before it in front ("" for the first),
 * and the address that sshd saw the caller come from; then appends it. The lock is on the log itself, so that nothing
 * else lies beside it. A line that is there already is not written again; one that a power loss cut off is ended first.
 */
const SCRIPT = `
set -u; umask 077
folder=$HOME/.fleet/$1
log=$folder/audit.log
[ -d "$folder" ] || mkdir -p "$folder" || exit 70
IFS= read -r text || [ -n "$text" ] || exit 65
exec 9>>"$log" || exit 70
flock -w 3 9 || exit 75
id=\${text#*'"id":"'}; id=\${id%%'"'*}
if tail -n 100 "$log" | grep -qF '"id":"'"$id"'"'; then exit 0; fi
prev=
if [ -s "$log" ]; then
  [ -z "$(tail -c 1 "$log")" ] || echo >&9
  prev=$(tail -n 1 "$log" | tr -d '\\n' | sha256sum) || exit 70
  prev=\${prev%% *}
fi
seen=\${SSH_CONNECTION:-}; seen=\${seen%% *}
case $seen in *[!0-9a-fA-F.:]*) seen= ;; esac
printf '{"prev":"%s","seen":"%s",%s\\n' "$prev" "$seen" "\${text#?}" >&9 || exit 73
`.trim();

/** The line that appends what it reads from standard input; see `auditInput`. Safe to send twice. */
export function auditLine(app: string): string {
  return line('sh', '-c', SCRIPT, 'fleet-audit', app);
}

/** The entry as a keeper reads it: one line, its id first. */
export function auditInput({ id, ...entry }: AuditEntry): string {
  return `${JSON.stringify({ id, ...entry })}\n`;
}

/** What a plan is called in the log: a deploy that makes no new release is a repair, a mark is what people type. */
export function whatOf({ intent, release, previous }: Pick<Plan, 'intent' | 'release' | 'previous'>): AuditWhat {
  if (intent.kind === 'mark') return ({ cordoned: 'cordon', drained: 'drain', none: 'uncordon' } as const)[intent.as];
  return intent.kind === 'deploy' && release === previous ? 'repair' : intent.kind;
}

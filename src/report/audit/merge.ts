/** The audit logs of all keepers as one, and where they do not agree. Pure. */
import type { AuditEntry, AuditLog, AuditLogs } from '../../model/audit.ts';
import { formatTime } from '../units.ts';
import { type AuditLine, type AuditProblem, contentOf, isOldId, linesOf, linkProblems } from './chain.ts';

/** A happening, with who has it. */
export interface Happening extends AuditEntry {
  /** The address that a keeper saw the caller come from; "" when unknown. */
  readonly seen: string;
  /** Keepers whose log has it, sorted. */
  readonly keepers: readonly string[];
}

/** What all keepers tell together. */
export interface AuditHistory {
  /** Newest last. */
  readonly entries: readonly Happening[];
  readonly problems: readonly AuditProblem[];
}

/** One log, read. */
interface Read extends AuditLog {
  readonly read: readonly AuditLine[];
  /** Entries before this time were not read; their absence tells nothing. */
  readonly since: number;
}

/** Merges by id. Of the times that keepers wrote the first one counts. */
export function mergeAudit({ keepers, silent, logs }: AuditLogs): AuditHistory {
  const unread = silent.map(
    ({ keeper, message }): AuditProblem => ({ kind: 'silent', keeper, app: '', message: `was not read: ${message}` }),
  );
  const apps = [...new Set(logs.map(({ app }) => app))].sort();
  const merged = apps.map((app) => mergeApp(keepers.map((keeper) => readLog(logs, keeper, app))));
  return {
    entries: merged.flatMap(({ entries }) => entries).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    problems: [...unread, ...merged.flatMap(({ problems }) => problems)],
  };
}

/** A keeper without the log has an empty one. */
function readLog(logs: readonly AuditLog[], keeper: string, app: string): Read {
  const log = logs.find((one) => one.keeper === keeper && one.app === app) ?? { keeper, app, first: 1, lines: [] };
  const read = linesOf(log);
  const oldest = read.find(({ entry }) => entry !== undefined)?.entry?.at ?? 0;
  return { ...log, read, since: log.first === 1 ? 0 : oldest };
}

function mergeApp(logs: readonly Read[]): AuditHistory {
  const found = new Map<string, { readonly log: Read; readonly line: AuditLine; readonly entry: AuditEntry }[]>();
  for (const log of logs) {
    for (const line of log.read) {
      const { entry } = line;
      if (entry !== undefined) found.set(entry.id, [...(found.get(entry.id) ?? []), { log, line, entry }]);
    }
  }
  const entries = [...found.values()].flatMap((copies): Happening[] => {
    const [first] = [...copies].sort((a, b) => a.entry.at - b.entry.at);
    if (first === undefined) return [];
    const seen = copies.find(({ line }) => line.seen !== '')?.line.seen ?? '';
    return [{ ...first.entry, seen, keepers: [...new Set(copies.map(({ log }) => log.keeper))].sort() }];
  });
  const told = [...found.values()].flatMap((copies) => {
    const [first, ...others] = copies;
    const other = others.find(({ entry }) => first !== undefined && contentOf(entry) !== contentOf(first.entry));
    return first === undefined || other === undefined ? [] : [difference(first, other)];
  });
  return { entries, problems: [...logs.flatMap((log) => linkProblems(log)), ...told, ...gaps(logs, entries)] };
}

interface Copy {
  readonly log: Read;
  readonly line: AuditLine;
}

function difference({ log, line }: Copy, other: Copy): AuditProblem {
  const message = `is not what ${other.log.keeper} has of the same happening in its line ${other.line.number}`;
  return { kind: 'differs', keeper: log.keeper, app: log.app, line: line.number, message };
}

/** One for each keeper that lacks something. Lines of old have no ids, so their absence is not told. */
function gaps(logs: readonly Read[], entries: readonly Happening[]): AuditProblem[] {
  return logs.flatMap(({ keeper, app, since }): AuditProblem[] => {
    const missing = entries
      .filter(({ id, at, keepers }) => !isOldId(id) && at >= since && !keepers.includes(keeper))
      .sort((a, b) => a.at - b.at);
    const [first] = missing;
    if (first === undefined) return [];
    const more = missing.length === 1 ? '' : ` and ${missing.length - 1} more`;
    const release = first.release === undefined ? '' : ` release ${first.release}`;
    const message = `lacks what others have: ${first.what}${release} of ${formatTime(first.at)}${more}`;
    return [{ kind: 'gap', keeper, app, message }];
  });
}

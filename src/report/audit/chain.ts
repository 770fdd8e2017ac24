/** One keeper's audit log: its lines read, and each held against the line before it. Pure. */
import type { AuditEntry, AuditLog, AuditResult } from '../../model/audit.ts';
import { sha256 } from '../../model/digest.ts';

/** A line as it stands there. */
export interface AuditLine {
  readonly number: number;
  /** SHA-256 of the line before it, as the line says; absent in lines of old and in what is no line of fleet's. */
  readonly prev?: string;
  /** The address that sshd saw the caller come from; "" when unknown. */
  readonly seen: string;
  /** Absent when the line can not be read. */
  readonly entry?: AuditEntry;
}

/** Something about a log that should not be. */
export interface AuditProblem {
  /**
   * "broken": a line, or its place, was changed by hand. "fork": two lines follow the same one. "gap": others have what
   * it has not. "differs": keepers tell the same happening differently. "unreadable": no line of fleet's. "silent": not read.
   */
  readonly kind: 'broken' | 'fork' | 'gap' | 'differs' | 'unreadable' | 'silent';
  readonly keeper: string;
  /** "" when it is about all apps. */
  readonly app: string;
  /** Number of the line, from 1. */
  readonly line?: number;
  readonly message: string;
}

/** The lines of the log. Those of old have no id: alike ones are counted, so that keepers' copies of one meet. */
export function linesOf({ lines, first }: AuditLog): AuditLine[] {
  const met = new Map<string, number>();
  return lines.map((text, index) => {
    const value = parseObject(text);
    const number = first + index;
    if (value === undefined) return { number, seen: '' };
    const { prev, seen = '', ...rest } = value;
    const entry = entryOf(rest, met);
    return {
      number,
      ...(typeof prev === 'string' ? { prev } : {}),
      seen: typeof seen === 'string' ? seen : '',
      ...(entry === undefined ? {} : { entry }),
    };
  });
}

/** What is wrong with the links of the log, line by line. Lines of old at its beginning have none. */
export function linkProblems(log: AuditLog): AuditProblem[] {
  const { keeper, app, first } = log;
  const read = linesOf(log);
  const digests = log.lines.map((text) => sha256(text));
  const chained = read.findIndex(({ prev }) => prev !== undefined);
  return read.flatMap(({ number, prev, entry }, index): AuditProblem[] => {
    const at = { keeper, app, line: number };
    if (entry === undefined)
      return [{ kind: 'unreadable', ...at, message: 'is no line of fleet: half written, or changed' }];
    if (chained === -1 || index < chained) return [];
    if (prev === undefined) return [{ kind: 'broken', ...at, message: 'has no link to the line before it' }];
    if (index === 0) {
      const isCut = first === 1 && prev !== '';
      return isCut
        ? [{ kind: 'broken', ...at, message: 'is the first one and follows another: lines before it are gone' }]
        : [];
    }
    if (prev === digests[index - 1]) return [];
    const earlier = digests.slice(0, index).indexOf(prev);
    if (earlier !== -1) {
      const message = `follows line ${first + earlier}, as line ${first + earlier + 1} does: a fork`;
      return [{ kind: 'fork', ...at, message }];
    }
    const message = `was changed, or lines behind it were taken out: line ${number} follows another`;
    return [{ kind: 'broken', keeper, app, line: number - 1, message }];
  });
}

/** The digest of what all keepers should tell alike: not when the line was written, and nothing of its place. */
export function contentOf({ at: _, ...entry }: AuditEntry): string {
  return JSON.stringify(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Data = Readonly<Record<string, unknown>>;

function parseObject(text: string): Data | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
  } catch {
    return undefined;
  }
}

const RESULTS: readonly AuditResult[] = ['done', 'failed', 'interrupted', 'seen'];

/** Undefined for what has no time or nothing that was done. Words of newer fleets stay as they are. */
function entryOf(value: Data, met: Map<string, number>): AuditEntry | undefined {
  const { at, by, app, what, plan, release, previous, detail } = value;
  if (typeof at !== 'number' || typeof by !== 'string' || typeof app !== 'string' || typeof what !== 'string')
    return undefined;
  return {
    id: typeof value.id === 'string' && ID.test(value.id) ? value.id : oldId(value, met),
    at,
    by,
    app,
    what: what as AuditEntry['what'],
    ...(typeof plan === 'string' ? { plan } : {}),
    ...(typeof release === 'number' ? { release } : {}),
    ...(typeof previous === 'number' ? { previous } : {}),
    result: RESULTS.find((result) => result === value.result) ?? 'done',
    ...(typeof detail === 'string' ? { detail } : {}),
  };
}

/** What appending gives out; see model/audit.ts. */
const ID = /^[0-9A-Za-z-]{1,64}$/;

/** Whether a line of old, which had no id, was given this one here. */
export function isOldId(id: string): boolean {
  return !ID.test(id);
}

function oldId({ at: _, ...rest }: Data, met: Map<string, number>): string {
  const text = JSON.stringify(rest);
  const count = (met.get(text) ?? 0) + 1;
  met.set(text, count);
  return `${text} ${count}`;
}

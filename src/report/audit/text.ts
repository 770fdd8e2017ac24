/** The audit log as a table, and what is wrong with it in sentences. */
import type { AuditResult } from '../../model/audit.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { type Cell, formatTable } from '../table.ts';
import { formatTime } from '../units.ts';
import type { AuditProblem } from './chain.ts';
import type { Happening } from './merge.ts';

const HEADINGS = ['WHEN', 'WHO', 'FROM', 'APP', 'WHAT', 'RELEASE', 'PLAN', 'RESULT', 'DETAIL'];

/** Oldest first. Ends with a newline. */
export function formatAudit(entries: readonly Happening[], palette: Palette): string {
  if (entries.length === 0) return 'nothing is in the audit log\n';
  const rows = entries.map((entry) => cellsOf(entry, palette));
  return `${formatTable(HEADINGS, rows, palette).join('\n')}\n`;
}

/** One line for each, after what kind of trouble it is; "" when there is none. */
export function formatAuditProblems(problems: readonly AuditProblem[], palette: Palette): string {
  return problems
    .map(({ kind, keeper, app, line, message }) => {
      const place = [keeper, ...(app === '' ? [] : [app]), ...(line === undefined ? [] : [`line ${line}`])].join(' ');
      return `${palette.yellow(`${kind}:`)} ${printableLine(`${place} ${message}`)}\n`;
    })
    .join('');
}

function cellsOf(entry: Happening, palette: Palette): Cell[] {
  const { who, machine } = origin(entry.by);
  const from = [machine, entry.seen === '' ? '' : `(${entry.seen})`].filter((word) => word !== '').join(' ');
  return [
    formatTime(entry.at),
    who,
    orDash(from),
    entry.app,
    entry.what,
    releaseWords(entry),
    orDash(entry.plan ?? ''),
    { text: entry.result, paint: paintOf(entry.result, palette) },
    orDash(entry.detail ?? ''),
  ];
}

/** "ann@laptop": a user's name may have an @, a machine's has none. */
function origin(by: string): { readonly who: string; readonly machine: string } {
  const at = by.lastIndexOf('@');
  return at === -1 ? { who: by, machine: '' } : { who: by.slice(0, at), machine: by.slice(at + 1) };
}

/** "6 -> 7"; the number alone where it stays; a removal has none. */
function releaseWords({ release = 0, previous = release }: Happening): string {
  if (release === 0) return '-';
  return previous === release || previous === 0 ? String(release) : `${previous} -> ${release}`;
}

function paintOf(result: AuditResult, palette: Palette): (text: string) => string {
  switch (result) {
    case 'done':
      return palette.green;
    case 'failed':
    case 'interrupted':
      return palette.red;
    case 'seen':
      return palette.cyan;
    default:
      return result satisfies never;
  }
}

function orDash(text: string): string {
  return text === '' ? '-' : text;
}

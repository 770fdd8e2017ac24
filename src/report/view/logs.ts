/** Log lines of many replicas in one stream: coloured names in front, in order of time where all are known. */
import type { Palette } from '../palette.ts';
import { compareText } from '../plan/facts.ts';
import { printable } from '../printable.ts';

/** One line that a replica wrote. */
export interface LogLine {
  /** backend.7.2 */
  readonly replica: string;
  readonly host: string;
  /** RFC 3339 with nanoseconds, as Docker writes it; "" when the line has none. */
  readonly time: string;
  readonly text: string;
}

/** What stands between a name and Docker's own line, see `parseLogLine`. */
const NAMED = /^(\S+) (?:(\d{4}-\d\d-\d\dT\S+) ?)?(.*)$/s;

/** Reads "NAME TIME TEXT". Undefined for a line without a name. */
export function parseLogLine(host: string, line: string): LogLine | undefined {
  const [, replica, time = '', text = ''] = NAMED.exec(line) ?? [];
  return replica === undefined ? undefined : { replica, host, time, text };
}

/** Lines by time; equal times by replica, and in the order they were written. */
export function mergeLogLines(lines: readonly LogLine[]): LogLine[] {
  return [...lines].sort(
    (left, right) => compareText(left.time, right.time) || compareText(left.replica, right.replica),
  );
}

/** "backend.7.2@vm3 | text": the same colour for the same replica each time. */
export function formatLogLine(line: LogLine, view: { palette: Palette; nameWidth: number }): string {
  const name = `${line.replica}@${line.host}`.padEnd(view.nameWidth);
  return `${colourOf(line.replica, view.palette)(name)} | ${printable(line.text).trimEnd()}`;
}

function colourOf(name: string, palette: Palette): (text: string) => string {
  const colours = [palette.cyan, palette.green, palette.yellow, palette.magenta, palette.blue, palette.cyanBright];
  const sum = [...name].reduce((total, sign) => total + (sign.codePointAt(0) ?? 0), 0);
  return colours[sum % colours.length] ?? palette.cyan;
}

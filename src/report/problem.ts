/** Problems as a compiler prints them: what, where in which file, what was expected, what to type next. */
import { FleetError, FleetErrors, type Location, type Related } from '../model/error.ts';
import type { Palette } from './palette.ts';
import { indent, printable, printableLine } from './printable.ts';
import { count } from './units.ts';

/** A source line that is longer is cut on a terminal and left out of JSON: nobody reads a megabyte. */
const LONGEST_LINE = 400;
/** How much of a long line is shown before and behind its column. */
const AROUND = 60;

/** A message is never longer: what it quotes may be a megabyte. */
const LONGEST_TEXT = 1000;
const MOST_NOTES = 30;
/** More problems than anybody reads at once; the others are counted, and --json has them all. */
const MOST_SHOWN = 100;

/** A problem as plain data, for `--json`. */
export interface ProblemRecord {
  readonly code: string;
  /** Warnings are sentences beside the problems; a problem is always an error. */
  readonly severity: 'error';
  readonly message: string;
  readonly hint?: string;
  readonly expected?: string;
  readonly location?: PlaceRecord;
  readonly notes: readonly string[];
  /** The other places of a conflict. */
  readonly related: readonly { readonly message: string; readonly location: PlaceRecord }[];
}

/** A place as editors mark it: columns count from 1, `endColumn` is the first one behind the marked text. */
export interface PlaceRecord extends Location {
  readonly endColumn: number;
}

/** All problems that an error carries; undefined when it is none of ours. */
export function problemsOf(error: unknown): readonly FleetError[] | undefined {
  if (error instanceof FleetErrors) return error.problems;
  return error instanceof FleetError ? [error] : undefined;
}

/** The problem without its class. */
export function problemRecord(problem: FleetError): ProblemRecord {
  return {
    code: problem.code,
    severity: 'error',
    message: cut(problem.message),
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.expected === undefined ? {} : { expected: problem.expected }),
    ...(problem.location === undefined ? {} : { location: placeRecord(problem.location) }),
    notes: problem.notes,
    related: problem.related.map(({ message, location }) => ({ message, location: placeRecord(location) })),
  };
}

function placeRecord({ text, ...place }: Location): PlaceRecord {
  const line = text === undefined || text.length > LONGEST_LINE ? {} : { text };
  return { ...place, ...line, endColumn: place.column + (place.length ?? 1) };
}

/** Problems one below the other, and how many when there is more than one. Ends with a newline. */
export function formatProblems(problems: readonly FleetError[], palette: Palette): string {
  const blocks = problems.slice(0, MOST_SHOWN).map((problem) => formatProblem(problem, palette).join('\n'));
  const rest = problems.length > MOST_SHOWN ? `; the first ${MOST_SHOWN} are shown` : '';
  if (problems.length > 1) blocks.push(`${count(problems.length, 'problem')}${rest}`);
  return `${blocks.join('\n\n')}\n`;
}

/** One problem as lines. */
function formatProblem(problem: FleetError, palette: Palette): string[] {
  const lines = [`${palette.red.bold(`error[${problem.code}]`)}: ${palette.bold(printableLine(cut(problem.message)))}`];
  if (problem.location !== undefined) lines.push(...excerpt(problem.location, problem.expected, palette));
  else if (problem.expected !== undefined) lines.push(`  expected: ${printableLine(problem.expected)}`);
  for (const related of problem.related) lines.push(...relatedLines(related, palette));
  for (const note of problem.notes.slice(0, MOST_NOTES)) lines.push(...indent(cut(note), '  '));
  if (problem.notes.length > MOST_NOTES) lines.push(`  … ${problem.notes.length - MOST_NOTES} more`);
  if (problem.hint !== undefined) lines.push(...hintLines(problem.hint, palette));
  return lines;
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/** The other place of a conflict, with its own source line. */
function relatedLines({ location, message }: Related, palette: Palette): string[] {
  return excerpt(location, message, palette);
}

/** "hint: …", further lines below its first word. */
export function hintLines(hint: string, palette: Palette): string[] {
  const [first = '', ...rest] = indent(hint, '');
  return [`  ${palette.cyan('hint:')} ${first}`, ...rest.map((line) => `        ${line}`)];
}

function excerpt(whole: Location, expected: string | undefined, palette: Palette): string[] {
  const place = `${printableLine(whole.file)}:${whole.line}:${whole.column}`;
  const location = shortened(whole);
  if (location.text === undefined) {
    const lines = [`  ${palette.blue('-->')} ${place}`];
    return expected === undefined ? lines : [...lines, `  expected: ${printableLine(expected)}`];
  }
  const number = String(location.line);
  const gutter = ' '.repeat(number.length);
  const bar = palette.blue('|');
  const carets = palette.red(underline(location));
  const said = expected === undefined ? '' : ` ${palette.red(printableLine(expected))}`;
  return [
    `${gutter}${palette.blue('-->')} ${place}`,
    `${gutter} ${bar}`,
    `${palette.blue(number)} ${bar} ${printable(location.text).trimEnd()}`,
    `${gutter} ${bar} ${margin(location)}${carets}${said}`,
  ];
}

/** A very long line as what stands around its column, so that the caret still stands below its word. */
function shortened(location: Location): Location {
  const { text = '', column } = location;
  if (text.length <= LONGEST_LINE) return location;
  const start = Math.max(0, column - 1 - AROUND);
  const end = column - 1 + 2 * AROUND;
  const [before, after] = [start === 0 ? '' : '…', end >= text.length ? '' : '…'];
  return { ...location, text: `${before}${text.slice(start, end)}${after}`, column: column - start + before.length };
}

/** Spaces as wide as what stands before the column; tabs stay tabs, so that the caret stays below its word. */
function margin(location: Location): string {
  return (location.text ?? '').slice(0, location.column - 1).replaceAll(/[^\t]/gu, ' ');
}

function underline(location: Location): string {
  const room = (location.text ?? '').trimEnd().length - location.column + 1;
  return '^'.repeat(Math.max(1, Math.min(location.length ?? 1, room)));
}

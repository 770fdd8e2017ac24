/** Tables of the bench as text and as Markdown. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { BenchTable, Cell } from './part.ts';

/** What came of one part. */
export interface BenchResult {
  readonly part: string;
  readonly question: string;
  /** The day of the measurement, as 2026-11-28. */
  readonly date: string;
  readonly machine: string;
  readonly tables: readonly BenchTable[];
}

/** Marks in README.md between which the tables stand. */
const MARKS = ['<!-- bench: made by npm run bench -->', '<!-- /bench -->'] as const;

/** This machine, in one line, with how busy it is now. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown cpu';
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} x ${model}, ${memory} GiB, Linux ${release()}, Node ${process.version}, load ${load}`;
}

/** The day, in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** The results with this one in the place of an earlier one of its part, in the order of the parts. */
export function withResult(
  results: readonly BenchResult[],
  result: BenchResult,
  order: readonly string[],
): readonly BenchResult[] {
  const all = [...results.filter(({ part }) => part !== result.part), result];
  return all.sort((left, right) => order.indexOf(left.part) - order.indexOf(right.part));
}

/** For a terminal. */
export function formatResult({ part, question, machine, tables }: BenchResult): string {
  const bodies = tables.map(({ title, columns, rows, notes }) => {
    const table = new Table({ head: [...columns], style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(wordOf));
    return [title, table.toString(), ...notes.map((note) => `  ${note}`)].join('\n');
  });
  return [`\n${part}: ${question}\n${machine}`, ...bodies].join('\n\n');
}

/** For README.md. */
export function markdownOf(results: readonly BenchResult[]): string {
  return results
    .map(({ question, date, machine, tables }) => {
      const bodies = tables.map(({ title, columns, rows, notes }) =>
        [
          `**${title}**`,
          '',
          line(columns),
          line(columns.map(() => '---')),
          ...rows.map((row) => line(row.map(wordOf))),
          ...notes.map((note) => `\n${note}`),
        ].join('\n'),
      );
      return [`### ${question}`, `${date}, ${machine}`, ...bodies].join('\n\n');
    })
    .join('\n\n');
}

/** The text with the tables between the two marks; it must have both. */
export function withTables(text: string, tables: string): string {
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from) throw new Error(`README.md has no ${MARKS[0]}`);
  return `${text.slice(0, from + MARKS[0].length)}\n\n${tables}\n\n${text.slice(to)}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Three significant digits are more than this machine can repeat. */
function wordOf(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'string') return cell;
  return Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(3)));
}

/** Tables without lines: a row of headings and columns two spaces apart. */
import Table from 'cli-table3';
import type { Palette } from './palette.ts';
import { printableLine } from './printable.ts';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Paints a cell after it was made safe; the default is as it stands. */
type Paint = (text: string) => string;

/** A cell: its text, and how it is painted. */
export type Cell = string | { readonly text: string; readonly paint: Paint };

/** The table as lines without spaces at their ends. No rows: only the headings. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  palette: Palette,
): string[] {
  const table = new Table({ chars: NO_LINES, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  table.push(headings.map((heading) => palette.dim(heading)));
  for (const row of rows) table.push(row.map(paint));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function paint(cell: Cell): string {
  if (typeof cell === 'string') return printableLine(cell);
  return cell.paint(printableLine(cell.text));
}

/** The difference of two releases for a terminal. */
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import type { PartDifference, ServiceDifference } from './diff.ts';

/** Which releases are compared. */
export interface DiffTitle {
  readonly app: string;
  readonly from: number;
  readonly to: number;
}

/** What is told of a service that came or went. */
const TELLING = new Set(['image', 'replicas', 'ports', 'networks']);

/** Longer values are cut: the whole of them is in --json. */
const WIDTH = 60;

/** One block a service. Ends with a newline. */
export function formatReleaseDiff(title: DiffTitle, services: readonly ServiceDifference[], palette: Palette): string {
  const { app, from, to } = title;
  const head = `${palette.cyan('fleet diff')}   ${palette.bold(printableLine(app))}   release ${from} -> ${to}`;
  if (services.length === 0) return `${head}\n\nthey ask for the same\n`;
  const blocks = services.map((service) => serviceLines(service, palette).join('\n'));
  return `${[head, ...blocks].join('\n\n')}\n`;
}

function serviceLines({ service, change, parts }: ServiceDifference, palette: Palette): string[] {
  const [sign, paint] = signOf(change, palette);
  const told = change === 'changed' ? parts : parts.filter(({ name }) => TELLING.has(name));
  const width = Math.max(0, ...told.map(({ name }) => printableLine(name).length));
  return [
    `${paint(sign)} ${palette.bold(printableLine(service))}`,
    ...told.map((part) => `    ${printableLine(part.name).padEnd(width)}  ${valueWords(part, change)}`.trimEnd()),
  ];
}

function signOf(change: ServiceDifference['change'], palette: Palette): [string, (text: string) => string] {
  switch (change) {
    case 'added':
      return ['+', palette.green];
    case 'removed':
      return ['-', palette.red];
    case 'changed':
      return ['~', palette.yellow];
    default:
      return change satisfies never;
  }
}

/** "info -> debug", "added: 1", "removed", "changed" where the values are nobody's business. */
function valueWords({ change, before, after }: PartDifference, service: ServiceDifference['change']): string {
  if (service !== 'changed') return short(after ?? before ?? '');
  if (before !== undefined && after !== undefined) return `${short(before)} -> ${short(after)}`;
  const value = after ?? before;
  return value === undefined ? change : `${change}: ${short(value)}`;
}

function short(value: string): string {
  const line = printableLine(value);
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}

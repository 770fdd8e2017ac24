/** What a plan does to each service, as lines: what starts, what stops, what stays, and why. */
import { shortName } from '../../model/labels.ts';
import type { Plan, ServiceChange } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { count } from '../units.ts';
import { type Gates, gatesOf, gateWords } from './facts.ts';

/** Columns that item lists are laid out in. */
const WIDTH = 110;

/** A column of reasons is at most so wide; longer reasons push the rest to the right. */
const REASON_WIDTH = 48;

/** The sign in front of a service. */
export const GLYPH = { create: '+', update: '~', repair: '~', remove: '-', none: '=' } as const;

/** All services: changed ones with their details, then the ones that stay, on one line. */
export function serviceLines(plan: Plan, palette: Palette): string[] {
  const changed = plan.services.filter((service) => service.change !== 'none');
  const names = Math.max(8, ...changed.map((service) => service.service.length));
  const reasons = Math.min(REASON_WIDTH, Math.max(0, ...changed.map((service) => reasonWords(service).length)));
  const gates = gatesOf(plan);
  const lines = changed.flatMap((service) => [
    headLine(service, { names, reasons }, palette),
    ...detailLines({ plan, gates }, service, palette),
  ]);
  return [...lines, ...unchangedLine(plan, palette)];
}

/** Why a service changes, in words. */
export function reasonWords(service: ServiceChange): string {
  return printableLine(service.reasons.join(', '));
}

function headLine(
  service: ServiceChange,
  width: { readonly names: number; readonly reasons: number },
  palette: Palette,
): string {
  const sign = colour(service.change, palette)(GLYPH[service.change]);
  const name = palette.bold(service.service.padEnd(width.names));
  const parts = [`${sign} ${name}`, reasonWords(service).padEnd(width.reasons), replicaWords(service)];
  if (service.rollout !== '') parts.push(service.rollout);
  return parts.join('   ').trimEnd();
}

function replicaWords(service: ServiceChange): string {
  const text = service.rollout === 'job' ? '' : count(service.replicas, 'replica');
  return text.padEnd('10 replicas'.length);
}

/** What the lines of a service are made from, beside the service. */
interface Around {
  readonly plan: Plan;
  readonly gates: Gates;
}

function detailLines(around: Around, service: ServiceChange, palette: Palette): string[] {
  const starts = service.starts.map(
    (start) => `${palette.green('+')} ${shortName(start.replica)}  ${start.host}${portWords(start.ports)}`,
  );
  const stops = service.stops.map((stop) => `${palette.red('-')} ${shortName(stop.replica)}  ${stop.host}`);
  const stays = service.stays.map((stay) => palette.dim(`= ${shortName(stay.replica)}  ${stay.host}`));
  return [
    ...grid(starts, palette),
    ...cutoverLine(around, service, palette),
    ...grid(stops, palette),
    ...grid(stays, palette),
    ...service.notes.map((note) => `    ${palette.yellow('!')} ${printableLine(note)}`),
  ];
}

function portWords(ports: readonly number[]): string {
  return ports.length === 0 ? '' : `:${ports.join(',')}`;
}

function cutoverLine({ plan, gates }: Around, service: ServiceChange, palette: Palette): string[] {
  const { routers } = gates;
  const moves = service.change !== 'none' && service.starts.length + service.stops.length > 0;
  if (routers === 0 || !moves || service.rollout === 'job') return [];
  const where = `${count(routers, 'router')}, ${count(Math.min(plan.edges, routers), 'edge')}`;
  const gate = gateWords(gates, service);
  return [`    ${palette.yellow('~')} cutover  ${where}${gate === undefined ? '' : `     ${gate}`}`];
}

/** Items side by side in columns of equal width; each is one line when it is wide. */
function grid(items: readonly string[], palette: Palette): string[] {
  const wide = Math.max(0, ...items.map((item) => visible(item, palette))) + 4;
  const columns = Math.max(1, Math.floor((WIDTH - 4) / wide));
  const lines: string[] = [];
  for (let index = 0; index < items.length; index += columns) {
    const row = items.slice(index, index + columns);
    const padded = row.map((item) => item + ' '.repeat(Math.max(0, wide - visible(item, palette))));
    lines.push(`    ${padded.join('')}`.trimEnd());
  }
  return lines;
}

function visible(item: string, palette: Palette): number {
  return palette.level === 0 ? item.length : printableLine(item).length;
}

function unchangedLine(plan: Plan, palette: Palette): string[] {
  const same = plan.services.filter((service) => service.change === 'none');
  if (same.length === 0) return [];
  const replicas = same.reduce((sum, service) => sum + service.replicas, 0);
  const names = same.map((service) => service.service).join(', ');
  return [palette.dim(`= ${names}   ${count(replicas, 'replica')}, nothing to do`)];
}

function colour(change: ServiceChange['change'], palette: Palette): (text: string) => string {
  switch (change) {
    case 'create':
      return palette.green;
    case 'update':
    case 'repair':
      return palette.yellow;
    case 'remove':
      return palette.red;
    case 'none':
      return palette.dim;
    default:
      return change satisfies never;
  }
}

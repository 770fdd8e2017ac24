/** Records as text: for people (tables), for spreadsheets (CSV), for a wiki (Markdown), for programs (JSON), for /etc/hosts. */
import type { Inventory } from '../../model/inventory.ts';
import { shortName } from '../../model/labels.ts';
import type { Observed, PortBinding } from '../../model/observed.ts';
import type { Palette } from '../palette.ts';
import { escapeText } from '../plan/markdown.ts';
import { printableLine } from '../printable.ts';
import { type Cell, formatTable } from '../table.ts';
import { listed } from '../units.ts';
import { hostRows, problemLines } from './hosts.ts';
import { type ReplicaRecord, type RoutedRecord, recordsOf } from './records.ts';
import { stateWords } from './replicas.ts';

const COLUMNS = [
  'app',
  'service',
  'slot',
  'host',
  'address',
  'ports',
  'vip',
  'image',
  'digest',
  'release',
  'since',
  'state',
  'health',
] as const;

/** Hexadecimal digits of a digest in a table for people. */
const SHORT_DIGEST = 12;

/** RFC 4180: a header row, CRLF after each line. */
export function formatRecordsCsv(records: readonly ReplicaRecord[]): string {
  const rows = [COLUMNS, ...records.map(plainCells)];
  return rows.map((cells) => `${cells.map(quoteCsv).join(',')}\r\n`).join('');
}

/** One table; text in cells stays text. */
export function formatRecordsMarkdown(records: readonly ReplicaRecord[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const body = records.map((record) => row(plainCells(record).map(escapeText)));
  return [row(COLUMNS), row(COLUMNS.map(() => '---')), ...body].join('');
}

/** The table of `fleet records`. Ends with a newline. */
export function formatRecords(records: readonly ReplicaRecord[], palette: Palette): string {
  if (records.length === 0) return 'no replica is known\n';
  const headings = COLUMNS.filter((column) => column !== 'health').map((column) => column.toUpperCase());
  const rows = records.map((record): Cell[] => [
    ...[record.app, record.service, String(record.slot), record.host, record.address],
    ...[portWords(record.ports), record.vip, record.image, shortDigest(record.digest)].map(orDash),
    ...[String(record.release), orDash(record.since)],
    stateCell(record, palette),
  ]);
  return `${formatTable(headings, rows, palette).join('\n')}\n`;
}

/** The table of `fleet where`: the app only where there are several. Ends with a newline. */
export function formatWhere(records: readonly ReplicaRecord[], palette: Palette): string {
  const several = new Set(records.map((record) => record.app)).size > 1;
  const headings = ['REPLICA', 'HOST', 'ADDRESS', 'PORTS', 'VIP', 'SINCE', 'STATE'];
  const rows = records.map((record): Cell[] => [
    ...(several ? [record.app] : []),
    ...[shortName(record.replica), record.host, record.address],
    ...[portWords(record.ports), record.vip, record.since].map(orDash),
    stateCell(record, palette),
  ]);
  return `${formatTable([...(several ? ['APP'] : []), ...headings], rows, palette).join('\n')}\n`;
}

/** Lines of /etc/hosts: the VIP of each service under the name service.app. Services without a VIP have no line. */
export function formatRecordsHosts(routed: readonly RoutedRecord[]): string {
  return routed
    .filter(({ vip }) => vip !== '')
    .map(({ vip, service, app }) => [vip, `${service}.${app}`].map((word) => word.replaceAll(/[\s#]/g, '')).join(' '))
    .map((line) => `${printableLine(line)}\n`)
    .join('');
}

/** The hosts that do not answer, why, and what routers of others know of them. "" when all answer. */
export function formatSilentHosts(inventory: Inventory, observed: Observed['hosts'], palette: Palette): string {
  const silent = hostRows(inventory, observed).filter((row) => !row.reachable);
  const records = recordsOf(inventory, observed);
  return silent
    .flatMap((row) => {
      const names = records.filter((record) => record.host === row.name).map((record) => shortName(record.replica));
      const known = names.length === 0 ? '' : `; routers lead to ${listed(names)} there`;
      return [...problemLines([row], palette), `  what runs on ${row.name} is unknown${known}`];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** "8080/http->20011": container port and protocol, then the host port that leads there. */
function portWords(ports: readonly PortBinding[]): string {
  return ports.map(({ port, protocol, hostPort }) => `${port}/${protocol}->${hostPort}`).join(' ');
}

/** "healthy", "exited (3)", "unknown". */
export function recordState(record: Pick<ReplicaRecord, 'state' | 'health' | 'exitCode'>): string {
  const { state, health, exitCode = 0 } = record;
  return state === 'unknown' || health === 'unknown' ? 'unknown' : stateWords({ state, health, exitCode });
}

function plainCells(record: ReplicaRecord): string[] {
  return COLUMNS.map((column) => printableLine(column === 'ports' ? portWords(record.ports) : String(record[column])));
}

/** RFC 4180, section 2: quotes around what has a comma, a quote or a line break; quotes inside are doubled. */
function quoteCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, SHORT_DIGEST);
}

function stateCell(record: ReplicaRecord, palette: Palette): Cell {
  const { state, health } = record;
  const good = state === 'running' && (health === 'healthy' || health === 'none');
  const paint = good ? palette.green : health === 'starting' || state === 'unknown' ? palette.yellow : palette.red;
  return { text: recordState(record), paint };
}

function orDash(text: string): string {
  return text === '' ? '-' : text;
}

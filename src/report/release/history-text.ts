/** The releases as a table. */
import type { Palette } from '../palette.ts';
import { type Cell, formatTable } from '../table.ts';
import { formatTime, listed } from '../units.ts';
import type { ReleaseRow, ServiceNames } from './history.ts';
import { shortImage } from './words.ts';

const HEADINGS = ['RELEASE', 'WHEN', 'WHO', 'WHAT', 'SERVICES', 'IMAGES', 'BACK'];

/** Newest first, with a column for the app where there are several. Ends with a newline. */
export function formatReleases(rows: readonly ReleaseRow[], palette: Palette): string {
  if (rows.length === 0) return 'no release is on record\n';
  const several = new Set(rows.map(({ app }) => app)).size > 1;
  const cells = rows.map((row) => [...(several ? [row.app] : []), ...cellsOf(row, palette)]);
  return `${formatTable([...(several ? ['APP'] : []), ...HEADINGS], cells, palette).join('\n')}\n`;
}

function cellsOf(row: ReleaseRow, palette: Palette): Cell[] {
  const { release, at, by, services, images, isCurrent } = row;
  return [
    { text: isCurrent ? `${release} *` : String(release), paint: isCurrent ? palette.bold : palette.reset },
    formatTime(at),
    by,
    whatWords(row),
    services === undefined ? '?' : orDash(serviceWords(services)),
    orDash(listed([...new Set(Object.values(images).map(shortImage))], 4)),
    backCell(row, palette),
  ];
}

/** "deploy", "rollback to 6", "deploy, web=9": numbers of replicas that were asked for by command stand behind. */
function whatWords({ rollbackTo, replicas }: ReleaseRow): string {
  const what = rollbackTo === undefined ? 'deploy' : `rollback to ${rollbackTo}`;
  return [what, ...Object.entries(replicas).map(([service, number]) => `${service}=${number}`)].join(', ');
}

function serviceWords({ added, changed, removed }: ServiceNames): string {
  const words = [
    ...added.map((name) => `+${name}`),
    ...changed.map((name) => `~${name}`),
    ...removed.map((name) => `-${name}`),
  ];
  return words.length <= 6 ? words.join(' ') : `${words.slice(0, 6).join(' ')} and ${words.length - 6} more`;
}

function backCell({ isCurrent, canReturn, lacking, lackingBody }: ReleaseRow, palette: Palette): Cell {
  const gaps = [...new Set([...lacking, ...lackingBody])].sort();
  const gap = gaps.length === 0 || (!isCurrent && !canReturn) ? '' : ` (not on ${listed(gaps)})`;
  const word = isCurrent ? 'current' : canReturn ? 'yes' : 'no';
  const paint = gaps.length > 0 ? palette.yellow : word === 'no' ? palette.dim : palette.green;
  return { text: `${word}${gap}`, paint };
}

function orDash(text: string): string {
  return text === '' ? '-' : text;
}

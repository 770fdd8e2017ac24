/** A maintenance for review: what is done on each host, in which order, from where it goes on, and what it costs. */
import type { Schedule } from '../../model/hosts.ts';
import type { Plan } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { formatMs } from '../units.ts';
import { fleetWords } from './facts.ts';
import { warningLines } from './text.ts';

/** How it is printed; `now` is epoch milliseconds. */
export interface MaintenanceView {
  readonly palette: Palette;
  readonly now: number;
}

/** As text. Ends with a newline. `work` is the plan of what is done on all hosts. */
export function formatMaintenance(schedule: Schedule, work: Plan, { palette, now }: MaintenanceView): string {
  const { turns, progress } = schedule;
  const width = `turn ${turns.length}`.length;
  const blocks = [
    [`${palette.cyan('fleet maintain')}   on ${palette.bold(work.fleet)} (${fleetWords(work)})`],
    [
      `each host   ${workWords(progress)}`,
      ...turns.map((hosts, index) => `${`turn ${index + 1}`.padEnd(Math.max(width, 9))}   ${hosts.join(', ')}`),
      'at the end  replicas are shared out anew',
    ],
    [...historyLines(schedule, { palette, now }), ...warningLines(work.warnings, palette)],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function workWords({ command, reboot }: Schedule['progress']): string {
  const work = [
    'drained',
    ...(command === '' ? [] : [`run: ${printableLine(command)}`]),
    ...(reboot ? ['rebooted'] : []),
    'waited for until it is well',
    'let in again',
  ];
  return work.join(', ');
}

function historyLines({ goesOn, gaveUp }: Schedule, { palette, now }: MaintenanceView): string[] {
  const ago = (at: number): string => `${formatMs(Math.max(0, now - at))} ago`;
  if (goesOn !== undefined) {
    const done = goesOn.done.length === 0 ? 'no host was' : `${goesOn.done.join(', ')} are`;
    return [`${palette.yellow('goes on')}  ${done} done, by ${printableLine(goesOn.by)} ${ago(goesOn.at)}`];
  }
  if (gaveUp === undefined) return [];
  const left = gaveUp.hosts.filter((host) => !gaveUp.done.includes(host)).join(', ');
  const other = `another one by ${printableLine(gaveUp.by)} ${ago(gaveUp.at)} was not finished (${left})`;
  return [`${palette.yellow('anew')}  ${other}: this one begins with all its hosts`];
}

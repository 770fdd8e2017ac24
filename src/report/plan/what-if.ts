/** The answer to a what-if: what was assumed, what would not fit, what would be free. */

import { FleetError } from '../../model/error.ts';
import { shortName } from '../../model/labels.ts';
import type { Plan } from '../../model/plan.ts';
import type { FreeRoom, Waiting } from '../../model/what-if.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { formatProblems } from '../problem.ts';
import { formatBytes, formatCpus } from '../units.ts';
import { countWords } from './facts.ts';

/** Said at the top of every such plan. */
export const ONLY_A_QUESTION = 'only a question: the hosts are not touched, and this plan is never carried out';

/** So many hosts are listed, the fullest ones. */
const MOST_HOSTS = 12;

/** What is taken as so, and who would wait; nothing for a plan that is no what-if. */
export function assumptionLines({ whatIf }: Plan, palette: Palette): string[] {
  if (whatIf === undefined) return [];
  const width = Math.max(...whatIf.assumptions.map(({ asked }) => asked.length));
  return [
    `${palette.yellow('what if')}   ${ONLY_A_QUESTION}`,
    ...whatIf.assumptions.map(
      ({ asked, words }) => `    ${palette.bold(printableLine(asked).padEnd(width))}   ${printableLine(words)}`,
    ),
    ...whatIf.waiting.map((one) => `${palette.red('WAITS')}     ${printableLine(waitWords(one))}`),
  ];
}

/** "db.1.1 would not run until vm3 is back: its volume shop_data is on that host alone". */
export function waitWords({ replica, host, volumes }: Waiting): string {
  const which = `${volumes.length === 1 ? 'its volume' : 'its volumes'} ${volumes.join(', ')}`;
  return `${shortName(replica)} would not run until ${host} is back: it is bound to ${which} there`;
}

/** What fits nowhere, explained as where a deploy is refused for it. */
export function misfitLines({ whatIf }: Plan, palette: Palette): string[] {
  if (whatIf === undefined || whatIf.fits) return [];
  const problems = whatIf.misfits.map(({ code, message, ...details }) => new FleetError(code, message, details));
  return [formatProblems(problems, palette).trimEnd()];
}

/** What is free on the hosts afterwards, the fullest first. */
export function freeLines({ whatIf }: Plan): string[] {
  if (whatIf === undefined) return [];
  return ['free after it:', ...freeWords(whatIf.free).map((words) => `    ${words}`)];
}

/** "vm1 1.5 of 4 cpu, 3.2 GiB of 8 GiB": the fullest first, then how many more there are. */
export function freeWords(free: readonly FreeRoom[]): string[] {
  const ordered = [...free].sort((a, b) => shareOf(a) - shareOf(b));
  const words = ordered.slice(0, MOST_HOSTS).map(({ host, free: left, capacity }) => {
    const cpus = `${formatCpus(left.cpus)} of ${formatCpus(capacity.cpus)} cpu`;
    return `${host} ${cpus}, ${formatBytes(left.memoryBytes)} of ${formatBytes(capacity.memoryBytes)}`;
  });
  if (free.length === 0) return ['no host takes new replicas'];
  return free.length <= MOST_HOSTS ? words : [...words, `${free.length - MOST_HOSTS} hosts more, with more room`];
}

/** Whether it fits, and how much would move. */
export function verdict(plan: Plan, palette: Palette): string {
  const { fits = true, waiting = [] } = plan.whatIf ?? {};
  const waits = waiting.length === 0 ? '' : `, ${fits ? 'but' : 'and'} ${waiting.length} would wait for a lost host`;
  const answer = fits ? palette.green(`it fits${waits}`) : palette.red(`it does not fit${waits}`);
  const rest = fits ? 'it would be' : 'for all the rest it would be';
  const moves = plan.steps.length === 0 ? 'nothing would change' : `${rest} ${countWords(plan).join(', ')}`;
  return `${answer}: ${moves}.`;
}

/** What is left of the scarcer resource, 0 to 1. */
function shareOf({ free, capacity }: FreeRoom): number {
  return Math.min(free.cpus / Math.max(capacity.cpus, 1e-9), free.memoryBytes / Math.max(capacity.memoryBytes, 1));
}

/** A plan for a terminal: what happens, where, why, and what it costs, at a glance. */
import { isOfHosts, type Plan, type Warning } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { indent } from '../printable.ts';
import { count, formatShare, listed } from '../units.ts';
import { detailLines, routerDiffLines } from './detail.ts';
import { diffStat } from './diff.ts';
import { countWords, fleetWords, isNote, releaseWords, sharedChanges, shortDigest } from './facts.ts';
import { hostLines, hostsWords } from './hosts.ts';
import { housekeepingOf } from './housekeeping.ts';
import { serviceLines } from './services.ts';
import { assumptionLines, freeLines, misfitLines, verdict } from './what-if.ts';

/** How a plan is printed. */
export interface PlanView {
  readonly palette: Palette;
  /** "full" adds the commands of every step and the difference of the nginx files. */
  readonly detail: 'summary' | 'full';
  /** What carries the plan out, for the last line: "fleet deploy". Absent: not said. */
  readonly next?: string;
}

/** The plan as text. Ends with a newline; the same plan gives the same bytes. */
export function formatPlan(plan: Plan, view: PlanView): string {
  return [...planText(plan, view)].join('');
}

/** The same in pieces: with all commands a large plan is longer than any string can be. */
export function* planText(plan: Plan, view: PlanView): Iterable<string> {
  let before = '';
  for (const block of blocksOf(plan, view)) {
    let isBegun = false;
    for (const line of block) {
      yield `${isBegun ? '\n' : before}${line}`;
      isBegun = true;
      before = '\n\n';
    }
  }
  yield '\n';
}

function blocksOf(plan: Plan, view: PlanView): Iterable<string>[] {
  const { palette } = view;
  return [
    [header(plan, palette), ...assumptionLines(plan, palette)],
    [...hostLines(plan, palette), ...serviceLines(plan, palette)],
    misfitLines(plan, palette),
    ...(view.detail === 'full' ? [routerDiffLines(plan, palette), detailLines(plan, palette)] : []),
    [
      ...(view.detail === 'full' ? [] : [...routerLines(plan), ...housekeepingLines(plan)]),
      ...roomLine(plan),
      ...freeLines(plan),
      ...warningLines(plan.warnings, palette),
      lastLine(plan, view),
    ],
  ];
}

/** Warnings as lines: "warning  edge1 runs nginx 1.22: …", and what files ask for in vain: "note     version: …". */
export function warningLines(warnings: readonly Warning[], palette: Palette): string[] {
  return warnings.flatMap((warning) => {
    const [first = '', ...rest] = indent(warning.message, '');
    const word = isNote(warning) ? palette.dim('note   ') : palette.yellow('warning');
    return [`${word}  ${first}`, ...rest.map((line) => `         ${line}`)];
  });
}

function header(plan: Plan, palette: Palette): string {
  if (isOfHosts(plan.intent)) {
    const asked = palette.cyan(`fleet ${hostsWords(plan.intent)}`);
    return `${asked}   on ${palette.bold(plan.fleet)} (${fleetWords(plan)})`;
  }
  const word = plan.whatIf === undefined ? 'fleet plan' : 'fleet plan --what-if';
  const what = `${palette.bold(plan.app)} on ${palette.bold(plan.fleet)}`;
  return `${palette.cyan(word)}   ${what} (${fleetWords(plan)})   ${releaseWords(plan)}`;
}

function routerLines(plan: Plan): string[] {
  return sharedChanges(plan).map((change) => {
    const { added, removed } = diffStat(change.before, change.after);
    const where = change.hosts.length === 1 ? 'on' : `on ${count(change.hosts.length, 'host')}:`;
    return `nginx    ${change.file}  +${added} -${removed} lines ${where} ${listed(change.hosts)}`;
  });
}

function housekeepingLines(plan: Plan): string[] {
  return housekeepingOf(plan).map(({ word, words }) => `${word.padEnd(8)} ${words}`);
}

function roomLine(plan: Plan): string[] {
  const { room } = plan;
  const isAsked = plan.steps.length > 0 || plan.whatIf !== undefined;
  if (!isAsked || room.cpuHost === '' || room.memoryHost === '') return [];
  const cpu = `cpu ${formatShare(room.cpuShare)} at most (${room.cpuHost})`;
  const memory = `memory ${formatShare(room.memoryShare)} (${room.memoryHost})`;
  const { fits, worst } = room.withoutOne;
  const lost = plan.whatIf === undefined ? 'One host lost' : 'After it, one more host lost';
  const loss = worst === '' ? '' : `   ${lost}: ${fits ? 'still fits' : 'does not fit'} (worst: ${worst}).`;
  return [`room while both colours run: ${cpu}, ${memory}.${loss}`];
}

function lastLine(plan: Plan, view: PlanView): string {
  const mark = `plan ${shortDigest(plan)}`;
  if (plan.whatIf !== undefined) return `${verdict(plan, view.palette)}   ${mark}`;
  if (plan.steps.length === 0) return `${view.palette.green('nothing to do')}: the hosts are as asked.   ${mark}`;
  const next = view.next === undefined ? '' : `   carry out: ${view.palette.bold(view.next)}`;
  return `${countWords(plan).join(', ')}.   ${mark}${next}`;
}

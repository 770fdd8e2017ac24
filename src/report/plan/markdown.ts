/** A plan as Markdown: the comment of a CI job on a pull request. */
import { shortName } from '../../model/labels.ts';
import type { Plan, ServiceChange } from '../../model/plan.ts';
import { PLAIN } from '../palette.ts';
import { printable, printableLine } from '../printable.ts';
import { count, listed } from '../units.ts';
import { detailLines } from './detail.ts';
import { unifiedDiff } from './diff.ts';
import { countWords, fleetWords, isNote, releaseWords, sharedChanges, shortDigest } from './facts.ts';
import { housekeepingOf } from './housekeeping.ts';
import { GLYPH, reasonWords } from './services.ts';
import { freeWords, ONLY_A_QUESTION, verdict, waitWords } from './what-if.ts';

/** The plan as Markdown. Ends with a newline; the same plan gives the same bytes. */
export function formatPlanMarkdown(plan: Plan): string {
  const blocks = [
    `## fleet plan${plan.whatIf === undefined ? '' : ', what if'}: ${escapeText(plan.app)} on ${escapeText(plan.fleet)}`,
    ...assumptions(plan),
    `${fleetWords(plan)}, ${releaseWords(plan)}. ${summary(plan)} Plan \`${shortDigest(plan)}\`.`,
    serviceTable(plan),
    ...misfits(plan),
    ...freeRoom(plan),
    ...plan.warnings.map((one) => `> **${isNote(one) ? 'note' : 'warning'}** ${escapeText(one.message)}`),
    housekeepingOf(plan)
      .map(({ word, words }) => `- **${word}** ${escapeText(words)}`)
      .join('\n'),
    ...routerDetails(plan),
    ...stepDetails(plan),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function summary(plan: Plan): string {
  if (plan.whatIf !== undefined) return `**${verdict(plan, PLAIN)}**`;
  return plan.steps.length === 0 ? '**Nothing to do.**' : `**${countWords(plan).join(', ')}.**`;
}

function assumptions({ whatIf }: Plan): string[] {
  if (whatIf === undefined) return [];
  const list = whatIf.assumptions.map(({ asked, words }) => `- \`${printableLine(asked)}\` ${escapeText(words)}`);
  return [
    `> **what if** ${escapeText(ONLY_A_QUESTION)}`,
    list.join('\n'),
    ...whatIf.waiting.map((one) => `> **waits** ${escapeText(waitWords(one))}`),
  ];
}

function misfits({ whatIf }: Plan): string[] {
  return (whatIf?.misfits ?? []).map(({ message, expected, notes, hint }) => {
    const parts = [
      message,
      ...(expected === undefined ? [] : [expected]),
      ...notes,
      ...(hint === undefined ? [] : [hint]),
    ];
    return `> **does not fit** ${parts.map(escapeText).join('. ')}`;
  });
}

function freeRoom({ whatIf, room }: Plan): string[] {
  if (whatIf === undefined) return [];
  const { fits, worst } = room.withoutOne;
  const next = worst === '' ? '' : ` One more host lost: ${fits ? 'still fits' : 'does not fit'} (worst: ${worst}).`;
  return [escapeText(`Free after it: ${freeWords(whatIf.free).join('; ')}.${next}`)];
}

function serviceTable(plan: Plan): string {
  if (plan.services.length === 0) return '';
  return [
    '| | service | why | replicas | starts | stops | notes |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...plan.services.map(serviceRow),
  ].join('\n');
}

function serviceRow(service: ServiceChange): string {
  const starts = service.starts.map((start) => `${shortName(start.replica)} ${start.host}`);
  const stops = service.stops.map((stop) => `${shortName(stop.replica)} ${stop.host}`);
  const cells = [
    `\`${GLYPH[service.change]}\``,
    escapeText(service.service),
    escapeText(service.change === 'none' ? 'nothing to do' : reasonWords(service)),
    escapeText(`${service.replicas} ${service.rollout}`.trim()),
    escapeText(starts.join(', ')),
    escapeText(stops.join(', ')),
    escapeText(service.notes.join('; ')),
  ];
  return `| ${cells.join(' | ')} |`;
}

function routerDetails(plan: Plan): string[] {
  return sharedChanges(plan).map((change) =>
    details(
      `nginx \`${change.file}\` on ${count(change.hosts.length, 'host')}: ${listed(change.hosts, 20)}`,
      'diff',
      unifiedDiff(change.before, change.after).join('\n'),
    ),
  );
}

function stepDetails(plan: Plan): string[] {
  if (plan.steps.length === 0) return [];
  return [
    details(
      `${count(plan.steps.length, 'step')} with their commands`,
      'text',
      [...detailLines(plan, PLAIN)].join('\n'),
    ),
  ];
}

/** A fold with a code block whose fence is longer than any run of backticks in the text. */
function details(title: string, language: string, text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `<details><summary>${title}</summary>\n\n${fence}${language}\n${printable(text)}\n${fence}\n\n</details>`;
}

/** Text that stays text in Markdown and in a table's cell. */
export function escapeText(text: string): string {
  return printableLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[|`*_[\]\\]/g, (sign) => `\\${sign}`);
}

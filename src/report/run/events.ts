/** Events as plain lines, one for each: what a CI log shows. */
import type { Event, Failure } from '../../model/event.ts';
import { HOSTS } from '../../model/labels.ts';
import type { Palette } from '../palette.ts';
import { indent, printableLine } from '../printable.ts';
import { hintLines } from '../problem.ts';
import { count, formatMs } from '../units.ts';

/** How an event is printed. */
export interface EventView {
  readonly palette: Palette;
  /** Epoch milliseconds that the times in front of the lines count from. */
  readonly startedAt: number;
}

/**
 * The event as one line; undefined when it needs none: a step that only started, one that never began because another
 * failed, the end with its summary.
 */
export function formatEvent(event: Event, view: EventView): string | undefined {
  const said = words(event, view.palette);
  if (said === undefined) return undefined;
  const seconds = `${((event.at - view.startedAt) / 1000).toFixed(1)} s`.padStart(8);
  return `${view.palette.dim(seconds)}  ${said}`;
}

/** The event as JSON on one line: the same union as in the code. */
export function formatEventJson(event: Event): string {
  return JSON.stringify(event);
}

/** A failure as lines: its cause, the command as sent, what it printed, what explains it, what to type. */
export function failureLines(failure: Failure, palette: Palette): string[] {
  return [
    ...(failure.command === undefined ? [] : part('command', failure.command, palette)),
    ...(failure.stderr === undefined ? [] : part('stderr', failure.stderr, palette)),
    ...(failure.stdout === undefined ? [] : part('stdout', failure.stdout, palette)),
    ...failure.diagnosis.flatMap((text) => indent(text, '    ')),
    ...(failure.hint === undefined ? [] : hintLines(failure.hint, palette)),
  ];
}

/** "start backend.7.2@vm3", or "commit on vm1" when the id does not name its host. */
export function stepWords(event: { readonly id: string; readonly host: string }): string {
  const id = printableLine(event.id);
  return id.includes(event.host) ? id : `${id} on ${event.host}`;
}

/** The failure's message without the host in front, which the step's name tells already. */
export function failureWords(event: { readonly host: string; readonly failure: Failure }): string {
  const message = printableLine(event.failure.message);
  return message.startsWith(`${event.host}: `) ? message.slice(event.host.length + 2) : message;
}

function words(event: Event, palette: Palette): string | undefined {
  switch (event.kind) {
    case 'plan-started':
      return `${palette.cyan('begin')}   ${subjectOf(event)}, ${count(event.steps, 'step')}`;
    case 'step-started':
    case 'step-skipped':
    case 'plan-done':
      return undefined;
    case 'step-done':
      return `${palette.green('done')}    ${stepWords(event)}  ${palette.dim(formatMs(event.ms))}`;
    case 'step-failed':
      return `${palette.red('failed')}  ${stepWords(event)}: ${failureWords(event)}`;
    case 'undo-started':
      return `${palette.yellow('undo')}    ${count(event.steps, 'step')}: ${printableLine(event.reason)}`;
    case 'step-undone':
      return `${palette.yellow('undone')}  ${stepWords(event)}`;
    case 'undo-failed':
      return `${palette.red('not undone')} ${stepWords(event)}: ${failureWords(event)}`;
    case 'lease':
      return `${palette.cyan('lease')}   ${printableLine(event.message)}`;
    default:
      return event satisfies never;
  }
}

/** "shop release 7"; what is about hosts makes no release. */
function subjectOf({ app, release }: Extract<Event, { kind: 'plan-started' }>): string {
  return app === HOSTS ? 'hosts' : `${app} release ${release}`;
}

function part(title: string, text: string, palette: Palette): string[] {
  const lines = indent(text, '    ');
  return text.trim() === '' ? [] : [`  ${palette.dim(title)}`, ...lines];
}

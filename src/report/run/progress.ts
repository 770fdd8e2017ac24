/** Progress of a plan as a value that events advance, and as a few lines that a terminal repaints. */
import type { Event } from '../../model/event.ts';
import { isOfHosts, type Plan, type Step } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { switchedHosts } from '../plan/facts.ts';
import { hostsWords } from '../plan/hosts.ts';
import { printableLine } from '../printable.ts';
import { formatMs } from '../units.ts';

/** How far a plan is. Advance it with `advance`; never change it. */
export interface Progress {
  readonly plan: Plan;
  readonly startedAt: number;
  readonly states: ReadonlyMap<string, 'running' | 'done' | 'failed' | 'skipped' | 'undone'>;
  /** What the lease or the undoing says at the moment; "" when nothing. */
  readonly note: string;
}

/** How the view is drawn. */
export interface ProgressView {
  readonly palette: Palette;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Columns of the terminal; longer lines are cut. */
  readonly width: number;
  /** Rows of the terminal; where hosts do not fit, idle ones are left out. */
  readonly height: number;
}

const BAR = 12;

/** Nothing of the plan has begun. */
export function startProgress(plan: Plan, startedAt: number): Progress {
  return { plan, startedAt, states: new Map(), note: '' };
}

/** The progress after the event. */
export function advance(progress: Progress, event: Event): Progress {
  switch (event.kind) {
    case 'step-started':
      return mark(progress, event.id, 'running');
    case 'step-done':
      return mark(progress, event.id, 'done');
    case 'step-failed':
      return mark(progress, event.id, 'failed');
    case 'step-skipped':
      return mark(progress, event.id, 'skipped');
    case 'step-undone':
      return mark(progress, event.id, 'undone');
    case 'undo-started':
      return { ...progress, note: `taking back: ${event.reason}` };
    case 'lease':
      return { ...progress, note: event.state === 'waiting' || event.state === 'lost' ? event.message : '' };
    case 'plan-started':
    case 'undo-failed':
    case 'plan-done':
      return progress;
    default:
      return event satisfies never;
  }
}

/** The view: one line for all, one per changing service, one per host with steps. */
export function formatProgress(progress: Progress, view: ProgressView): string {
  const { plan } = progress;
  const total = `${finished(progress, plan.steps)} of ${plan.steps.length} steps`;
  const spent = formatMs(Math.max(0, view.now - progress.startedAt));
  const subject = isOfHosts(plan.intent) ? hostsWords(plan.intent) : `${plan.app} release ${plan.release}`;
  const above = [`${subject}   ${total}   ${spent}`, ...serviceLines(progress)];
  const below = progress.note === '' ? [] : [printableLine(progress.note)];
  const lines = [...above, ...hostLines(progress, view.height - above.length - below.length - 2), ...below];
  return lines.map((line) => line.slice(0, Math.max(20, view.width - 1))).join('\n');
}

function mark(progress: Progress, id: string, state: 'running' | 'done' | 'failed' | 'skipped' | 'undone'): Progress {
  return { ...progress, states: new Map(progress.states).set(id, state) };
}

function finished(progress: Progress, steps: readonly Step[]): number {
  return steps.filter((step) => progress.states.get(step.id) === 'done').length;
}

function serviceLines(progress: Progress): string[] {
  const changed = progress.plan.services.filter((service) => service.starts.length + service.stops.length > 0);
  const width = Math.max(0, ...changed.map((service) => service.service.length));
  const switched = switchedHosts(progress.plan).length;
  return changed.map(({ service, rollout }) => {
    const parts = [
      ...share(progress, 'ran', (step) => step.action.kind === 'job' && step.action.service === service),
      ...share(progress, 'started', (step) => step.action.kind === 'start' && step.action.service === service),
      ...share(progress, 'healthy', (step) => step.action.kind === 'health' && step.action.service === service),
      ...(switched === 0 || rollout === 'job'
        ? []
        : share(progress, 'switched', (step) => step.action.kind === 'switch')),
      ...share(progress, 'stopped', (step) => step.action.kind === 'stop' && step.action.service === service),
    ];
    return `  ${service.padEnd(width)}   ${parts.join('   ')}`.trimEnd();
  });
}

function share(progress: Progress, title: string, belongs: (step: Step) => boolean): string[] {
  const steps = progress.plan.steps.filter(belongs);
  return steps.length === 0 ? [] : [`${title} ${finished(progress, steps)}/${steps.length}`];
}

function hostLines(progress: Progress, room: number): string[] {
  const all = [...new Set(progress.plan.steps.map((step) => step.host))].sort();
  const hosts = all.length <= room ? all : all.filter((host) => isBusy(progress, host)).slice(0, Math.max(0, room - 1));
  const hidden = all.length - hosts.length;
  const width = Math.max(0, ...hosts.map((host) => host.length));
  const lines = hosts.map((host) => {
    const steps = progress.plan.steps.filter((step) => step.host === host);
    const done = finished(progress, steps);
    const full = Math.floor((BAR * done) / steps.length);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
    const tally = `${done}/${steps.length}`.padStart(5);
    return `  ${host.padEnd(width)}   ${bar} ${tally}   ${nowWords(progress, steps, host)}`.trimEnd();
  });
  return hidden === 0 ? lines : [...lines, `  ${hidden} more hosts`];
}

function isBusy(progress: Progress, host: string): boolean {
  return progress.plan.steps.some(
    (step) => step.host === host && /running|failed/.test(progress.states.get(step.id) ?? ''),
  );
}

/** What the host is at: its running steps without their host, or the last bad one. */
function nowWords(progress: Progress, steps: readonly Step[], host: string): string {
  const failed = steps.filter((step) => progress.states.get(step.id) === 'failed');
  if (failed.length > 0) return `failed: ${failed.map((step) => shorten(step, host)).join(', ')}`;
  const running = steps.filter((step) => progress.states.get(step.id) === 'running');
  return running.map((step) => shorten(step, host)).join(', ');
}

function shorten(step: Step, host: string): string {
  return printableLine(step.id.replace(`@${host}`, ''));
}

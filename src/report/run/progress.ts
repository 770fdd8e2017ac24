/** Progress of a plan as a value that events advance, and as a few lines that a terminal repaints. */
import type { Event } from '../../model/event.ts';
import { isOfHosts, type Plan, type Step } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { hostsWords } from '../plan/hosts.ts';
import { printableLine } from '../printable.ts';
import { formatMs } from '../units.ts';

/** How far a plan is. Advance it with `advance`; never change it. */
export interface Progress {
  readonly plan: Plan;
  readonly startedAt: number;
  readonly outline: Outline;
  readonly states: ReadonlyMap<string, State>;
  /** What the lease or the undoing says at the moment; "" when nothing. */
  readonly note: string;
}

type State = 'running' | 'done' | 'failed' | 'skipped' | 'undone';

/** The steps of the plan as the view counts them: found once, since a large plan has tens of thousands. */
interface Outline {
  /** Steps by host, hosts in order. */
  readonly hosts: ReadonlyMap<string, readonly Step[]>;
  /** Service -> kind of action -> its steps. */
  readonly services: ReadonlyMap<string, ReadonlyMap<Step['action']['kind'], readonly Step[]>>;
  readonly switches: readonly Step[];
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
  return { plan, startedAt, outline: outlineOf(plan), states: new Map(), note: '' };
}

/** The progress after the events. All that came since the last painting are taken at once: the states are copied. */
export function advance(progress: Progress, events: readonly Event[]): Progress {
  const states = new Map(progress.states);
  let { note } = progress;
  for (const event of events) {
    const state = stateAfter(event);
    if ('id' in event && state !== undefined) states.set(event.id, state);
    note = noteAfter(event) ?? note;
  }
  return { ...progress, states, note };
}

/** Of the step that the event is about. */
function stateAfter({ kind }: Event): State | undefined {
  switch (kind) {
    case 'step-started':
      return 'running';
    case 'step-done':
      return 'done';
    case 'step-failed':
      return 'failed';
    case 'step-skipped':
      return 'skipped';
    case 'step-undone':
      return 'undone';
    case 'undo-started':
    case 'lease':
    case 'plan-started':
    case 'undo-failed':
    case 'plan-done':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** Undefined: the note stays as it is. */
function noteAfter(event: Event): string | undefined {
  if (event.kind === 'undo-started') return `taking back: ${event.reason}`;
  if (event.kind !== 'lease') return undefined;
  return event.state === 'waiting' || event.state === 'lost' ? event.message : '';
}

function outlineOf({ steps }: Plan): Outline {
  const hosts = new Map<string, Step[]>();
  const services = new Map<string, Map<Step['action']['kind'], Step[]>>();
  for (const step of steps) {
    append(hosts, step.host, step);
    if (!('service' in step.action)) continue;
    const { service, kind } = step.action;
    const own = services.get(service) ?? new Map<Step['action']['kind'], Step[]>();
    services.set(service, own);
    append(own, kind, step);
  }
  return {
    hosts: new Map([...hosts].sort(([left], [right]) => (left < right ? -1 : 1))),
    services,
    switches: steps.filter(({ action }) => action.kind === 'switch'),
  };
}

function append<Key>(lists: Map<Key, Step[]>, key: Key, step: Step): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [step]);
  else list.push(step);
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

function finished(progress: Progress, steps: readonly Step[]): number {
  return steps.filter((step) => progress.states.get(step.id) === 'done').length;
}

function serviceLines(progress: Progress): string[] {
  const changed = progress.plan.services.filter((service) => service.starts.length + service.stops.length > 0);
  const width = Math.max(0, ...changed.map((service) => service.service.length));
  const switched = progress.outline.switches.length;
  return changed.map(({ service, rollout }) => {
    const own = progress.outline.services.get(service);
    const parts = [
      ...share(progress, 'ran', own?.get('job')),
      ...share(progress, 'started', own?.get('start')),
      ...share(progress, 'healthy', own?.get('health')),
      ...(switched === 0 || rollout === 'job' ? [] : share(progress, 'switched', progress.outline.switches)),
      ...share(progress, 'stopped', own?.get('stop')),
    ];
    return `  ${service.padEnd(width)}   ${parts.join('   ')}`.trimEnd();
  });
}

function share(progress: Progress, title: string, steps: readonly Step[] = []): string[] {
  return steps.length === 0 ? [] : [`${title} ${finished(progress, steps)}/${steps.length}`];
}

function hostLines(progress: Progress, room: number): string[] {
  const all = [...progress.outline.hosts];
  const isAll = all.length <= room;
  const hosts = isAll ? all : all.filter(([, steps]) => isBusy(progress, steps)).slice(0, Math.max(0, room - 1));
  const hidden = all.length - hosts.length;
  const width = Math.max(0, ...hosts.map(([host]) => host.length));
  const lines = hosts.map(([host, steps]) => {
    const done = finished(progress, steps);
    const full = Math.floor((BAR * done) / steps.length);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
    const tally = `${done}/${steps.length}`.padStart(5);
    return `  ${host.padEnd(width)}   ${bar} ${tally}   ${nowWords(progress, steps, host)}`.trimEnd();
  });
  return hidden === 0 ? lines : [...lines, `  ${hidden} more hosts`];
}

function isBusy({ states }: Progress, steps: readonly Step[]): boolean {
  return steps.some(({ id }) => states.get(id) === 'running' || states.get(id) === 'failed');
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

/** How carrying out a plan ended: what serves now, what failed and why, what was taken back, what is left. */
import type { Event, Outcome } from '../../model/event.ts';
import { isOfHosts, type Plan } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { hostCountWords, hostsWords } from '../plan/hosts.ts';
import { indent } from '../printable.ts';
import { count, formatMs } from '../units.ts';
import { failureLines, failureWords, stepWords } from './events.ts';

/** A failed step or a failed undo, in the order of happening. */
type Failed = Extract<Event, { readonly kind: 'step-failed' | 'undo-failed' }>;

/** The summary after a plan was carried out. Ends with a newline. */
export function formatOutcome(plan: Plan, outcome: Outcome, events: readonly Event[], palette: Palette): string {
  const failures = events.filter(
    (event): event is Failed => event.kind === 'step-failed' || event.kind === 'undo-failed',
  );
  const blocks = [
    ...distinct(failures).map((group) => failedBlock(group, palette)),
    [...endLines(plan, outcome, { events, palette }), ...leftLines(plan, outcome, palette)],
  ];
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

interface FailureGroup {
  readonly first: Failed;
  /** Steps that failed in the very same way. */
  readonly others: readonly Failed[];
}

function failedBlock(group: FailureGroup, palette: Palette): string[] {
  const { first, others } = group;
  const verb = first.kind === 'undo-failed' ? 'could not take back' : 'failed';
  const title = palette.red.bold(`error[${first.failure.code}]`);
  return [
    `${title}: ${verb} ${stepWords(first)}: ${failureWords(first)}`,
    ...(others.length === 0 ? [] : [`  and the same: ${others.map(stepWords).join(', ')}`]),
    ...failureLines(first.failure, palette),
  ];
}

function distinct(failures: readonly Failed[]): FailureGroup[] {
  const groups = new Map<string, { first: Failed; others: Failed[] }>();
  for (const failed of failures) {
    const key = `${failed.kind} ${likeness(failed)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: failed, others: [] });
    else group.others.push(failed);
  }
  return [...groups.values()];
}

/** The failure without its host, and slots for services: the same trouble on six hosts is told once. */
function likeness({ host, failure }: Failed): string {
  const text = JSON.stringify([failure.code, failure.message, failure.stderr, failure.diagnosis]);
  return text.replaceAll(host, '').replaceAll(/([a-z0-9_-]+)\.\d+\.\d+\b/g, '$1');
}

function endLines(
  plan: Plan,
  outcome: Outcome,
  { events, palette }: { readonly events: readonly Event[]; readonly palette: Palette },
): string[] {
  if (outcome.kind === 'done') {
    return [`${palette.green('done')}: ${doneWords(plan)}   in ${formatMs(outcome.ms)}`];
  }
  const how = outcome.kind === 'failed' ? palette.red('failed') : palette.yellow('interrupted');
  const skipped = events.filter((event) => event.kind === 'step-skipped').length;
  const tally = [
    `${count(outcome.done, 'step')} done`,
    ...(outcome.undone === 0 ? [] : [`${outcome.undone} taken back`]),
    ...(skipped === 0 ? [] : [`${skipped} not carried out`]),
  ];
  return [`${how} after ${formatMs(outcome.ms)}: ${tally.join(', ')}.`, servingWords(plan, outcome)];
}

function doneWords(plan: Plan): string {
  if (isOfHosts(plan.intent)) return `${hostsWords(plan.intent)}, ${hostCountWords(plan)}.`;
  if (plan.intent.kind === 'remove') return `${plan.app} is off ${plan.fleet}.`;
  const starts = plan.services.reduce((sum, service) => sum + service.starts.length, 0);
  const stops = plan.services.reduce((sum, service) => sum + service.stops.length, 0);
  return `${plan.app} release ${plan.release} serves on ${plan.fleet}: ${starts} started, ${stops} stopped.`;
}

function servingWords(plan: Plan, outcome: Outcome): string {
  if (isOfHosts(plan.intent)) return 'What was done stays. The same command again goes on from there.';
  if (plan.intent.kind === 'remove') return 'Part of it may be gone. The same command again finishes the work.';
  if (outcome.committed) {
    return `Release ${plan.release} serves; what came after the switch is not finished. The same command again finishes it.`;
  }
  if (plan.previous === 0) return 'Nothing served before, and nothing of this release serves now.';
  return `Release ${plan.previous} serves as before.`;
}

function leftLines(plan: Plan, outcome: Outcome, palette: Palette): string[] {
  if (outcome.left.length === 0 && isOfHosts(plan.intent)) return [];
  if (outcome.left.length === 0) return outcome.kind === 'done' || outcome.committed ? [] : ['Nothing of it is left.'];
  return [
    palette.yellow('left on hosts, the next deploy clears it:'),
    ...outcome.left.flatMap((text) => indent(text, '  ')),
  ];
}

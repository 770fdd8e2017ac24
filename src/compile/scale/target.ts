/**
 * How many replicas a service should have now:
 *
 *     load ──need.ts──▶ needed ──memory.ts──▶ steady ─┐
 *     no target: declared ────────────────────────────┴─▶ max(it, windows held now) ─▶ min … max
 *
 * The calendar is a floor, held to the moment and not to be outvoted by a quiet hour; targets act above it. The floor knows
 * no stabilisation: that is for what is measured.
 */
import { formatMoment } from '../../model/calendar.ts';
import type { ScaleMemory, ScalePolicy, ServiceMetrics } from '../../model/scale.ts';
import { spansOf } from '../../model/windows.ts';
import { remembered, stabilised } from './memory.ts';
import { hasTargets, type Need, neededBy } from './need.ts';

/** What a decision depends on. */
export interface ScaleQuestion {
  readonly policy: ScalePolicy;
  /** What people asked for, by the playbook or by hand since. Counts where there is no target. */
  readonly declared: number;
  /** What is asked for now: the replicas that a heal would keep. */
  readonly current: number;
  /** Epoch milliseconds, never less than at an earlier look. */
  readonly now: number;
  /** Empty when nothing could be measured. */
  readonly metrics: ServiceMetrics;
  /** As the decision before returned it; empty at first. */
  readonly memory: ScaleMemory;
}

/** What to do. `replicas` equal to `current`: nothing. */
export interface ScaleDecision {
  readonly replicas: number;
  /** A sentence without its end, for plan, log and audit. */
  readonly reason: string;
  readonly memory: ScaleMemory;
}

/** Decides. A service that somebody scaled to 0 is left alone, as the HPA does. */
export function scaleTarget(question: ScaleQuestion): ScaleDecision {
  const { policy, current, now } = question;
  if (current === 0) return { replicas: 0, reason: 'scaled to 0 by hand: left alone', memory: [] };
  const floor = floorAt(policy, now);
  const { need, steady, memory } = hasTargets(policy)
    ? followed(question)
    : { need: undefined, steady: question.declared, memory: [] };
  const replicas = bounded(Math.max(steady, floor?.replicas ?? 0), policy);
  const isFloor = floor !== undefined && floor.replicas > steady;
  const reason = isFloor ? floor.because : reasonOf({ need, steady: bounded(steady, policy), question });
  return { replicas, reason, memory };
}

/** What the calendar asks for at least at that time: the greatest of the windows that are held; undefined when none is. */
function floorAt(policy: ScalePolicy, at: number): Need | undefined {
  const held = policy.windows.flatMap((window): Need[] => {
    const [span] = spansOf(window, { from: at, until: at + 1, most: 1 });
    if (span === undefined) return [];
    const from = formatMoment(span.startAt, window.timeZone);
    return [{ replicas: window.replicas, because: `window of ${from}: at least ${window.replicas}` }];
  });
  return held.reduce<Need | undefined>((most, one) => (one.replicas > (most?.replicas ?? 0) ? one : most), undefined);
}

function followed({ policy, current, now, metrics, memory }: ScaleQuestion): {
  readonly need: Need;
  readonly steady: number;
  readonly memory: ScaleMemory;
} {
  const raw = neededBy(policy, current, metrics);
  const need = { ...raw, replicas: bounded(raw.replicas, policy) };
  const look = { now, current, wanted: need.replicas };
  const known = remembered(memory, look, policy);
  return { need, steady: stabilised(known, look, policy), memory: known };
}

function bounded(replicas: number, { min = 1, max = Number.POSITIVE_INFINITY }: ScalePolicy): number {
  return Math.min(Math.max(replicas, min), max);
}

function reasonOf({
  need,
  steady,
  question: { policy, current, declared },
}: {
  readonly need: Need | undefined;
  readonly steady: number;
  readonly question: ScaleQuestion;
}): string {
  if (need === undefined)
    return `no window is held: ${steady === declared ? 'as declared' : 'as declared, within bounds'}`;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  if (need.replicas > current && steady === current)
    return `${need.because}: ${need.replicas} are needed, not yet for ${seconds(policy.upAfterMs)}`;
  if (need.replicas < current && steady === current)
    return `${need.because}: ${need.replicas} would do, not yet for ${seconds(policy.downAfterMs)}`;
  return need.because;
}

/** What should be known of the windows of `x-fleet.scale`: those that overlap, and those that change nothing. */
import { formatMoment } from '../../model/calendar.ts';
import type { ScalePolicy, ScaleWindow } from '../../model/scale.ts';
import { spansOf } from '../../model/windows.ts';
import { replicasOf } from '../service/amounts.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { scalePolicyOf } from './policy.ts';

/** Two cron lines are compared from here on: a file must say the same every day. */
const SOME_DAY = Date.UTC(2026, 0, 1);
const SOME_TIME_MS = 400 * 86_400_000;
const MOST_SPANS = 32;

/** The notes of one service. */
export function scaleNotes(name: string, entry: ServiceEntry): readonly string[] {
  const scale = entry['x-fleet']?.scale;
  if (scale === undefined) return [];
  const policy = scalePolicyOf(scale);
  // A window that is not whole is a problem, and the numbers of the others would be wrong.
  if (policy.windows.length !== scale.windows?.length) return [];
  const at = (index: number): string => `services.${name}.x-fleet.scale.windows[${index}]`;
  return policy.windows.flatMap((one, index) => [
    ...idleNote(at(index), one, policy, entry),
    ...overlapNotes(at(index), one, policy.windows.slice(0, index)),
  ]);
}

function idleNote(at: string, one: ScaleWindow, policy: ScalePolicy, entry: ServiceEntry): readonly string[] {
  const { min = 1, cpuShare, requestsPerSecond } = policy;
  const isMeasured = cpuShare !== undefined || requestsPerSecond !== undefined;
  const always = isMeasured ? min : (replicasOf(entry) ?? min);
  return one.replicas > always ? [] : [`${at}: changes nothing, there are never fewer than ${always} replicas`];
}

function overlapNotes(at: string, one: ScaleWindow, earlier: readonly ScaleWindow[]): readonly string[] {
  return earlier.flatMap((other, index) => {
    const from = other.replicas === one.replicas ? undefined : firstOverlap(one, other);
    if (from === undefined) return [];
    const most = Math.max(one.replicas, other.replicas);
    const when = formatMoment(from, one.timeZone);
    return [`${at}: overlaps with windows[${index}], first at ${when}: the greater number counts, ${most}`];
  });
}

/** When both are held for the first time; of two cron lines, as far as it was looked. */
function firstOverlap(one: ScaleWindow, other: ScaleWindow): number | undefined {
  const [outer, inner] = one.kind === 'dates' ? [one, other] : [other, one];
  const search = { from: SOME_DAY, until: SOME_DAY + SOME_TIME_MS, most: MOST_SPANS };
  const whole = outer.kind === 'dates' ? { from: 0, until: Number.MAX_SAFE_INTEGER, most: 1 } : search;
  for (const { heldFrom, endAt } of spansOf(outer, whole)) {
    const [found] = spansOf(inner, { from: heldFrom, until: endAt, most: 1 });
    if (found !== undefined) return Math.max(heldFrom, found.heldFrom);
  }
  return undefined;
}

/** Hosts that come and go: each time they get nothing new for longer. */
import type { Report } from '../../model/report.ts';
import { type Comebacks, earlier, entriesOf } from './memory.ts';
import { growingPause } from './settings.ts';
import type { Sight } from './sight.ts';

/** Comebacks within this time count together. */
const WINDOW_MS = 10 * 60_000;
/** That many of them are bad luck. */
const BAD_LUCK = 2;
/** No host is remembered to have come back more often. */
const MOST = 10;
const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** What is known of hosts that flap. */
interface Flapping {
  readonly comebacks: Readonly<Record<string, Comebacks>>;
  /** Sorted. */
  readonly avoided: readonly string[];
  readonly reports: readonly Report[];
  readonly wakeAt?: number;
}

/** Judges the hosts that have just come back, and those that did before. */
export function judgeFlapping(comebacks: Flapping['comebacks'], back: readonly string[], sight: Sight): Flapping {
  const known = [...new Set([...Object.keys(comebacks), ...back])].filter((host) => host in sight.pulses).sort();
  const now = entriesOf(known.map((host) => [host, next(comebacks[host], back.includes(host), sight.now)]));
  const avoided = known.filter((host) => now[host]?.isAvoided === true);
  const wakeAt = avoided.map((host) => now[host]?.until).reduce(earlier, undefined);
  const reports = known.flatMap((host) => changeOf(host, { was: comebacks[host], is: now[host] }, sight));
  return { comebacks: now, avoided, reports, ...(wakeAt === undefined ? {} : { wakeAt }) };
}

/** Undefined when there is nothing to remember any more. */
function next(was: Comebacks | undefined, isBack: boolean, now: number): Comebacks | undefined {
  const recent = (was?.at ?? []).filter((at) => now - at < WINDOW_MS);
  const at = isBack ? [...recent, now].slice(-MOST) : recent;
  const { times = 0, until = 0 } = was ?? {};
  if (isBack && at.length > BAD_LUCK) {
    return { at, times: times + 1, until: now + growingPause(times + 1, FIRST_MS, LONGEST_MS), isAvoided: true };
  }
  // Who was avoided is remembered for as long as anybody is, so that the next time is longer.
  if (at.length === 0 && now - until >= LONGEST_MS) return undefined;
  return { at, times, until, isAvoided: until > now };
}

function changeOf(
  host: string,
  { was, is }: { readonly was: Comebacks | undefined; readonly is: Comebacks | undefined },
  { now }: Sight,
): Report[] {
  if (is?.isAvoided === true && is.until !== was?.until) {
    return [{ at: now, kind: 'host-flaps', host, times: is.at.length, forMs: is.until - now }];
  }
  return was?.isAvoided === true && is?.isAvoided !== true ? [{ at: now, kind: 'host-settled', host }] : [];
}

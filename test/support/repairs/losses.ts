/** What of the traffic failed since a fault. */
import type { TrafficSummary } from '../traffic/tally.ts';
import type { Run } from './run.ts';

/**
 * Failures by reason ("failed: POST status 502", of the first 1,000) and by method, and how long after the fault the last
 * one was. What failed before the fault is counted apart: it is the machine's doing, and where it is much the other figures
 * say little.
 */
export function lossesSince(seen: TrafficSummary, since: number): Run {
  const before = seen.failures.filter(({ at }) => at < since);
  const after = (method: string): number => {
    const all = seen.failuresOf[method]?.count ?? 0;
    return all - before.filter((one) => one.method === method).length;
  };
  const reasons = seen.failures.filter(({ at }) => at >= since).map(({ method, reason }) => `${method} ${reason}`);
  const ofReason = (reason: string): number => reasons.filter((one) => one === reason).length;
  return {
    ...Object.fromEntries([...new Set(reasons)].sort().map((reason) => [`failed: ${reason}`, ofReason(reason)])),
    failedGet: after('GET'),
    failedPost: after('POST'),
    lastFailureMs: Math.max(0, (seen.lastFailureAt ?? since) - since),
    slowAnswers: seen.slow,
    failedBefore: before.length,
    trafficLateMs: seen.mostLateMs,
  };
}

/** How many replicas a load asks for: the rule of Kubernetes' Horizontal Pod Autoscaler. Pure. */
import type { ScalePolicy, ServiceMetrics } from '../../model/scale.ts';

/** A number of replicas and the sentence that explains it. */
export interface Need {
  readonly replicas: number;
  readonly because: string;
}

/** A load that is this near to its target is at it: what comes of noise must not scale. The HPA's default, 10 %. */
const TOLERANCE = 0.1;

/** 3 * (0.7 / 0.35) is a little more than 6, and 1.1 - 1 a little more than 0.1. */
const ROUNDING = 1e-9;

/** One target and where the load is. */
interface Gauge {
  /** Load over target; undefined when it is not known. */
  readonly ratio: number | undefined;
  readonly words: string;
}

/** True when the policy follows a load. */
export function hasTargets({ cpuShare, requestsPerSecond }: ScalePolicy): boolean {
  return cpuShare !== undefined || requestsPerSecond !== undefined;
}

/**
 * desired = ceil(current * load / target), the greatest of all targets; within the tolerance it is `current`. Where a load
 * is not known, others may ask for more and nothing for fewer, and where none is known nothing changes.
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details)
 */
export function neededBy(policy: ScalePolicy, current: number, metrics: ServiceMetrics): Need {
  const gauges = gaugesOf(policy, current, metrics);
  const because = gauges.map(({ words }) => words).join(', ');
  const known = gauges.flatMap(({ ratio }) => (ratio === undefined ? [] : [wanted(current, ratio)]));
  const most = Math.max(...known);
  const isBlind = known.length < gauges.length && most < current;
  return { replicas: known.length === 0 || isBlind ? current : most, because };
}

function wanted(current: number, ratio: number): number {
  if (Math.abs(ratio - 1) <= TOLERANCE + ROUNDING) return current;
  return Math.ceil(current * ratio - ROUNDING);
}

function gaugesOf(policy: ScalePolicy, current: number, metrics: ServiceMetrics): Gauge[] {
  const { cpuShare, requestsPerSecond } = policy;
  return [
    ...(cpuShare === undefined ? [] : [cpuGauge(cpuShare, metrics.cpuShare)]),
    ...(requestsPerSecond === undefined ? [] : [rateGauge(requestsPerSecond, current, metrics.requestsPerSecond)]),
  ];
}

function cpuGauge(target: number, share: number | undefined): Gauge {
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  if (share === undefined) return { ratio: undefined, words: 'cpu is not known' };
  return { ratio: share / target, words: `cpu ${percent(share)} of what is reserved (target ${percent(target)})` };
}

function rateGauge(target: number, current: number, all: number | undefined): Gauge {
  if (all === undefined) return { ratio: undefined, words: 'requests are not known' };
  const each = all / current;
  const round = (rate: number): number => Math.round(rate * 10) / 10;
  return { ratio: each / target, words: `${round(each)} requests/s for each replica (target ${round(target)})` };
}

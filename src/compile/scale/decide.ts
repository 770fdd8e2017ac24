/** Scaling of one app at one look: which services should have another number of replicas now. Pure. */
import type { ReleaseRecord } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { countsOf } from '../../model/release.ts';
import type { ScaleChange, ScaleMemory, ScalePolicy, ServiceMetrics } from '../../model/scale.ts';
import { nextTurn } from '../../model/windows.ts';
import { earlier } from '../heal/memory.ts';
import { growingPause } from '../heal/settings.ts';
import { hasTargets } from './need.ts';
import { scaleTarget } from './target.ts';

/** After a failure the same is not tried at once. */
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 10 * 60_000;

/** What is remembered of an app's services between two looks. Plain data, bounded by the services and their times. */
export type AppScale = Readonly<Record<string, ServiceScale>>;

interface ServiceScale {
  readonly needed: ScaleMemory;
  /** The number on record, and the look that saw it first. */
  readonly current: number;
  readonly since: number;
  /** Changes of it that failed in a row. */
  readonly failures: number;
  readonly restsUntil: number;
}

/** One look at an app. */
export interface ScaleSight {
  /** As the release has them. */
  readonly services: readonly Service[];
  readonly record: Pick<ReleaseRecord, 'replicas' | 'scaled'>;
  /** When the look began; never less than that of an earlier look. */
  readonly now: number;
  readonly load: Readonly<Record<string, ServiceMetrics>>;
  /** Since when its cpu was measured; undefined: it was not. */
  readonly cpuSince: number | undefined;
  readonly memory: AppScale;
}

/** What to do for it. */
export interface Scaling {
  /** What is to be done now, sorted by service. */
  readonly changes: readonly ScaleChange[];
  /** True when every service has what it should have: nothing waits for a rest, either. */
  readonly isSettled: boolean;
  readonly memory: AppScale;
  /** When the calendar asks for something else, or a rest is over; within a day. */
  readonly nextAt?: number;
}

/** True when the load of any of them has to be known. */
export function needLoad(services: readonly Service[]): boolean {
  return services.some(({ scale }) => scale !== undefined && hasTargets(scale));
}

/** Decides for each service that has `x-fleet.scale`. */
export function decideScale(sight: ScaleSight): Scaling {
  const { now } = sight;
  const scaled = [...sight.services].sort((left, right) => (left.name < right.name ? -1 : 1));
  const decided = scaled.flatMap((service) =>
    service.scale === undefined ? [] : decideOne(sight, service, service.scale),
  );
  const wanted = decided.filter(({ change }) => change.from !== change.to);
  const nextAt = decided.map((one) => one.nextAt).reduce(earlier, undefined);
  return {
    changes: wanted.filter(({ next }) => next.restsUntil <= now).map(({ change }) => change),
    isSettled: wanted.length === 0,
    memory: Object.fromEntries(decided.map(({ change, next }) => [change.service, next])),
    ...(nextAt === undefined ? {} : { nextAt }),
  };
}

interface Decided {
  readonly change: ScaleChange;
  readonly next: ServiceScale;
  readonly nextAt: number | undefined;
}

function decideOne(sight: ScaleSight, service: Service, policy: ScalePolicy): Decided {
  const { record, now, memory, load, cpuSince } = sight;
  const { name } = service;
  const { declared, current } = countsOf(service, record);
  const known = memory[name];
  const since = known?.current === current ? known.since : now;
  const { cpuShare, ...requests } = load[name] ?? {};
  // Of replicas that have just come or gone, old ones still show the load that there was without them.
  const isTrue = cpuShare !== undefined && cpuSince !== undefined && cpuSince >= since;
  const metrics = isTrue ? { cpuShare, ...requests } : requests;
  const needed = known?.needed ?? [];
  const decision = scaleTarget({ policy, declared, current, now, metrics, memory: needed });
  const { failures = 0, restsUntil = 0 } = known ?? {};
  const turns = policy.windows.map((window) => nextTurn(window, now));
  return {
    change: { service: name, from: current, to: decision.replicas, because: decision.reason, measured: metrics },
    next: { needed: decision.memory, current, since, failures, restsUntil },
    nextAt: [...turns, restsUntil > now ? restsUntil : undefined].reduce(earlier, undefined),
  };
}

/** Remembers how a change of these services ended. */
export function noteScale(
  memory: AppScale,
  { services, end, at }: { readonly services: readonly string[]; readonly end: 'done' | 'failed'; readonly at: number },
): AppScale {
  const noted = Object.entries(memory).map(([name, one]): [string, ServiceScale] => {
    if (!services.includes(name)) return [name, one];
    if (end === 'done') return [name, { ...one, failures: 0, restsUntil: 0 }];
    const failures = one.failures + 1;
    return [name, { ...one, failures, restsUntil: at + growingPause(failures, FIRST_REST_MS, LONGEST_REST_MS) }];
  });
  return Object.fromEntries(noted);
}

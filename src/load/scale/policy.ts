/** `x-fleet.scale` of a service: numbers, targets and windows as the file has them, and the policy they make. */
import type { z } from 'zod';
import { cronProblem, instantOf, isTimeZone, timeZones } from '../../model/calendar.ts';
import type { ScalePolicy, ScaleWindow } from '../../model/scale.ts';
import { nearestHint } from '../nearest.ts';
import { bad, checked, fields, list, parsed, text } from '../schema.ts';
import { parseDuration, parseWhole, wrong } from '../units.ts';

/** More replicas of one service than any fleet runs. */
const MOST_REPLICAS = 10_000;

/** Kubernetes' HPA waits 0 s and 5 min; a look at hosts now and then is noisier than its metrics. */
const UP_AFTER_MS = 30_000;
const DOWN_AFTER_MS = 300_000;

const WARM_UP_MS = 300_000;

const LOCAL_TIME = 'a day and a time such as "2026-11-27 08:00"';

const replicas = parsed('a number of replicas', (value) => parseWhole(value, 1, MOST_REPLICAS));
const duration = parsed('a duration such as 5m', parseDuration);
const zone = checked(text('a time zone such as Europe/Berlin'), parseZone);

const scaleWindow = fields({
  replicas,
  start: checked(text(LOCAL_TIME), parseLocal).optional(),
  end: checked(text(LOCAL_TIME), parseLocal).optional(),
  cron: checked(text('a cron line such as "0 8 * * 1-5"'), parseCron).optional(),
  duration: parsed('a duration such as 2h', parseLasting).optional(),
  time_zone: zone.optional(),
  warm_up: duration.optional(),
});

/** `scale:` of `x-fleet`. */
export const scaleSchema = fields({
  min: replicas.optional(),
  max: replicas.optional(),
  cpu: parsed('a share such as 70%', parseShare).optional(),
  requests_per_second: parsed('a number such as 50', parseRate).optional(),
  scale_up_after: duration.optional(),
  scale_down_after: duration.optional(),
  time_zone: zone.optional(),
  warm_up: duration.optional(),
  windows: list(scaleWindow).optional(),
});

/** `scale` as the file has it. */
export type ScaleEntry = z.output<typeof scaleSchema>;

/** One of its windows as the file has it. */
export type WindowEntry = NonNullable<ScaleEntry['windows']>[number];

/** The policy; a window that is not whole is left out, which is a problem of its own. */
export function scalePolicyOf(entry: ScaleEntry): ScalePolicy {
  const { min, max, cpu, requests_per_second: rate } = entry;
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(cpu === undefined ? {} : { cpuShare: cpu }),
    ...(rate === undefined ? {} : { requestsPerSecond: rate }),
    upAfterMs: entry.scale_up_after ?? UP_AFTER_MS,
    downAfterMs: entry.scale_down_after ?? DOWN_AFTER_MS,
    windows: (entry.windows ?? []).flatMap((one) => scaleWindowOf(one, entry) ?? []),
  };
}

/** The window; undefined when it has neither a start and an end nor a cron line and a duration. */
export function scaleWindowOf(one: WindowEntry, entry: ScaleEntry): ScaleWindow | undefined {
  const timeZone = one.time_zone ?? entry.time_zone ?? 'UTC';
  const base = { replicas: one.replicas, timeZone, warmUpMs: one.warm_up ?? entry.warm_up ?? WARM_UP_MS };
  if (one.start !== undefined && one.end !== undefined) {
    return { kind: 'dates', ...base, startAt: instantOf(one.start, timeZone), endAt: instantOf(one.end, timeZone) };
  }
  if (one.cron === undefined || one.duration === undefined) return undefined;
  return { kind: 'cron', ...base, cron: one.cron, durationMs: one.duration };
}

/** "2026-11-27 08:00" as 2026-11-27T08:00:00; the zone stands beside it, so that all times of a playbook read alike. */
function parseLocal(value: string): string {
  const [, day = '', time = '', seconds = ':00'] = /^(20\d\d-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$/.exec(value) ?? [];
  const local = `${day}T${time}${seconds}`;
  const at = new Date(`${local}Z`);
  // A day that is not in the calendar becomes one of the next month.
  if (!Number.isNaN(at.getTime()) && at.toISOString().startsWith(local)) return local;
  const hint = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? 'leave the zone out, and say time_zone: beside it' : undefined;
  throw wrong(value, 'a day and a time', LOCAL_TIME, hint);
}

function parseCron(value: string): string {
  const problem = cronProblem(value);
  if (problem === undefined) return value.trim();
  throw bad(`${JSON.stringify(value)} is not a cron line: ${problem}`, {
    expected: 'minute, hour, day, month and day of the week, such as "0 8 * * 1-5"',
  });
}

function parseZone(value: string): string {
  if (isTimeZone(value)) return value;
  const hint = nearestHint(value, timeZones());
  throw bad(`${JSON.stringify(value)} is not a time zone`, {
    expected: 'a name such as Europe/Berlin or UTC',
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A window that lasts no time is never open. */
function parseLasting(value: string): number {
  const ms = parseDuration(value);
  if (ms > 0) return ms;
  throw wrong(value, 'a time that something can last', 'a duration such as 2h');
}

function parseShare(value: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(value)?.[1] ?? Number.NaN);
  if (percent >= 1 && percent <= 1000) return percent / 100;
  const hint = /^0?\.\d+$/.test(value) ? `write ${Math.round(Number(value) * 100)}%` : undefined;
  throw wrong(value, 'a share of the reserved cpu', 'a share such as 70%', hint);
}

function parseRate(value: string): number {
  const rate = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw wrong(value, 'a number of requests a second', 'a number such as 50');
}

/** Hosts that are not up: what is taken of each, and since when. */
import type { Absence } from '../../model/heal.ts';
import type { Report } from '../../model/report.ts';
import type { NoPulse } from '../../model/watch.ts';
import { type Away, earlier, entriesOf } from './memory.ts';
import type { HealSettings } from './settings.ts';
import { lastReplicasOf, type Sight } from './sight.ts';

/** No loss takes longer to be noticed; a last answer that is older tells of a time in which nobody asked. */
const MOST_BEFORE_MS = 5000;

/** What is known of absent hosts after a judgement. */
export interface Absences {
  readonly away: Readonly<Record<string, Away>>;
  /** By host, sorted. */
  readonly absences: Readonly<Record<string, Absence>>;
  /** Hosts that were away or gone and are up again. */
  readonly back: readonly string[];
  readonly reports: readonly Report[];
  readonly wakeAt?: number;
}

/** One absent host: what it was, what it is. */
interface Case {
  readonly host: string;
  readonly pulse: NoPulse;
  readonly asked: number;
  readonly answered: number;
  readonly was?: Away;
}

/** Judges every host that is not up. */
export function judgeAbsences(away: Absences['away'], sight: Sight, settings: HealSettings): Absences {
  const cases = casesOf(away, sight);
  const now = new Map(cases.map((one) => [one.host, { ...next(one, sight, settings), ...trustOf(one) }]));
  const back = Object.keys(away)
    .filter((host) => sight.pulses[host]?.kind === 'up')
    .sort();
  const wakes = [...now.values()].map((one) => wakeOf(one, settings));
  const wakeAt = wakes.reduce(earlier, undefined);
  return {
    away: Object.fromEntries(now),
    absences: Object.fromEntries([...now].map(([host, { kind }]) => [host, kind])),
    back: back.filter((host) => away[host]?.kind !== 'serving'),
    reports: [
      ...cases.flatMap((one) => [...untrusted(one, sight), ...changeOf(one, now.get(one.host), sight)]),
      ...back.map((host): Report => {
        return { at: sight.now, kind: 'host-back', host, afterMs: sight.now - (away[host]?.lostAt ?? sight.now) };
      }),
    ],
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

/**
 * While the watcher is cut off or stood still, time proves nothing: hosts that are only away count from the end of it. Those that were
 * gone before stay so, as their replicas run elsewhere.
 */
export function suspendAbsences(
  away: Absences['away'],
  { now, pulses }: Pick<Sight, 'now' | 'pulses'>,
): Absences['away'] {
  return entriesOf(
    Object.entries(away)
      .filter(([host]) => host in pulses)
      .map(([host, one]) => {
        const { answeringSince, ...rest } = one;
        return [host, one.kind === 'gone' ? one : { ...rest, since: now }];
      }),
  );
}

function casesOf(away: Absences['away'], { pulses, reaches }: Sight): Case[] {
  return Object.keys(pulses)
    .sort()
    .flatMap((host) => {
      const pulse = pulses[host];
      if (pulse === undefined || pulse.kind === 'up') return [];
      const { asked = 0, answered = 0 } = reaches.find((reach) => reach.host === host) ?? {};
      const was = away[host];
      return [{ host, pulse, asked, answered, ...(was === undefined ? {} : { was }) }];
    });
}

function next(one: Case, sight: Sight, { graceMs, settleMs }: HealSettings): Away {
  const { answered, was } = one;
  const { now } = sight;
  const isAnswering = answered > 0;
  if (was === undefined) {
    return isAnswering
      ? { kind: 'serving', lostAt: now, since: now }
      : { kind: 'away', lostAt: now, since: beginOf(one, sight) };
  }
  const { lostAt, since, answeringSince = now } = was;
  switch (was.kind) {
    case 'serving':
      return isAnswering ? was : { kind: 'away', lostAt, since: now };
    case 'gone':
      // Its replicas run elsewhere by now: whatever answers there waits until the host itself can be asked.
      return was;
    case 'away':
      if (!isAnswering) return { kind: now - since >= graceMs ? 'gone' : 'away', lostAt, since };
      if (now - answeringSince >= settleMs) return { kind: 'serving', lostAt, since: now };
      return { ...was, answeringSince };
    default:
      return was.kind satisfies never;
  }
}

/** It was silent before anybody could know: two questions must be missed, and other hosts be asked. */
function beginOf({ pulse: { answeredAt } }: Case, { now, countsFrom = 0 }: Sight): number {
  return Math.min(now, Math.max(answeredAt ?? now, countsFrom, now - MOST_BEFORE_MS));
}

/** Told once, until the host is up again. */
function trustOf({ pulse, was }: Case): Pick<Away, 'isUntrusted'> {
  return was?.isUntrusted === true || isWrongKey(pulse) ? { isUntrusted: true } : {};
}

function untrusted({ host, pulse, was }: Case, { now }: Sight): Report[] {
  if (was?.isUntrusted === true || !isWrongKey(pulse)) return [];
  return [{ at: now, kind: 'host-untrusted', host, message: pulse.message }];
}

/** Who shows a wrong key is somebody else, or a machine that was installed anew: what ran there is not known either. */
function isWrongKey({ code }: Case['pulse']): boolean {
  return code.startsWith('E_HOST_KEY_');
}

function wakeOf(away: Away, { graceMs, settleMs }: HealSettings): number | undefined {
  if (away.kind !== 'away') return undefined;
  return away.answeringSince === undefined ? away.since + graceMs : away.answeringSince + settleMs;
}

/** What there is to tell when a host's standing is another one than before. */
function changeOf(one: Case, away: Away | undefined, sight: Sight): Report[] {
  const { host, was, asked, answered, pulse } = one;
  if (away === undefined || was?.kind === away.kind) return [];
  const told = { at: sight.now, host } as const;
  const cause = { cause: pulse.kind, message: pulse.message } as const;
  switch (away.kind) {
    case 'serving':
      return [{ ...told, kind: 'host-serving', ...cause, asked, answered }];
    case 'away':
      return [{ ...told, kind: 'host-lost', ...cause, replicas: lastReplicasOf(host, sight).length }];
    case 'gone': {
      const waits = waiting(host, sight);
      const kept = waits.reduce((sum, { replicas }) => sum + replicas, 0);
      const moving = lastReplicasOf(host, sight).length - kept;
      const afterMs = sight.now - away.since;
      return [{ ...told, kind: 'host-gone', afterMs, moving }, ...waits.map((wait) => ({ ...told, ...wait }))];
    }
    default:
      return away.kind satisfies never;
  }
}

/** Replicas with named volumes go nowhere else: by app, what waits for the host. */
function waiting(host: string, sight: Sight): Omit<Extract<Report, { kind: 'volume-waits' }>, 'at' | 'host'>[] {
  const bound = lastReplicasOf(host, sight).filter(({ container }) => container.volumes.length > 0);
  return sight.apps.flatMap((app) => {
    const own = bound.filter(({ container }) => container.app === app);
    const services = [...new Set(own.map(({ container }) => container.service))].sort();
    return own.length === 0 ? [] : [{ kind: 'volume-waits', app, services, replicas: own.length }];
  });
}

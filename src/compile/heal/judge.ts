/** judge: what a watcher sees and remembers -> what it orders and tells. Pure; all patience of the watcher is here. */
import type { HealOrder } from '../../model/heal.ts';
import type { Report } from '../../model/report.ts';
import { judgeAbsences, suspendAbsences } from './absences.ts';
import { judgeCertificates } from './certificates.ts';
import { judgeConditions } from './conditions.ts';
import { judgeCrashes } from './crashes.ts';
import { judgeDistrust } from './distrust.ts';
import { judgeFailing } from './failing.ts';
import { judgeFlapping } from './flapping.ts';
import { type CutOff, earlier, type Memory } from './memory.ts';
import { allow } from './repairs.ts';
import type { HealSettings } from './settings.ts';
import { hostsThatAre, type Sight } from './sight.ts';

/** All that a judgement depends on. */
export interface Matter {
  readonly memory: Memory;
  readonly sight: Sight;
  readonly settings: HealSettings;
}

/** What is made of it. */
export interface Verdict {
  readonly memory: Memory;
  /** App -> what is to be done for it; an app that is not named is left alone. Usually there is nothing to do in it. */
  readonly orders: Readonly<Record<string, HealOrder>>;
  readonly reports: readonly Report[];
  /** Fewer than half of the hosts answer: there are no orders. */
  readonly isCutOff: boolean;
  /** Containers whose last log lines belong into reports of `crash-loop`. */
  readonly wantsLogs: readonly { readonly host: string; readonly container: string }[];
  /** When to judge again if nothing happens before; epoch milliseconds. */
  readonly wakeAt?: number;
  /** When to look again before judging. */
  readonly lookAt?: number;
}

/** Judges one moment. Judging the same moment twice changes nothing more. */
export function judge(matter: Matter): Verdict {
  const { memory, sight, settings } = matter;
  const up = hostsThatAre('up', sight).length;
  const hosts = Object.keys(sight.pulses).length;
  if (up === 0 || up * 2 < hosts) return tooFew(matter, up, hosts);
  const { cutOff, ...rest } = memory;
  if (cutOff === undefined) return judgeFleet(matter);
  // Hosts come back one after the other: those that come a moment later are not lost.
  const { since, quorumSince = sight.now } = cutOff;
  if (sight.now - quorumSince < settings.settleMs) {
    const wakeAt = quorumSince + settings.settleMs;
    return { ...waiting(matter, { since, quorumSince }), wakeAt };
  }
  const verdict = judgeFleet({ ...matter, memory: rest, sight: { ...sight, countsFrom: sight.now } });
  const over: Report = { at: sight.now, kind: 'cut-off-over', up, hosts, afterMs: sight.now - since };
  return { ...verdict, reports: [over, ...verdict.reports] };
}

function tooFew(matter: Matter, up: number, hosts: number): Verdict {
  const { memory, sight } = matter;
  const { now } = sight;
  const withoutDocker = hostsThatAre('no-docker', sight).length;
  const reports: Report[] = memory.cutOff === undefined ? [{ at: now, kind: 'cut-off', up, hosts, withoutDocker }] : [];
  return { ...waiting(matter, { since: memory.cutOff?.since ?? now }), reports };
}

/** Nothing is done, and nothing counts. */
function waiting({ memory, sight }: Matter, cutOff: CutOff): Verdict {
  const remembered = { ...memory, cutOff, away: suspendAbsences(memory.away, sight) };
  return { memory: remembered, orders: {}, reports: [], isCutOff: true, wantsLogs: [] };
}

function judgeFleet({ memory, sight, settings }: Matter): Verdict {
  const absences = judgeAbsences(memory.away, sight, settings);
  const flapping = judgeFlapping(memory.comebacks, absences.back, sight);
  const failing = judgeFailing(memory.failing, sight.now);
  const distrust = judgeDistrust({ ...memory, held: failing.held }, sight, settings);
  const crashes = judgeCrashes(memory, sight);
  const conditions = judgeConditions(memory, sight, settings);
  const endings = judgeCertificates(memory.certificates, sight);
  const ordered = Object.fromEntries(
    [...sight.apps].sort().map((app): [string, HealOrder] => {
      const distrusted = distrust.distrusted.filter(({ container }) => container.app === app).map(({ key }) => key);
      const left = [...new Set([...crashes.held, ...failing.held])].sort();
      const held = left.filter((name) => name.startsWith(`${app}/`)).map((name) => name.slice(app.length + 1));
      return [app, { absences: absences.absences, distrusted, held, avoided: flapping.avoided }];
    }),
  );
  const allowed = allow(ordered, memory.repairs, { sight, settings });
  const parts = [absences, flapping, distrust, crashes, conditions, endings, allowed];
  const reports = parts.flatMap((part) => part.reports);
  const wakeAt = [absences, flapping, distrust, crashes, failing, allowed]
    .map((part) => part.wakeAt)
    .reduce(earlier, undefined);
  return {
    memory: {
      ...memory,
      away: absences.away,
      comebacks: flapping.comebacks,
      suspects: distrust.suspects,
      sickServices: distrust.sickServices,
      seen: crashes.seen,
      crashes: crashes.crashes,
      failing: failing.failing,
      repairs: allowed.repairs,
      lowDisks: conditions.lowDisks,
      wrongClocks: conditions.wrongClocks,
      certificates: endings.certificates,
    },
    orders: allowed.orders,
    reports,
    isCutOff: false,
    wantsLogs: reports.flatMap((one) =>
      one.kind === 'crash-loop' ? [{ host: one.host, container: one.container }] : [],
    ),
    ...(wakeAt === undefined ? {} : { wakeAt }),
    ...(distrust.lookAt === undefined ? {} : { lookAt: distrust.lookAt }),
  };
}

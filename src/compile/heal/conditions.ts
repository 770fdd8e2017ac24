/** What nobody repairs but people: a disk that fills up, a clock that is off. */
import type { HostUp } from '../../model/observed.ts';
import type { Report } from '../../model/report.ts';
import type { Memory } from './memory.ts';
import type { HealSettings } from './settings.ts';
import type { Sight } from './sight.ts';

/** Good again means clearly good, so that a value at the limit is not told again and again. */
const CLEARLY = 1.5;

/** What was reported and is still so. */
interface Conditions extends Pick<Memory, 'lowDisks' | 'wrongClocks'> {
  readonly reports: readonly Report[];
}

/** Judges all hosts that answered the last look; of others nothing new is known. */
export function judgeConditions(
  memory: Pick<Memory, 'lowDisks' | 'wrongClocks'>,
  sight: Sight,
  { diskLowBytes, skewMs }: HealSettings,
): Conditions {
  const lowDisks = judge(memory.lowDisks, sight, ({ diskFreeBytes }, isLow) =>
    isLow ? diskFreeBytes < diskLowBytes * CLEARLY : diskFreeBytes < diskLowBytes,
  );
  const wrongClocks = judge(memory.wrongClocks, sight, ({ clockSkewMs }, isOff) =>
    isOff ? Math.abs(clockSkewMs) > skewMs / CLEARLY : Math.abs(clockSkewMs) > skewMs,
  );
  const { now: at } = sight;
  const disk = (kind: 'disk-low' | 'disk-freed', host: string): Report[] =>
    reportsOf(host, sight, ({ diskFreeBytes: freeBytes }) => ({ at, kind, host, freeBytes }));
  const clock = (kind: 'clock-off' | 'clock-right', host: string): Report[] =>
    reportsOf(host, sight, ({ clockSkewMs }) => ({ at, kind, host, skewMs: clockSkewMs }));
  return {
    lowDisks,
    wrongClocks,
    reports: [
      ...without(lowDisks, memory.lowDisks).flatMap((host) => disk('disk-low', host)),
      ...without(memory.lowDisks, lowDisks).flatMap((host) => disk('disk-freed', host)),
      ...without(wrongClocks, memory.wrongClocks).flatMap((host) => clock('clock-off', host)),
      ...without(memory.wrongClocks, wrongClocks).flatMap((host) => clock('clock-right', host)),
    ],
  };
}

function judge(
  was: readonly string[],
  { pulses, observed }: Sight,
  isBad: (report: HostUp, before: boolean) => boolean,
): string[] {
  return Object.keys(pulses)
    .sort()
    .filter((host) => {
      const state = observed[host];
      return state?.reachable === true ? isBad(state, was.includes(host)) : was.includes(host);
    });
}

function without(hosts: readonly string[], others: readonly string[]): string[] {
  return hosts.filter((host) => !others.includes(host));
}

function reportsOf(host: string, { observed }: Sight, make: (report: HostUp) => Report): Report[] {
  const state = observed[host];
  return state?.reachable === true ? [make(state)] : [];
}

/**
 * Stabilisation: how what was needed lately keeps a number of replicas from swinging. It goes up to what was needed at
 * every moment of `upAfterMs`, and down to the most that was needed at any moment of `downAfterMs`. (The HPA's
 * stabilization windows, KEP-853, with spans instead of samples.)
 */
import type { NeededSpan, ScaleMemory, ScalePolicy } from '../../model/scale.ts';

/** What is known of the need now. */
export interface Look {
  readonly now: number;
  readonly current: number;
  readonly wanted: number;
}

/**
 * Nobody looked for longer than this: what was needed meanwhile is not known, and counts as what there was. Looks are 30 s
 * apart, and a deploy or a repair may come between.
 */
const BLIND_MS = 120_000;

type Times = Pick<ScalePolicy, 'upAfterMs' | 'downAfterMs'>;

/** The memory with this look in it, without what no later decision depends on. Who remembers nothing begins with `current`. */
export function remembered(memory: ScaleMemory, look: Look, times: Times): ScaleMemory {
  const { now, current, wanted } = look;
  const last = memory.at(-1);
  const isBlind = last === undefined || now - last.until > BLIND_MS;
  const unseen = isBlind ? [{ replicas: current, from: last?.until ?? now, until: now }] : [];
  // What was needed at a look was needed until the next one: nothing else is known.
  const before = isBlind || last === undefined ? memory : [...memory.slice(0, -1), { ...last, until: now }];
  const isSame = !isBlind && last?.replicas === wanted;
  const added = isSame ? [] : [{ replicas: wanted, from: now, until: now }];
  return pruned([...before, ...unseen, ...added], now, times);
}

/** `current`, or where it goes: `memory` must have the look already. */
export function stabilised(memory: ScaleMemory, { now, current, wanted }: Look, times: Times): number {
  const within = (ms: number): number[] => memory.filter(({ until }) => until > now - ms).map((span) => span.replicas);
  const least = Math.min(wanted, ...within(times.upAfterMs));
  const most = Math.max(wanted, ...within(times.downAfterMs));
  if (current < least) return least;
  return current > most ? most : current;
}

/** Older than all times, or no longer new enough for going up and no more than what came later: neither is asked again. */
function pruned(memory: readonly NeededSpan[], now: number, { upAfterMs, downAfterMs }: Times): ScaleMemory {
  const kept: NeededSpan[] = [];
  let most = Number.NEGATIVE_INFINITY;
  for (const span of [...memory].reverse()) {
    const isRecent = span.until > now - upAfterMs || kept.length === 0;
    if (!isRecent && (span.until <= now - downAfterMs || span.replicas <= most)) continue;
    kept.push(span);
    most = Math.max(most, span.replicas);
  }
  return kept.reverse();
}

/** When the windows of `x-fleet.scale` are held. Pure. */
import { nextStart } from './calendar.ts';
import type { ScaleWindow } from './scale.ts';

const DAY_MS = 86_400_000;

/** A time for which a window is held, epoch milliseconds: from its warm-up on, until its end, which is outside. */
export interface Span {
  readonly heldFrom: number;
  readonly startAt: number;
  readonly endAt: number;
}

/** Spans that have a part of the time from `from` until just before `until`, in order; no more than `most`. */
export function spansOf(
  window: ScaleWindow,
  { from, until, most }: { readonly from: number; readonly until: number; readonly most: number },
): Span[] {
  const spanAt = (startAt: number, endAt: number): Span => ({ heldFrom: startAt - window.warmUpMs, startAt, endAt });
  if (window.kind === 'dates') {
    const span = spanAt(window.startAt, window.endAt);
    return span.heldFrom < until && span.endAt > from ? [span] : [];
  }
  const spans: Span[] = [];
  let after = from - window.durationMs;
  while (spans.length < most) {
    const startAt = nextStart(window, after);
    if (startAt === undefined || startAt - window.warmUpMs >= until) break;
    spans.push(spanAt(startAt, startAt + window.durationMs));
    after = startAt;
  }
  return spans;
}

/** When the window begins or ends to be held next, within a day after that time; undefined when it does neither. */
export function nextTurn(window: ScaleWindow, after: number): number | undefined {
  const spans = spansOf(window, { from: after, until: after + DAY_MS, most: 2 });
  const turns = spans.flatMap(({ heldFrom, endAt }) => [heldFrom, endAt]).filter((at) => at > after);
  return turns.length === 0 ? undefined : Math.min(...turns);
}

/** True when the window is held at that time. */
export function isHeld(window: ScaleWindow, at: number): boolean {
  return spansOf(window, { from: at, until: at + 1, most: 1 }).length > 0;
}

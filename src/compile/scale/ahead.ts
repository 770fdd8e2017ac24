/** The windows that come: at which moments services will want how many replicas. Pure. */
import { formatMoment } from '../../model/calendar.ts';
import type { Service } from '../../model/playbook.ts';
import type { ScaleWindow } from '../../model/scale.ts';
import { type Span, spansOf } from '../../model/windows.ts';

/** A moment from which on windows are held. */
export interface Moment {
  /** Epoch milliseconds: when the warm-up begins, or now for what is held already. */
  readonly at: number;
  /** Of every service with a window that is held then: the windows' replicas, or its own where they are more. Sorted by name. */
  readonly replicas: Readonly<Record<string, number>>;
  /** "2026-11-27 08:00 Europe/Berlin" of each window that begins to be held then, and its service. */
  readonly opening: readonly { readonly service: string; readonly start: string }[];
}

/** What is looked at: services with the number of replicas that they have otherwise. */
export interface Calendar {
  readonly services: readonly Pick<Service, 'name' | 'replicas' | 'scale'>[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly days: number;
}

/** A cron line that starts often: of the rest nothing else would come. */
const MOST_SPANS = 100;

const DAY_MS = 86_400_000;

interface Held {
  readonly service: string;
  readonly window: ScaleWindow;
  readonly span: Span;
}

/** All moments until then, in order; none when no window is held by then. */
export function windowsAhead({ services, now, days }: Calendar): Moment[] {
  const search = { from: now, until: now + days * DAY_MS, most: MOST_SPANS };
  const ordered = [...services].sort((left, right) => (left.name < right.name ? -1 : 1));
  const held = ordered.flatMap(({ name, scale }) =>
    (scale?.windows ?? []).flatMap((window) =>
      spansOf(window, search).map((span): Held => ({ service: name, window, span })),
    ),
  );
  const own = new Map(services.map(({ name, replicas }) => [name, replicas]));
  const moments = [...new Set(held.map((one) => beginOf(one, now)))].sort((left, right) => left - right);
  return moments.map((at) => momentAt(at, now, held, own));
}

function beginOf({ span }: Held, now: number): number {
  return Math.max(now, span.heldFrom);
}

function momentAt(at: number, now: number, held: readonly Held[], own: ReadonlyMap<string, number>): Moment {
  const most = new Map<string, number>();
  for (const { service, window, span } of held) {
    if (span.heldFrom > at || span.endAt <= at) continue;
    most.set(service, Math.max(window.replicas, most.get(service) ?? own.get(service) ?? 0));
  }
  const opening = held
    .filter((one) => beginOf(one, now) === at)
    .map(({ service, window, span }) => ({ service, start: formatMoment(span.startAt, window.timeZone) }));
  return { at, opening, replicas: Object.fromEntries([...most].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** What fleet did when, out of the events that it tells. Pure. */
import type { Event } from '../../../src/model/event.ts';

/** Steps of one sort, from the begin of the first to the end of the last; milliseconds from the start of the command. */
export interface Span {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** How many steps; 0 for what is no step. */
  readonly steps: number;
}

/** The first word of a step's id -> what it is told as, in this order. Gates and what has nothing to do are left out. */
const SORTS: Readonly<Record<string, string>> = {
  pull: 'images',
  router: 'routers',
  carry: 'networks, volumes, files',
  ground: 'networks, volumes, files',
  start: 'containers start',
  health: 'they stay up, and are healthy',
  probe: 'every router reaches them',
  lay: 'router files are laid and tested',
  switch: 'routers switch, and say so',
  confirm: 'routers switch, and say so',
  verify: 'edges are asked',
  record: 'records',
};

/** Spans of one run of `fleet deploy` that began and ended at these times (epoch milliseconds). */
export function spansOf(events: readonly Event[], startedAt: number, endedAt: number): readonly Span[] {
  const begun = new Map<string, number>();
  const spans = new Map<string, Span>();
  const add = (what: string, fromMs: number, toMs: number, steps: number) => {
    const known = spans.get(what) ?? { what, fromMs, toMs, steps: 0 };
    const ends = { fromMs: Math.min(known.fromMs, fromMs), toMs: Math.max(known.toMs, toMs) };
    spans.set(what, { what, ...ends, steps: known.steps + steps });
  };
  let ready = 0;
  for (const event of events) {
    const at = event.at - startedAt;
    if (event.kind === 'lease' && event.state === 'taken') add('process, connections, lease', 0, at, 0);
    if (event.kind === 'lease') ready = at;
    if (event.kind === 'plan-started') add('hosts are looked at, plan is made', ready, at, 0);
    if (event.kind === 'step-started') begun.set(event.id, at);
    if (event.kind !== 'step-done') continue;
    const sort = SORTS[event.id.split(/[ @]/)[0] ?? ''];
    if (sort !== undefined) add(sort, begun.get(event.id) ?? at, at, 1);
  }
  add('all', 0, endedAt - startedAt, [...events].filter(({ kind }) => kind === 'step-done').length);
  return [...spans.values()].sort((left, right) => left.fromMs - right.fromMs || left.toMs - right.toMs);
}

/** How long starting containers took: the figure that the floor is held against. */
export function startingMs(spans: readonly Span[]): number | undefined {
  const span = spans.find(({ what }) => what === SORTS.start);
  return span === undefined ? undefined : span.toMs - span.fromMs;
}

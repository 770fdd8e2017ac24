/** How much is repaired: a ceiling for each hour, and no order that fails again and again. */
import type { HealOrder } from '../../model/heal.ts';
import type { Report } from '../../model/report.ts';
import { failedIn } from './failing.ts';
import { earlier, entriesOf, type Memory, type RepairMemory, type Suspect } from './memory.ts';
import { growingPause, type HealSettings } from './settings.ts';
import type { Sight } from './sight.ts';

const HOUR_MS = 3_600_000;
const FIRST_REST_MS = 10_000;
const LONGEST_REST_MS = 10 * 60_000;

/** How a repair ended, as far as it matters to the next one. "refused": there was no plan for it. */
export interface RepairNote {
  readonly app: string;
  readonly order: HealOrder;
  readonly end: 'done' | 'failed' | 'interrupted' | 'refused';
  /** "SERVICE.SLOT" of what could not be started: left alone for a while, so that the rest of the order goes on. */
  readonly blamed: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The orders that may be acted on. */
interface Allowed {
  readonly orders: Readonly<Record<string, HealOrder>>;
  readonly repairs: Memory['repairs'];
  readonly reports: readonly Report[];
  readonly wakeAt?: number;
}

const NO_REPAIRS: RepairMemory = { at: [], isCeilingTold: false };

/** Remembers how a repair ended. */
export function noteRepair(memory: Memory, note: RepairNote): Memory {
  const was = memory.repairs[note.app] ?? NO_REPAIRS;
  const at = note.end === 'refused' ? was.at : [...was.at, note.at];
  const { failed, ...rest } = { ...was, at };
  const isBad = note.end === 'failed' || note.end === 'refused';
  const slots = isBad ? note.blamed.map((slot) => `${note.app}/${slot}`) : [];
  const suspects = isBad && slots.length === 0 ? note.order.distrusted : [];
  const isOrderBlamed = isBad && slots.length + suspects.length === 0;
  const kept = note.end === 'done' ? undefined : failed;
  const now = isOrderBlamed ? failedAgain(failed, note) : kept;
  return {
    ...memory,
    suspects: restSuspects(memory.suspects, suspects, note.at),
    failing: failedIn(memory.failing, slots, note.at),
    repairs: { ...memory.repairs, [note.app]: { ...rest, ...(now === undefined ? {} : { failed: now }) } },
  };
}

/** Leaves out the orders of apps that were repaired too often, and those that have just failed. */
export function allow(
  orders: Allowed['orders'],
  memory: Memory['repairs'],
  { sight, settings }: { readonly sight: Sight; readonly settings: HealSettings },
): Allowed {
  const { now } = sight;
  const checked = Object.entries(orders).map(([app, order]) => {
    const was = memory[app] ?? NO_REPAIRS;
    const at = was.at.filter((time) => now - time < HOUR_MS).slice(-settings.maxRepairs);
    const isOver = at.length >= settings.maxRepairs;
    const isResting = was.failed?.order === textOf(order) && was.failed.until > now;
    const free = isOver ? (at[0] ?? now) + HOUR_MS : undefined;
    const wakeAt = earlier(free, isResting ? was.failed?.until : undefined);
    const isNothing = at.length === 0 && was.failed === undefined && !was.isCeilingTold;
    const next = isNothing ? undefined : { ...was, at, isCeilingTold: isOver };
    return { app, order, isAllowed: !isOver && !isResting, next, wakeAt, reports: ceilingReports(app, was, next, now) };
  });
  const wakeAt = checked.map((one) => one.wakeAt).reduce(earlier, undefined);
  return {
    orders: Object.fromEntries(checked.filter(({ isAllowed }) => isAllowed).map(({ app, order }) => [app, order])),
    repairs: entriesOf(checked.map(({ app, next }) => [app, next])),
    reports: checked.flatMap(({ reports }) => reports),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function textOf(order: HealOrder): string {
  return JSON.stringify({ ...order, distrusted: [] });
}

function failedAgain(failed: RepairMemory['failed'], { order, at }: RepairNote): RepairMemory['failed'] {
  const text = textOf(order);
  const times = failed?.order === text ? failed.times + 1 : 1;
  return { order: text, times, until: at + growingPause(times, FIRST_REST_MS, LONGEST_REST_MS) };
}

/** Where nobody knows what could not be started, what was to be replaced is blamed. */
function restSuspects(suspects: Memory['suspects'], blamed: readonly string[], at: number): Memory['suspects'] {
  return entriesOf(
    Object.entries(suspects).map(([key, one]): [string, Suspect] => {
      if (!blamed.includes(key)) return [key, one];
      const failures = one.failures + 1;
      return [key, { ...one, failures, restsUntil: at + growingPause(failures, FIRST_REST_MS, LONGEST_REST_MS) }];
    }),
  );
}

function ceilingReports(app: string, was: RepairMemory, next: RepairMemory | undefined, now: number): Report[] {
  if (next?.isCeilingTold === was.isCeilingTold || (next === undefined && !was.isCeilingTold)) return [];
  return next?.isCeilingTold === true
    ? [{ at: now, kind: 'ceiling', app, repairs: next.at.length }]
    : [{ at: now, kind: 'ceiling-over', app }];
}

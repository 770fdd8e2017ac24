/** What may stand back for what, and why a repair can not be. */
import type { FleetError } from '../model/error.ts';
import type { HealOrder } from '../model/heal.ts';
import type { Action, Plan } from '../model/plan.ts';
import type { RepairNews } from '../model/report.ts';

/** Steps that take as long as an image or an application does. */
const SLOW: ReadonlySet<Action['kind']> = new Set(['pull', 'start', 'health', 'job', 'hold', 'drain']);

/** True for a plan that does more than change where traffic goes. */
export function isSlow({ steps }: Pick<Plan, 'steps'>): boolean {
  return steps.some(({ action }) => SLOW.has(action.kind));
}

/** True when the order takes traffic off a host that the old one counts on. */
export function isUrgent(order: HealOrder, old: HealOrder): boolean {
  const isOut = ({ absences }: HealOrder, host: string): boolean =>
    absences[host] === 'away' || absences[host] === 'gone';
  return Object.keys(order.absences).some((host) => isOut(order, host) && !isOut(old, host));
}

/** Why there is no plan, as news about the app. */
export function refusalOf(app: string, problems: readonly FleetError[]): RepairNews {
  const [first] = problems;
  if (first?.code === 'E_RELEASE') return { kind: 'no-release', app, why: first.message };
  return { kind: 'repair-refused', app, why: problems.map(({ code, message }) => `${message} (${code})`) };
}

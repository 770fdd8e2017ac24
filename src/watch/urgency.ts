/** What may stand back for what. */
import type { HealOrder } from '../model/heal.ts';
import type { Action, Plan } from '../model/plan.ts';

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

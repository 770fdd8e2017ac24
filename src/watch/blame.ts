/** What a failed repair is blamed on: the slots that it could not fill, so that the next one goes on without them. */
import type { Action, Plan } from '../model/plan.ts';

/** "SERVICE.SLOT" of what the failed steps were to start, sorted; empty when it was something else that failed. */
export function blamedSlots(plan: Pick<Plan, 'steps' | 'placements'>, failed: readonly string[]): string[] {
  const actions = plan.steps.filter(({ id }) => failed.includes(id)).map(({ action }) => action);
  const services = new Set(actions.flatMap((action) => servicesOf(action, plan)));
  const begun = new Set(
    plan.steps.flatMap(({ action }) => (action.kind === 'start' || action.kind === 'adopt' ? [action.replica] : [])),
  );
  return plan.placements
    .filter(({ service, replica, change }) => services.has(service) && (change === 'starts' || begun.has(replica)))
    .map(({ service, slot }) => `${service}.${slot}`)
    .sort();
}

function servicesOf(action: Action, { placements }: Pick<Plan, 'placements'>): string[] {
  switch (action.kind) {
    case 'start':
    case 'adopt':
    case 'health':
    case 'job':
      return [action.service];
    case 'pull':
      return placements.filter(({ image }) => image === action.image).map(({ service }) => service);
    case 'probe':
      return placements.filter(({ replica }) => action.replicas.includes(replica)).map(({ service }) => service);
    default:
      return [];
  }
}

/** `rollout.bake`: the replicas before stay warm for some time, in no router, so that going back is a switch only. */
import type { ReleaseRecord } from '../../model/observed.ts';
import type { Context } from '../context.ts';
import { type Existing, keyOf } from '../desire/world.ts';

/**
 * Blue replicas of the last wave that are kept. A deploy or rollback makes them, a later repair stops them when their time
 * is over. What stops in between or before its successor starts is gone by then.
 */
export function warmBlues(context: Context): Existing[] {
  const { intent, isNew, schedule } = context;
  // Only a record can say for how long: what is stopped for a repair of the recorded release is gone.
  if (!isNew || (intent.kind !== 'deploy' && intent.kind !== 'rollback')) return [];
  return (schedule.waves.at(-1)?.after ?? []).filter(({ container }) => bakeMsOf(context, container.service) > 0);
}

/** Blue replicas of the last wave that stop once traffic has left them. */
export function leavingBlues(context: Context): Existing[] {
  const warm = new Set(warmBlues(context));
  return (context.schedule.waves.at(-1)?.after ?? []).filter((existing) => !warm.has(existing));
}

/** What the record says of them, sorted. */
export function warmRecord(context: Context): Pick<ReleaseRecord, 'warm'> {
  const blues = warmBlues(context);
  if (blues.length === 0) return {};
  const forMs = Math.max(...blues.map(({ container }) => bakeMsOf(context, container.service)));
  return { warm: { replicas: blues.map(keyOf).sort(), forMs } };
}

/** Whoever has no ports works without any router: two colours of it would do the same work twice. */
function bakeMsOf({ desiredByName }: Context, name: string): number {
  const service = desiredByName.get(name)?.service;
  return service === undefined || service.ports.length === 0 ? 0 : (service.bakeMs ?? 0);
}

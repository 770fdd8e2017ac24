/** How a service goes from blue to green, from x-fleet.rollout, its volumes and deploy.update_config. */
import type { Rollout } from '../../model/playbook.ts';
import { replicasOf } from './amounts.ts';
import type { ServiceEntry } from './schema.ts';

/**
 * What x-fleet.rollout says; else recreate for a named volume, which has one writer; else rolling when update_config
 * gives parallelism or order; else blue-green. A rolling update without `order` starts first, unlike Compose's
 * stop-first, since a replica less is never wanted; parallelism 0 is all at once.
 */
export function rolloutOf(entry: ServiceEntry): Rollout {
  const said = entry['x-fleet']?.rollout?.way;
  const update = entry.deploy?.update_config;
  if (said?.kind === 'canary') return said;
  if (said?.kind === 'rolling') return rolling(entry);
  if (said?.kind !== undefined) return { kind: said.kind };
  if (hasVolume(entry)) return { kind: 'recreate' };
  return update?.parallelism === undefined && update?.order === undefined ? { kind: 'blue-green' } : rolling(entry);
}

/** Whether replicas of before run beside their successors: where they stop first, there are two only by mistake. */
export function startsFirst(rollout: Rollout): boolean {
  return rollout.kind !== 'recreate' && !(rollout.kind === 'rolling' && rollout.order === 'stop-first');
}

/** Targets of the named volumes that the service may write to. */
export function writtenVolumes(entry: ServiceEntry): readonly string[] {
  return (entry.volumes ?? []).flatMap((mount) => (mount.kind === 'volume' && !mount.readOnly ? [mount.volume] : []));
}

function hasVolume(entry: ServiceEntry): boolean {
  return (entry.volumes ?? []).some((mount) => mount.kind === 'volume');
}

function rolling(entry: ServiceEntry): Rollout {
  const update = entry.deploy?.update_config;
  const all = Math.max(1, replicasOf(entry) ?? 1);
  const parallelism = update?.parallelism === 0 ? all : (update?.parallelism ?? 1);
  return { kind: 'rolling', parallelism, order: update?.order ?? 'start-first' };
}

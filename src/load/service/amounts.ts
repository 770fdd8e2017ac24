/** How many replicas a service has and how big they are: `deploy`, or the older attributes beside it. */
import type { Service } from '../../model/playbook.ts';
import type { ServiceEntry } from './schema.ts';

/** Attributes with two places: the older one, the path below `deploy`, and what each says. */
export interface Twice {
  readonly old: 'cpus' | 'mem_limit' | 'mem_reservation' | 'pids_limit' | 'scale';
  readonly path: readonly string[];
  readonly values: readonly [number | undefined, number | undefined];
}

/** All attributes that can be said in two places. */
export function saidTwice({ deploy, ...entry }: ServiceEntry): readonly Twice[] {
  const { limits, reservations } = deploy?.resources ?? {};
  const at = (...path: string[]) => ['deploy', ...path];
  return [
    { old: 'cpus', path: at('resources', 'limits', 'cpus'), values: [entry.cpus, limits?.cpus] },
    { old: 'mem_limit', path: at('resources', 'limits', 'memory'), values: [entry.mem_limit, limits?.memory] },
    {
      old: 'mem_reservation',
      path: at('resources', 'reservations', 'memory'),
      values: [entry.mem_reservation, reservations?.memory],
    },
    { old: 'pids_limit', path: at('resources', 'limits', 'pids'), values: [entry.pids_limit, limits?.pids] },
    { old: 'scale', path: at('replicas'), values: [entry.scale, deploy?.replicas] },
  ];
}

/** What a replica may use at most; 0 is no limit. */
export function limitsOf(entry: ServiceEntry): Service['limits'] {
  const cpus = amountOf(entry, 'cpus');
  const memoryBytes = amountOf(entry, 'mem_limit');
  const pids = amountOf(entry, 'pids_limit');
  return {
    ...(cpus ? { cpus } : {}),
    ...(memoryBytes ? { memoryBytes } : {}),
    ...(pids ? { pids } : {}),
  };
}

/** What a replica needs. */
export function reservationOf(entry: ServiceEntry): Service['reservation'] {
  return {
    cpus: entry.deploy?.resources?.reservations?.cpus ?? 0,
    memoryBytes: amountOf(entry, 'mem_reservation') ?? 0,
  };
}

/** How many replicas; undefined when the file does not say. */
export function replicasOf(entry: ServiceEntry): number | undefined {
  return amountOf(entry, 'scale');
}

/** One on each host, or so many wherever. */
export function modeOf(entry: ServiceEntry): Service['mode'] {
  const mode = entry.deploy?.mode ?? 'replicated';
  return mode === 'global' || mode === 'global-job' ? 'global' : 'replicated';
}

/** Whether the service runs to its end before the others start. */
export function isJob(entry: ServiceEntry): boolean {
  return entry['x-fleet']?.job !== undefined || entry.deploy?.mode?.endsWith('-job') === true;
}

function amountOf(entry: ServiceEntry, old: Twice['old']): number | undefined {
  const [before, now] = saidTwice(entry).find((one) => one.old === old)?.values ?? [];
  return now ?? before;
}

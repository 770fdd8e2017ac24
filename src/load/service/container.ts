/** What a service says about its containers. */
import { DOCKER_OPTIONS, type DockerOptions } from '../../model/docker-options.ts';
import type { ContainerOptions } from '../../model/playbook.ts';
import { isJob } from './amounts.ts';
import type { ServiceEntry } from './schema.ts';
import { order, same, sortKeys } from './sorting.ts';

/** What is read from other files. */
export interface Surroundings {
  /** Complete, with env files and what comes from fleet's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** From label files. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The options of the containers. */
export function containerOptions(entry: ServiceEntry, { environment, labels }: Surroundings): ContainerOptions {
  const { logging } = entry;
  const options = dockerOptions(entry);
  return {
    ...(entry.command === undefined ? {} : { command: entry.command }),
    ...(entry.entrypoint === undefined ? {} : { entrypoint: entry.entrypoint }),
    environment: sortKeys(environment, same),
    // Compose keeps deploy.labels on the service; here a service is nothing but its containers.
    labels: sortKeys({ ...labels, ...entry.deploy?.labels, ...entry.labels }, same),
    ...(entry.user === undefined ? {} : { user: entry.user }),
    ...(entry.working_dir === undefined ? {} : { workingDir: entry.working_dir }),
    init: entry.init ?? false,
    readOnly: entry.read_only ?? false,
    capAdd: [...new Set(entry.cap_add)].sort(order),
    capDrop: [...new Set(entry.cap_drop)].sort(order),
    ulimits: sortKeys(entry.ulimits ?? {}, same),
    ...(entry.stop_signal === undefined ? {} : { stopSignal: entry.stop_signal }),
    stopGraceMs: entry.stop_grace_period ?? 10_000,
    ...(logging === undefined
      ? {}
      : { logging: { driver: logging.driver ?? 'json-file', options: sortKeys(logging.options ?? {}, same) } }),
    restart: restartOf(entry),
    extraHosts: [...new Set(entry.extra_hosts)].sort(order),
    dns: entry.dns ?? [],
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
}

/** `restart`, else `deploy.restart_policy`, else what keeps a service up; a job runs once. */
function restartOf(entry: ServiceEntry): string {
  if (isJob(entry)) return 'no';
  const policy = entry.deploy?.restart_policy;
  if (policy === undefined) return entry.restart ?? 'unless-stopped';
  if (policy.condition === 'none') return 'no';
  if (policy.condition !== 'on-failure') return 'unless-stopped';
  return policy.max_attempts === undefined ? 'on-failure' : `on-failure:${policy.max_attempts}`;
}

function dockerOptions(entry: ServiceEntry): DockerOptions {
  const { weight, weight_device, ...rates } = entry.blkio_config ?? {};
  const devices = [...(entry.gpus ?? []), ...(entry.deploy?.resources?.reservations?.devices ?? [])];
  const said: { readonly [K in keyof DockerOptions]: DockerOptions[K] | undefined } = {
    ...entry,
    ...rates,
    blkio_weight: weight,
    blkio_weight_device: weight_device,
    gpus: devices,
    mem_reservation: entry.mem_reservation || undefined,
    // -1 is Docker's word for its default.
    mem_swappiness: entry.mem_swappiness === -1 ? undefined : entry.mem_swappiness,
  };
  const given = DOCKER_OPTIONS.flatMap((name) => {
    const value = said[name];
    return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** What a service has to do with others: `networks`, `depends_on`, `env_file`. */
import type { z } from 'zod';
import type { Dependency } from '../../model/playbook.ts';
import {
  bad,
  checked,
  choose,
  isMap,
  keys,
  list,
  notHandled,
  oneOf,
  oneOrList,
  parsed,
  record,
  text,
} from '../schema.ts';
import { parseSwitch } from '../units.ts';

const flag = parsed('true or false', parseSwitch);

const ADDRESS_WAY = 'leave it out: fleet gives every service one stable address';

const attachment = keys({
  aliases: list(checked(text('a name'), parseAlias)).optional(),
  ...notHandled({
    interface_name: '',
    ipv4_address: ADDRESS_WAY,
    ipv6_address: ADDRESS_WAY,
    link_local_ips: '',
    mac_address: '',
    driver_opts: '',
    priority: 'leave it out: the order of networks does not matter',
    gw_priority: '',
  }),
});

/** `networks:` of a service: network name -> aliases. */
export const networksSchema: z.ZodType<Record<string, readonly string[]>> = choose<Record<string, readonly string[]>>(
  isMap,
  record(attachment).transform((all) =>
    Object.fromEntries(Object.entries(all).map(([name, { aliases }]) => [name, aliases ?? []])),
  ),
  list(text('a network')).transform((names) => Object.fromEntries(names.map((name) => [name, []]))),
);

/** One entry of `depends_on`. */
export interface DependencyEntry extends Dependency {
  readonly isRequired: boolean;
  /** `restart: true` was given, which fleet needs not. */
  readonly restarts: boolean;
  /** Key of the entry below `depends_on`. */
  readonly key: string | number;
}

const CONDITIONS = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} as const;

const dependency = keys({
  condition: oneOf('service_started', 'service_healthy', 'service_completed_successfully'),
  required: flag.optional(),
  restart: flag.optional(),
});

/** `depends_on:`. */
export const dependsOnSchema: z.ZodType<readonly DependencyEntry[]> = choose<readonly DependencyEntry[]>(
  isMap,
  record(dependency).transform((all) =>
    Object.entries(all).map(([service, entry]) => ({
      service,
      key: service,
      condition: CONDITIONS[entry.condition],
      isRequired: entry.required ?? true,
      restarts: entry.restart ?? false,
    })),
  ),
  list(text('a service')).transform((names) =>
    names.map((service, key) => ({ service, key, condition: 'started', isRequired: true, restarts: false })),
  ),
);

/** One file of `env_file`. */
export interface EnvFileEntry {
  readonly path: string;
  readonly isRequired: boolean;
}

/** `env_file:`. */
export const envFileSchema: z.ZodType<readonly EnvFileEntry[]> = oneOrList(
  choose<EnvFileEntry>(
    isMap,
    keys({
      path: text('a path'),
      required: flag.optional(),
      ...notHandled({ format: 'leave it out' }),
    }).transform(({ path, required }) => ({ path, isRequired: required ?? true })),
    text('a path').transform((path) => ({ path, isRequired: true })),
  ),
);

function parseAlias(name: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(name)) return name;
  throw bad(`"${name}" can not be a name on a network`, { expected: 'letters, digits, "-", "_" and ".", at most 63' });
}

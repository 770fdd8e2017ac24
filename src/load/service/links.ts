/** What a service has to do with others: `networks`, `depends_on`, `env_file`. */
import type { z } from 'zod';
import type { Dependency, Link } from '../../model/playbook.ts';
import { bad, checked, fields, list, oneOf, parsed, record, text } from '../schema.ts';
import { parseSwitch } from '../units.ts';

const flag = parsed('true or false', parseSwitch);

/** `networks:` of a service: network name -> aliases. */
export const networksSchema: z.ZodType<Record<string, readonly string[]>> = record(
  fields({ aliases: list(checked(text('a name'), parseAlias)).optional() }).transform(({ aliases }) => aliases ?? []),
);

/** One entry of `depends_on`. */
export interface DependencyEntry extends Dependency {
  readonly isRequired: boolean;
}

const CONDITIONS = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} as const;

const dependency = fields({
  condition: oneOf('service_started', 'service_healthy', 'service_completed_successfully'),
  required: flag.optional(),
});

/** `depends_on:`. */
export const dependsOnSchema: z.ZodType<readonly DependencyEntry[]> = record(dependency).transform((all) =>
  Object.entries(all).map(([service, entry]) => ({
    service,
    condition: CONDITIONS[entry.condition],
    isRequired: entry.required ?? true,
  })),
);

/** `links:`: "db", or "db:database". */
export const linksSchema: z.ZodType<readonly Link[]> = list(
  checked(text('a service, or SERVICE:ALIAS'), (link): Link => {
    const [service = '', alias = service, ...rest] = link.split(':');
    if (rest.length > 0) throw bad(`"${link}" is not a link`, { expected: 'SERVICE or SERVICE:ALIAS' });
    return { service, alias: parseAlias(alias) };
  }),
);

/** One file of `env_file`. */
export interface EnvFileEntry {
  readonly path: string;
  readonly isRequired: boolean;
  /** Without it, variables are filled in. */
  readonly isRaw: boolean;
}

/** `env_file:`. */
export const envFileSchema: z.ZodType<readonly EnvFileEntry[]> = list(
  fields({ path: text('a path'), required: flag.optional(), format: oneOf('raw').optional() }).transform(
    ({ path, required, format }) => ({ path, isRequired: required ?? true, isRaw: format === 'raw' }),
  ),
);

/** A further name of a service. Throws E_VALUE. */
export function parseAlias(name: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(name)) return name;
  throw bad(`"${name}" can not be a name on a network`, { expected: 'letters, digits, "-", "_" and ".", at most 63' });
}

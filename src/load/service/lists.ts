/** Compose values that are lists or maps of texts: environment, labels, extra_hosts, ulimits; and commands. */
import { isIP } from 'node:net';
import * as z from 'zod';
import type { Ulimit } from '../../model/playbook.ts';
import { attempt, bad, checked, choose, fields, isMap, list, loose, parsed, record, text } from '../schema.ts';
import { parseWhole } from '../units.ts';

const NAME = /^[^=\0\s][^=\0]*$/;

/** `environment:`; null stands for "take it from where fleet runs". */
export const environment: z.ZodType<Record<string, string | null>> = record(orNull(null)).transform((all, ctx) => {
  for (const name of Object.keys(all)) {
    attempt(ctx, () => {
      if (!NAME.test(name)) throw badName(name);
    }, [name]);
  }
  return all;
});

/** `labels:`; fleet's own prefix is refused. */
export const labels: z.ZodType<Record<string, string>> = record(orNull('')).transform((all, ctx) => {
  for (const name of Object.keys(all)) attempt(ctx, () => checkLabel(name));
  return all;
});

/** Throws E_VALUE for a label that is fleet's own. */
export function checkLabel(name: string): void {
  if (name.startsWith('fleet.')) throw bad(`the label "${name}" is fleet's own`, { hint: 'use another prefix' });
}

/** `command:` and `entrypoint:`. */
export const command: z.ZodType<readonly string[]> = list(loose());

/** `extra_hosts:` as "name:address". */
export const extraHosts: z.ZodType<readonly string[]> = list(checked(text('name=address'), splitHost));

/** `ulimits:`: one number for both, or soft and hard. */
export const ulimits: z.ZodType<Record<string, Ulimit>> = record(
  choose<Ulimit>(
    isMap,
    fields({ soft: limit(), hard: limit() }),
    limit().transform((both) => ({ soft: both, hard: both })),
  ),
);

function limit(): z.ZodType<number> {
  return parsed('a number, or soft and hard', (value) => parseWhole(value, -1, 2 ** 40));
}

function orNull<T>(instead: T): z.ZodType<string | T> {
  return choose<string | T>(
    (value) => value === null,
    z.any().transform(() => instead),
    loose(),
  );
}

function badName(name: string): Error {
  return bad(`${JSON.stringify(name)} can not be a name`, {
    expected: 'a name without "=" and blanks, such as NAME=VALUE',
  });
}

function splitHost(line: string): string {
  const [, name = '', address = ''] = /^([^:=]+)[:=](.+)$/.exec(line) ?? [];
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (name !== '' && (isIP(bare) !== 0 || bare === 'host-gateway')) return `${name}:${bare}`;
  throw bad(`"${line}" is not a host entry`, { expected: 'name=address, with an IP address or host-gateway' });
}

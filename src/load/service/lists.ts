/** Compose values that are a list or a map: environment, labels, extra_hosts, ulimits; and commands. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Ulimit } from '../../model/playbook.ts';
import { attempt, bad, checked, choose, isMap, keys, list, loose, parsed, record, text } from '../schema.ts';
import { parseWhole } from '../units.ts';
import { splitWords } from '../words.ts';

const NAME = /^[^=\0\s][^=\0]*$/;

/** `environment:`; null stands for "take it from where fleet runs". */
export const environment: z.ZodType<Record<string, string | null>> = choose(
  Array.isArray,
  list(checked(text('NAME=VALUE'), assignment)).transform(fromPairs),
  named(variableMap()),
);

/** `labels:`; fleet's own prefix is refused. */
export const labels: z.ZodType<Record<string, string>> = choose<Record<string, string>>(
  Array.isArray,
  list(checked(text('NAME=VALUE'), assignment)).transform((pairs) => withoutNull(fromPairs(pairs))),
  record(nullable('')).transform(withoutNull),
).transform((all, ctx) => {
  for (const name of Object.keys(all)) {
    attempt(ctx, () => {
      if (name.startsWith('fleet.')) throw bad(`the label "${name}" is fleet's own`, { hint: 'use another prefix' });
    });
  }
  return all;
});

/** `command:` and `entrypoint:`: one text is split into words as Compose does, a list is taken as it is. */
export const command: z.ZodType<readonly string[]> = choose<readonly string[]>(
  Array.isArray,
  list(loose()),
  checked(text('text, or a list of words'), splitWords),
);

/** `extra_hosts:` as "name:address". */
export const extraHosts: z.ZodType<readonly string[]> = choose<readonly string[]>(
  isMap,
  record(loose('an address')).transform((all, ctx) =>
    Object.entries(all).map(([name, address]) => attempt(ctx, () => hostLine(name, address), [name])),
  ),
  list(checked(text('name=address'), splitHost)),
);

/** `ulimits:`: one number for both, or soft and hard. */
export const ulimits: z.ZodType<Record<string, Ulimit>> = record(
  choose<Ulimit>(
    isMap,
    keys({ soft: limit(), hard: limit() }),
    limit().transform((both) => ({ soft: both, hard: both })),
  ),
);

function limit(): z.ZodType<number> {
  return parsed('a number, or soft and hard', (value) => parseWhole(value, -1, 2 ** 40));
}

function variableMap(): z.ZodType<Record<string, string | null>> {
  return record(nullable(null));
}

function nullable<T>(instead: T): z.ZodType<string | T> {
  return choose<string | T>(
    (value) => value === null,
    z.any().transform(() => instead),
    loose(),
  );
}

function named<T>(type: z.ZodType<Record<string, T>>): z.ZodType<Record<string, T>> {
  return type.transform((all, ctx) => {
    for (const name of Object.keys(all)) {
      attempt(ctx, () => {
        if (!NAME.test(name)) throw badName(name);
      }, [name]);
    }
    return all;
  });
}

function assignment(line: string): readonly [string, string | null] {
  const at = line.indexOf('=');
  const name = at === -1 ? line : line.slice(0, at);
  if (!NAME.test(name)) throw badName(name);
  return [name, at === -1 ? null : line.slice(at + 1)];
}

function badName(name: string): Error {
  return bad(`${JSON.stringify(name)} can not be a name`, {
    expected: 'a name without "=" and blanks, such as NAME=VALUE',
  });
}

function fromPairs(pairs: readonly (readonly [string, string | null])[]): Record<string, string | null> {
  return Object.fromEntries(pairs);
}

function withoutNull(all: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value ?? '']));
}

function splitHost(line: string): string {
  const match = /^([^:=]+)[:=](.+)$/.exec(line);
  if (match === null) throw bad(`"${line}" is not a host entry`, { expected: 'name=address' });
  return hostLine(match[1] ?? '', match[2] ?? '');
}

function hostLine(name: string, address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0 && bare !== 'host-gateway')
    throw bad(`"${address}" is not an IP address`, { expected: 'an IP address' });
  return `${name}:${bare}`;
}

/** The top of a playbook: name, volumes, networks, secrets, configs. Services are read one by one after it. */
import { z } from 'zod';
import {
  attempt,
  bad,
  checked,
  choose,
  keys,
  list,
  loose,
  notHandled,
  oneOf,
  parsed,
  record,
  text,
} from '../schema.ts';
import { parseSwitch } from '../units.ts';
import { splitWords } from '../words.ts';

const EXTERNAL_WAY = 'give it a file, an environment variable, or x-fleet: { command: [...] }';
const flag = parsed('true or false', parseSwitch);

const volume = keys({
  name: checked(text('a name'), parseVolumeName).optional(),
  external: flag.optional(),
  driver: oneOf('local').optional(),
  ...notHandled({ driver_opts: '', labels: 'leave it out' }),
});

const network = keys({
  driver: oneOf('bridge').optional(),
  internal: flag.optional(),
  ...notHandled({
    name: 'leave it out: networks belong to one app',
    external: 'apps reach each other over published ports',
    attachable: 'leave it out',
    driver_opts: '',
    enable_ipv4: '',
    enable_ipv6: '',
    ipam: 'leave it out: subnets come from network.subnets of the inventory',
    labels: 'leave it out',
  }),
});

const command = choose<readonly string[]>(Array.isArray, list(loose()), checked(text('a command'), splitWords));

const fetched = keys({
  command: checked(command, (words) => {
    if (words.length === 0 || words[0] === '')
      throw bad('is an empty command', { expected: 'a program and its arguments' });
    return words;
  }),
});

const refused = notHandled({
  name: '',
  external: EXTERNAL_WAY,
  labels: '',
  driver: EXTERNAL_WAY,
  driver_opts: '',
  template_driver: '',
});

/** Where a secret or config comes from: exactly one of these is there. */
export interface OriginEntry {
  readonly file?: string | undefined;
  readonly environment?: string | undefined;
  readonly content?: string | undefined;
  readonly 'x-fleet'?: { readonly command: readonly string[] } | undefined;
}

const sources = {
  file: text('a path').optional(),
  environment: text('the name of a variable').optional(),
  'x-fleet': fetched.optional(),
};

const secret: z.ZodType<OriginEntry> = exactlyOne(
  keys({ ...sources, ...refused, ...notHandled({ content: 'use file, environment or x-fleet.command' }) }),
  'file, environment or x-fleet.command',
);

const config: z.ZodType<OriginEntry> = exactlyOne(
  keys({ ...sources, content: text('the content').optional(), ...refused }),
  'file, content, environment or x-fleet.command',
);

/** The top of the file. */
export const topSchema = keys({
  name: checked(text('a name'), parseAppName).optional(),
  version: loose().optional(),
  services: z.any(),
  volumes: record(volume).optional(),
  networks: record(network).optional(),
  secrets: record(secret).optional(),
  configs: record(config).optional(),
  ...notHandled({
    include: 'name all files on the command line: -f a.yaml -f b.yaml',
    models: '',
  }),
});

/** The top of the file as read, services not yet. */
export type TopEntry = z.output<typeof topSchema>;

function exactlyOne(type: z.ZodType<OriginEntry>, words: string): z.ZodType<OriginEntry> {
  return type.transform((entry, ctx) =>
    attempt(ctx, () => {
      const given = [entry.file, entry.environment, entry.content, entry['x-fleet']].filter((one) => one !== undefined);
      if (given.length === 1) return entry;
      throw bad(given.length === 0 ? 'has no source' : 'has more than one source', { expected: `one of ${words}` });
    }),
  );
}

function parseAppName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) return name;
  throw bad(`"${name}" can not be the name of an app`, { expected: 'lower-case letters, digits and "-", at most 41' });
}

function parseVolumeName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw bad(`"${name}" can not be the name of a volume`, { expected: 'letters, digits, "_", "." and "-"' });
}

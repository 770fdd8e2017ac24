/** The top of a playbook in its long forms: name, volumes, networks, secrets, configs. Services are read one by one after it. */
import type { z } from 'zod';
import { attempt, bad, checked, choose, fields, list, loose, parsed, record, text, unsupported } from '../schema.ts';
import { labels } from '../service/lists.ts';
import { parseSwitch } from '../units.ts';
import { splitWords } from '../words.ts';

const flag = parsed('true or false', parseSwitch);

const volume = fields({
  name: checked(loose('a name'), parseVolumeName).optional(),
  external: flag.optional(),
  driver: loose('a driver').optional(),
  driver_opts: record(loose()).optional(),
  labels: labels.optional(),
});

const network = fields({
  driver: checked(loose('a driver'), networkDriver).optional(),
  internal: flag.optional(),
});

const command = choose<readonly string[]>(Array.isArray, list(loose()), checked(text('a command'), splitWords));

const fetched = fields({
  command: checked(command, (words) => {
    if (words.length === 0 || words[0] === '')
      throw bad('is an empty command', { expected: 'a program and its arguments' });
    return words;
  }),
});

/** Where a secret or config comes from: exactly one of these is there. */
export interface OriginEntry {
  readonly file?: string | undefined;
  readonly environment?: string | undefined;
  readonly content?: string | undefined;
  readonly 'x-fleet'?: { readonly command: readonly string[] } | undefined;
  /** Such an entry has no source, and is refused elsewhere. */
  readonly external?: boolean | undefined;
}

const sources = {
  external: flag.optional(),
  file: text('a path').optional(),
  environment: text('the name of a variable').optional(),
  'x-fleet': fetched.optional(),
};

const secret: z.ZodType<OriginEntry> = exactlyOne(fields(sources), 'file, environment or x-fleet.command');

const config: z.ZodType<OriginEntry> = exactlyOne(
  fields({ ...sources, content: text('the content').optional() }),
  'file, content, environment or x-fleet.command',
);

/** The top of the file. */
export const topSchema = fields({
  name: checked(text('a name'), parseAppName).optional(),
  volumes: record(volume).optional(),
  networks: record(network).optional(),
  secrets: record(secret).optional(),
  configs: record(config).optional(),
});

/** The top of the file as read, services not yet. */
export type TopEntry = z.output<typeof topSchema>;

function exactlyOne(type: z.ZodType<OriginEntry>, words: string): z.ZodType<OriginEntry> {
  return type.transform((entry, ctx) =>
    attempt(ctx, () => {
      const given = [entry.file, entry.environment, entry.content, entry['x-fleet']].filter((one) => one !== undefined);
      if (given.length === 1 || entry.external === true) return entry;
      throw bad(given.length === 0 ? 'has no source' : 'has more than one source', { expected: `one of ${words}` });
    }),
  );
}

function parseAppName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) return name;
  const fit = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  throw bad(`"${name}" can not be the name of an app`, {
    expected: 'lower-case letters, digits and "-", at most 41',
    ...(/^[a-z0-9][a-z0-9-]{0,40}$/.test(fit) ? { hint: `write ${fit}` } : {}),
  });
}

/** What Docker's own drivers between hosts do is what fleet's routers do. */
function networkDriver(name: string): string {
  if (['bridge', 'overlay', 'default'].includes(name)) return name;
  throw unsupported(`the network driver ${JSON.stringify(name)}`, 'leave it out: fleet carries traffic between hosts');
}

function parseVolumeName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw bad(`"${name}" can not be the name of a volume`, { expected: 'letters, digits, "_", "." and "-"' });
}

/** `volumes` and `tmpfs` in their short and long forms. */
import type { z } from 'zod';
import type { Mount } from '../../model/playbook.ts';
import {
  attempt,
  bad,
  choose,
  isMap,
  keys,
  list,
  notHandled,
  oneOf,
  oneOrList,
  parsed,
  text,
  unsupported,
} from '../schema.ts';
import { parseSize, parseSwitch } from '../units.ts';

const RELATIVE_WAY = 'use configs: with file: for single files, or an absolute path that exists on the hosts';

/** `tmpfs:`, one path or several, each with `:size=64m` if need be. */
export const tmpfsSchema: z.ZodType<readonly Mount[]> = oneOrList(parsed('a path', parseTmpfs));

const longVolume: z.ZodType<Mount> = keys({
  type: oneOf('volume', 'bind', 'tmpfs'),
  source: text('a volume name or an absolute path').optional(),
  target: text('an absolute path in the container'),
  read_only: parsed('true or false', parseSwitch).optional(),
  tmpfs: keys({ size: parsed('a size', parseSize).optional(), ...notHandled({ mode: '' }) }).optional(),
  bind: keys({
    create_host_path: parsed('true or false', parseSwitch).optional(),
    ...notHandled({ propagation: '', recursive: '', selinux: '' }),
  }).optional(),
  ...notHandled({ consistency: 'leave it out', volume: '', image: '' }),
}).transform((long, ctx): Mount => attempt(ctx, () => fromLong(long)));

/** `volumes:` of a service. */
export const volumesSchema: z.ZodType<readonly Mount[]> = list(
  choose<Mount>(isMap, longVolume, parsed('"volume:/path"', parseShort)),
);

interface LongVolume {
  readonly type: 'volume' | 'bind' | 'tmpfs';
  readonly source?: string | undefined;
  readonly target: string;
  readonly read_only?: boolean | undefined;
  readonly tmpfs?: { readonly size?: number | undefined } | undefined;
}

function fromLong(long: LongVolume): Mount {
  const target = absoluteTarget(long.target);
  if (long.type === 'tmpfs') {
    const size = long.tmpfs?.size;
    return { kind: 'tmpfs', target, ...(size === undefined ? {} : { sizeBytes: size }) };
  }
  if (long.source === undefined) throw anonymous(target);
  const mount = sourceMount(long.source, target, long.read_only ?? false);
  if (mount.kind !== long.type)
    throw bad(`"${long.source}" is not the source of a ${long.type}`, {
      expected: long.type === 'bind' ? 'an absolute path' : 'the name of a volume',
    });
  return mount;
}

function parseShort(value: string): Mount {
  const parts = value.split(':');
  const [source = '', target, mode, ...rest] = parts;
  if (target === undefined) throw anonymous(value);
  if (rest.length > 0) throw bad(`"${value}" is not a mount`, { expected: '"SOURCE:TARGET" or "SOURCE:TARGET:ro"' });
  const words = mode === undefined ? [] : mode.split(',');
  const odd = words.find((word) => word !== 'ro' && word !== 'rw');
  if (odd !== undefined) throw unsupported(`the mount option "${odd}"`, 'only ro and rw are handled');
  return sourceMount(source, absoluteTarget(target), words.includes('ro'));
}

function sourceMount(source: string, target: string, readOnly: boolean): Mount {
  if (source.startsWith('/')) return { kind: 'bind', source: absolutePath(source), target, readOnly };
  if (/^[.~]/.test(source) || source.includes('/')) {
    throw unsupported(`the relative path "${source}" does not exist on the hosts`, RELATIVE_WAY);
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) throw bad(`"${source}" is not the name of a volume`);
  return { kind: 'volume', volume: source, target, readOnly };
}

function parseTmpfs(value: string): Mount {
  const at = value.indexOf(':');
  const target = absoluteTarget(at === -1 ? value : value.slice(0, at));
  const options = at === -1 ? [] : value.slice(at + 1).split(',');
  const odd = options.find((option) => !option.startsWith('size='));
  if (odd !== undefined) throw unsupported(`the tmpfs option "${odd}"`, 'only size= is handled');
  const size = options[0]?.slice('size='.length);
  return { kind: 'tmpfs', target, ...(size === undefined ? {} : { sizeBytes: parseSize(size) }) };
}

function anonymous(target: string): Error {
  return unsupported(
    `a volume without a name at ${target}`,
    `name it, "data:${target}", and add data: under volumes:; or use tmpfs:`,
  );
}

function absoluteTarget(target: string): string {
  return absolutePath(target);
}

function absolutePath(path: string): string {
  if (path.startsWith('/') && !path.split('/').includes('..') && !/[\0,]/.test(path))
    return path.replace(/(?<=.)\/+$/, '');
  throw bad(`"${path}" is not an absolute path`, { expected: 'a path that begins with "/", without ".." and ","' });
}

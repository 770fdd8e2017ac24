/** `volumes` and `tmpfs` of a service. */
import * as z from 'zod';
import type { BindMount, Mount, TmpfsMount } from '../../model/playbook.ts';
import { bad, checked, choose, fields, list, oneOf, parsed, text } from '../schema.ts';
import { parseMode, parseSize, parseSwitch } from '../units.ts';

const flag = parsed('true or false', parseSwitch);

/** A number is the bits themselves, text is octal. */
const modeBits: z.ZodType<number> = choose<number>(
  (value) => typeof value === 'number',
  z.number(),
  parsed('permission bits', parseMode),
);

const mount = fields({
  type: oneOf('volume', 'bind', 'tmpfs'),
  source: text('a volume name or an absolute path').optional(),
  target: text('an absolute path in the container'),
  read_only: flag.optional(),
  tmpfs: fields({ size: parsed('a size', parseSize).optional(), mode: modeBits.optional() }).optional(),
  bind: fields({
    propagation: oneOf('private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave').optional(),
  }).optional(),
  volume: fields({ nocopy: flag.optional() }).optional(),
});

/** `volumes:` of a service. */
export const volumesSchema: z.ZodType<readonly Mount[]> = list(checked(mount, toMount));

/** `tmpfs:` of a service: `/run`, `/run:size=64m,mode=755,noexec`. */
export const tmpfsSchema: z.ZodType<readonly Mount[]> = list(parsed('a path', parseTmpfs));

function toMount(entry: z.output<typeof mount>): Mount {
  const target = absolutePath(entry.target);
  const readOnly = entry.read_only ?? false;
  const { source = '' } = entry;
  switch (entry.type) {
    case 'tmpfs':
      return toTmpfs(target, entry.tmpfs?.size, entry.tmpfs?.mode);
    case 'bind':
      return toBind(absolutePath(source), target, readOnly, entry.bind?.propagation);
    case 'volume': {
      if (source === '') return toNameless(target, readOnly);
      if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) throw bad(`"${source}" is not the name of a volume`);
      const noCopy = entry.volume?.nocopy === true ? { noCopy: true as const } : {};
      return { kind: 'volume', volume: source, target, readOnly, ...noCopy };
    }
    default:
      return entry.type satisfies never;
  }
}

function toNameless(target: string, readOnly: boolean): Mount {
  if (!readOnly) return { kind: 'nameless', target };
  throw bad('a volume without a name is new and empty in each container: Docker makes none that is read-only', {
    hint: 'give it a source, or remove read_only',
  });
}

function toBind(source: string, target: string, readOnly: boolean, propagation: string | undefined): BindMount {
  return { kind: 'bind', source, target, readOnly, ...(propagation === undefined ? {} : { propagation }) };
}

function toTmpfs(target: string, size: number | undefined, mode: number | undefined): TmpfsMount {
  return { kind: 'tmpfs', target, ...(size ? { sizeBytes: size } : {}), ...(mode === undefined ? {} : { mode }) };
}

/** A share of the memory, size=50%, is left to mount(8). */
const SIZE = /^size=(?!.*%$)/;
const MODE = /^mode=/;

function parseTmpfs(value: string): Mount {
  const at = value.indexOf(':');
  const target = absolutePath(at === -1 ? value : value.slice(0, at));
  const words = at === -1 ? [] : value.slice(at + 1).split(',');
  const last = (name: RegExp) => words.findLast((word) => name.test(word))?.slice('size='.length);
  const [size, mode] = [last(SIZE), last(MODE)];
  const flags = words.filter((word) => !SIZE.test(word) && !MODE.test(word));
  const odd = flags.find((word) => !/^[a-z_]+(=[\w.:%-]+)?$/.test(word));
  if (odd !== undefined)
    throw bad(`${JSON.stringify(odd)} is no option of a tmpfs`, { expected: 'such as size=64m or noexec' });
  const plain = toTmpfs(
    target,
    size === undefined ? size : parseSize(size),
    mode === undefined ? mode : parseMode(mode),
  );
  return flags.length === 0 ? plain : { ...plain, flags };
}

function absolutePath(path: string): string {
  if (path.startsWith('/') && !path.split('/').includes('..') && !/[\0,]/.test(path))
    return path.replace(/(?<=.)\/+$/, '');
  throw bad(`"${path}" is not an absolute path`, { expected: 'a path that begins with "/", without ".." and ","' });
}

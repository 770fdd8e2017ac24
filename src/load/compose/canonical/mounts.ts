/** `volumes` of a service: one mount per entry. */
import { bad } from '../../schema.ts';
import { wrong } from '../../units.ts';
import {
  attempt,
  type Form,
  fields,
  type MapTree,
  map,
  parsed,
  type Setting,
  scalar,
  shortOr,
  textOf,
} from './forms.ts';
import { keyValues } from './lists.ts';
import { absolute, cleaned } from './paths.ts';
import { flag, modeNumber, size, text } from './values.ts';

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
const CONSISTENCIES = ['consistent', 'cached', 'delegated'];

const target = parsed((value) => {
  if (value.startsWith('/')) return cleaned(value);
  throw bad(`${JSON.stringify(value)} is not a path in the container`, { expected: 'a path that begins with "/"' });
});

const longMount: Form = fields({
  type: text,
  source: text,
  target,
  read_only: flag,
  consistency: text,
  bind: fields({ create_host_path: flag }),
  volume: fields({ nocopy: flag, labels: keyValues }),
  tmpfs: fields({ size, mode: modeNumber }),
});

const shaped = shortOr(shortMount, longMount);

/** `SOURCE:TARGET:MODE`, `SOURCE:TARGET`, `TARGET`, or a map. */
export const mount: Form = (tree, path, setting) => {
  const before = setting.problems.length;
  const made = shaped(tree, path, setting);
  // One complaint about a mount is enough.
  if (made?.kind !== 'map' || setting.problems.length > before) return undefined;
  return attempt(made, path, setting, () => withSource(made, setting));
};

function withSource(tree: MapTree, setting: Setting): MapTree {
  if (textOf(tree, 'target') === undefined) throw bad('has no target', { expected: 'target: /path/in/the/container' });
  if (textOf(tree, 'type') !== 'bind') return tree;
  const entry = tree.entries.get('source');
  const source = textOf(tree, 'source') ?? '';
  if (entry === undefined || source === '')
    throw bad('a bind mount without source', { expected: 'source: a path', hint: 'or use type: volume' });
  const path = scalar(absolute(source, setting), entry.value.at);
  // An absolute path is the hosts' own; a relative one is of this machine and is carried to them.
  const value = source.startsWith('/') ? path : { ...path, written: source };
  return { ...tree, entries: new Map([...tree.entries, ['source', { ...entry, value }]]) };
}

function shortMount(value: string, { at }: { readonly at: MapTree['at'] }): MapTree {
  const { source, target: path, words } = parts(value);
  const isBind = source !== undefined && /^[./~]/.test(source);
  const options = words.map((word) => option(word, value));
  const bind = Object.assign({}, ...options.map((one) => one.bind ?? {}), isBind ? { create_host_path: true } : {});
  const volume = Object.assign({}, ...options.map((one) => one.volume ?? {}));
  const common = Object.assign({}, ...options.map((one) => one.common ?? {}));
  return map(
    {
      type: isBind ? 'bind' : 'volume',
      source,
      target: path,
      ...common,
      bind: Object.keys(bind).length === 0 ? undefined : map(bind, at),
      volume: isBind && Object.keys(volume).length === 0 ? undefined : map(volume, at),
    },
    at,
  );
}

interface Parts {
  readonly source?: string;
  readonly target: string;
  readonly words: readonly string[];
}

function parts(value: string): Parts {
  const expected = '"SOURCE:TARGET" or "SOURCE:TARGET:ro"';
  if (/^[A-Za-z]:\\/.test(value)) {
    throw bad(`${JSON.stringify(value)} is a path of Windows`, { expected: 'a path of the hosts, which run Linux' });
  }
  const [first = '', second, third, ...rest] = value.split(':');
  if (second === undefined && first !== '') return { target: first, words: [] };
  if (first === '' || second === undefined || second === '' || third === '' || rest.length > 0) {
    throw bad(`${JSON.stringify(value)} is not a mount`, { expected });
  }
  return { source: first, target: second, words: third === undefined ? [] : third.split(',') };
}

interface Option {
  readonly common?: Readonly<Record<string, string | boolean>>;
  readonly bind?: Readonly<Record<string, string>>;
  readonly volume?: Readonly<Record<string, boolean>>;
}

function option(word: string, value: string): Option {
  if (word === 'ro' || word === 'rw') return word === 'ro' ? { common: { read_only: true } } : {};
  if (word === 'nocopy') return { volume: { nocopy: true } };
  if (word === 'z' || word === 'Z') return { bind: { selinux: word } };
  if (PROPAGATIONS.includes(word)) return { bind: { propagation: word } };
  if (CONSISTENCIES.includes(word)) return { common: { consistency: word } };
  throw wrong(value, `a mount: it has no option ${JSON.stringify(word)}`, 'ro, rw, nocopy, z or Z');
}

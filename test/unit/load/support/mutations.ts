/** Random damage to a file: to its bytes, its lines, its words and its tree. */
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { junk } from './junk.ts';

/** Changes a text, the same way each time. */
export type Mutation = (text: string) => string;

const SHARDS = [
  ...[
    '\t',
    '\n',
    '\r\n',
    '  ',
    ' ',
    ':',
    ': ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '<<: *a',
    '!reset ',
    '!override ',
  ],
  ...[
    '|',
    '>',
    "'",
    '"',
    '%',
    '@',
    '`',
    '#',
    ',',
    '?',
    '? ',
    '---\n',
    '...\n',
    '~',
    '\\',
    '\u{FEFF}',
    '\u{85}',
    '\u{A0}',
  ],
  ...[
    '$',
    '${',
    '${A',
    '${A:-',
    '${A:?x}',
    '$$',
    '\0',
    '\u{1b}[2J',
    'é',
    '\u{1F600}',
    '\u{D800}',
    '0x',
    '1e999',
    '-',
    '.inf',
  ],
];
const WORDS = [
  ...[
    '0',
    '-1',
    '1.5',
    '1e300',
    '99999999999999999999',
    'null',
    'true',
    'no',
    '""',
    '[]',
    '{}',
    '[[[]]]',
    '{ a: { b: [c] } }',
  ],
  ...[
    '80:80:80:80',
    '1-65535:1-65535',
    '../x',
    '/',
    '.',
    '10s',
    '-5m',
    '12gg',
    'a=b=c',
    'service:web',
    '${EMPTY}',
    '*x',
    '&x 1',
  ],
  ...[
    'host',
    'none',
    'global',
    '__proto__',
    'constructor',
    'x-y',
    "''",
    '"\\u0000"',
    '2024-01-01',
    '0o17',
    '1_000',
    '::1',
    '[::]:80',
  ],
];

const place = fc.nat(1_000_000);
const pick = (all: number, at: number) => (all === 0 ? 0 : at % all);

const byLines: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom('delete', 'duplicate', 'swap', 'indent', 'outdent', 'move'), place, place)
  .map(([kind, one, other]) => (text) => {
    const lines = text.split('\n');
    const [from, to] = [pick(lines.length, one), pick(lines.length, other)];
    const [line = '', second = ''] = [lines[from], lines[to]];
    if (kind === 'delete') lines.splice(from, 1);
    else if (kind === 'duplicate') lines.splice(to, 0, line);
    else if (kind === 'indent') lines[from] = `  ${line}`;
    else if (kind === 'outdent') lines[from] = line.replace(/^ {1,2}/, '');
    else if (kind === 'swap') [lines[from], lines[to]] = [second, line];
    else lines.splice(to, 0, ...lines.splice(from, 1));
    return lines.join('\n');
  });

const byWords: fc.Arbitrary<Mutation> = fc.tuple(place, fc.constantFrom(...WORDS)).map(([at, word]) => (text) => {
  const words = [...text.matchAll(/[^\s,:{}[\]"]+/g)];
  const found = words[pick(words.length, at)];
  if (found === undefined) return text;
  return `${text.slice(0, found.index)}${word}${text.slice(found.index + found[0].length)}`;
});

const byLetters: fc.Arbitrary<Mutation> = fc
  .tuple(place, fc.nat(4), fc.oneof(fc.constantFrom(...SHARDS), fc.string({ unit: 'binary', maxLength: 3 })))
  .map(([at, cut, added]) => (text) => {
    const from = pick(text.length + 1, at);
    return `${text.slice(0, from)}${added}${text.slice(from + cut)}`;
  });

const byTruncation: fc.Arbitrary<Mutation> = place.map((at) => (text) => text.slice(0, pick(text.length + 1, at)));

/** Replaces, renames, repeats or moves a part of the tree. Not for files with tags, anchors or syntax of their own. */
const byTree: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom('replace', 'rename', 'delete', 'list', 'map', 'copy'), place, place, junk)
  .map(([kind, at, other, by]) => (text) => {
    const tree = parsed(text);
    const places = placesOf(tree);
    const [target, source] = [places[pick(places.length, at)], places[pick(places.length, other)]];
    if (target === undefined || source === undefined) return text;
    const { holder, key } = target;
    const value = read(holder, key);
    if (kind === 'replace') write(holder, key, by);
    else if (kind === 'list') write(holder, key, [value]);
    else if (kind === 'map') write(holder, key, { [String(source.key)]: value });
    else if (kind === 'copy') write(holder, key, structuredClone(read(source.holder, source.key)));
    else {
      if (kind === 'rename') write(holder, Array.isArray(holder) ? holder.length : source.key, value);
      remove(holder, key);
    }
    return stringify(tree);
  });

/** One piece of damage. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: byLines },
  { weight: 3, arbitrary: byWords },
  { weight: 3, arbitrary: byLetters },
  { weight: 1, arbitrary: byTruncation },
  { weight: 4, arbitrary: byTree },
);

type Holder = unknown[] | Record<string, unknown>;

interface PlaceInTree {
  readonly holder: Holder;
  readonly key: string | number;
}

function parsed(text: string): unknown {
  try {
    const tree: unknown = parse(text, { logLevel: 'silent', merge: false });
    // Raises an error for a tree that an alias made endless.
    JSON.stringify(tree);
    return tree;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

function placesOf(value: unknown): readonly PlaceInTree[] {
  if (!isHolder(value)) return [];
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return keys.flatMap((key) => [{ holder: value, key }, ...placesOf(read(value, key))]);
}

function read(holder: Holder, key: string | number): unknown {
  return Array.isArray(holder) ? holder[Number(key)] : holder[key];
}

function write(holder: Holder, key: string | number, value: unknown): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(holder: Holder, key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Files of KEY=VALUE lines as Compose reads them: export, quotes, escapes, comments, lines that are only a name, variables. */
import { FleetError, type Location } from '../model/error.ts';
import { interpolate, type Unset, type Variables } from './interpolate.ts';
import type { Source } from './source.ts';

/** What the values of a file may refer to, and who hears of variables that are not set. */
export interface EnvContext {
  /** Win over what earlier lines of the file set. */
  readonly variables: Variables;
  /** Those lines win over these. */
  readonly before?: Variables;
  readonly unset?: Unset;
  /** 'raw': every value is as it stands behind "=". */
  readonly format?: 'raw';
}

const NAME = /(?:export[^\S\n]+)?([^=:\n]*)(?:[=:][^\S\n]*|(?=\n)|$)/y;
const QUOTED = /'((?:\\'|[^'])*)'[^\n]*|"((?:\\[\s\S]|[^"\\])*)"[^\n]*/y;
const PLAIN = /[^\n]*/y;
const GAP = /(?:\s|#[^\n]*)*/y;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  $: '$$',
};

/** The variables of the file. Throws FleetError E_VALUE or E_INTERPOLATION with the line. */
export function parseEnv({ path, text: raw }: Source, { variables, before, unset, format }: EnvContext): Variables {
  const text = raw.replaceAll('\r\n', '\n');
  const found = new Map<string, string>();
  const reader = { at: 0 };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = reader.at;
    const match = pattern.exec(text);
    reader.at += match?.[0].length ?? 0;
    return match;
  };
  for (take(GAP); reader.at < text.length; take(GAP)) {
    const start = reader.at;
    const match = take(NAME);
    const name = checkedName((match?.[1] ?? '').trimEnd(), () => place(path, text, start));
    if (!/[=:][^\S\n]*$/.test(match?.[0] ?? '')) {
      const inherited = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (inherited !== undefined) found.set(name, inherited);
      continue;
    }
    const where = () => place(path, text, start);
    const value =
      format === 'raw'
        ? { text: take(PLAIN)?.[0] ?? '', isLiteral: true }
        : takeValue(take, text.charAt(reader.at), where);
    const known = { ...before, ...Object.fromEntries(found), ...variables };
    found.set(name, value.isLiteral ? value.text : expanded(value.text, known, where, unset));
  }
  return Object.fromEntries(found);
}

interface Value {
  readonly text: string;
  /** From single quotes: nothing in it is a variable. */
  readonly isLiteral: boolean;
}

function takeValue(take: (pattern: RegExp) => RegExpExecArray | null, first: string, where: () => Location): Value {
  if (first !== "'" && first !== '"') {
    const line = take(PLAIN)?.[0] ?? '';
    return { text: line.replace(/\s#.*$/, '').trimEnd(), isLiteral: false };
  }
  const match = take(QUOTED);
  if (match === null) {
    throw new FleetError('E_VALUE', 'a quote is opened and not closed', { location: where() });
  }
  if (match[1] !== undefined) return { text: match[1].replaceAll("\\'", "'"), isLiteral: true };
  const text = (match[2] ?? '').replace(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
  return { text, isLiteral: false };
}

function expanded(text: string, variables: Variables, where: () => Location, unset?: Unset): string {
  try {
    return interpolate(text, variables, unset);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new FleetError(error.code, error.message, { location: where(), ...hint });
  }
}

function checkedName(name: string, where: () => Location): string {
  if (/^[\p{L}\p{N}_.[\]-]+$/u.test(name)) return name;
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name);
  throw new FleetError('E_VALUE', `${shown} is not the name of a variable`, {
    location: where(),
    expected: 'NAME=VALUE, a comment ("#"), or an empty line',
  });
}

function place(file: string, text: string, at: number): Location {
  const before = text.slice(0, at).split('\n');
  const line = text.split('\n')[before.length - 1] ?? '';
  const column = (before.at(-1) ?? '').length + 1;
  return { file, line: before.length, column, text: line, length: Math.max(1, line.trimEnd().length - column + 1) };
}

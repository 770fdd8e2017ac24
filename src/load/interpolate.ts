/** Interpolation as the Compose Specification has it: $A, ${A:-x}, ${A-x}, ${A:?m}, ${A?m}, ${A:+x}, ${A+x}, $$, nested. */
import { FleetError, type Location } from '../model/error.ts';
import { nearestHint } from './nearest.ts';
import { prefixed } from './problems.ts';
import type { Path, Tree } from './tree.ts';

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** Hears of a variable that is not set and was taken as empty. */
export type Unset = (name: string) => void;

/** A value in which a variable that is not set was taken as empty, as Compose takes it. */
export interface Emptied {
  readonly name: string;
  readonly path: Path;
  readonly location: Location;
}

/** What to do about a variable that is not set, with the nearest one that is. */
export function unsetHint(name: string, variables: Variables): string {
  const near = nearestHint(name, Object.keys(variables));
  const way = `export ${name}=..., put it into .env, or write \${${name}:-default}`;
  return near === undefined ? way : `${near} Otherwise ${way}`;
}

/**
 * The tree with all values interpolated, extensions too; keys stay as they are. What was not set goes to `emptied`;
 * what can not be interpolated is left out and is a problem.
 */
export function interpolateTree(
  tree: Tree,
  variables: Variables,
  problems: FleetError[],
  emptied: Emptied[] = [],
): Tree {
  const nothing: Tree = { kind: 'scalar', value: null, at: tree.at };
  return interpolated(tree, [], { variables, problems, emptied }) ?? nothing;
}

interface Run {
  readonly variables: Variables;
  readonly problems: FleetError[];
  readonly emptied: Emptied[];
}

function interpolated(tree: Tree, path: Path, run: Run): Tree | undefined {
  switch (tree.kind) {
    case 'scalar': {
      if (typeof tree.value !== 'string' || !tree.value.includes('$')) return tree;
      const value = attempt(tree.value, { path, location: tree.at }, run);
      return value === undefined ? undefined : { ...tree, value };
    }
    case 'list': {
      const items = tree.items.flatMap((item, index) => interpolated(item, [...path, index], run) ?? []);
      return { ...tree, items };
    }
    case 'map': {
      const entries = [...tree.entries].flatMap(([key, entry]) => {
        const value = interpolated(entry.value, [...path, key], run);
        return value === undefined ? [] : [[key, { ...entry, value }] as const];
      });
      return { ...tree, entries: new Map(entries) };
    }
    default:
      return tree satisfies never;
  }
}

/**
 * One text interpolated; what is not set and has no default is empty, and `unset` hears of it. A "$" before anything
 * but a name or a brace stands for itself. Throws FleetError E_INTERPOLATION for `?` and for wrong braces.
 */
export function interpolate(text: string, variables: Variables, unset: Unset = () => undefined): string {
  return expand(text, 0, { variables, unset, depth: 0 }, 'text').value;
}

function attempt(
  text: string,
  { path, location }: { readonly path: Path; readonly location: Location },
  { variables, problems, emptied }: Run,
): string | undefined {
  const names = new Set<string>();
  try {
    const value = interpolate(text, variables, (name) => names.add(name));
    for (const name of names) emptied.push({ name, path, location });
    return value;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    problems.push(new FleetError(error.code, prefixed(path, error.message), { location, ...hint }));
    return undefined;
  }
}

/** Deeper than anybody nests defaults. */
const MAX_DEPTH = 50;

/** Variables, and who hears of those that are not set. */
interface Scope {
  readonly variables: Variables;
  readonly unset: Unset;
  /** Braces around what is read. */
  readonly depth: number;
}

interface Expansion {
  readonly value: string;
  /** Offset behind what was read. */
  readonly end: number;
}

/** Reads up to the end of the text, or of the braces that it is in; braces inside them that pair up stand for themselves. */
function expand(text: string, start: number, scope: Scope, within: 'text' | 'braces'): Expansion {
  let value = '';
  let at = start;
  let open = 0;
  while (at < text.length) {
    const letter = text.charAt(at);
    if (within === 'braces' && letter === '}' && open === 0) return { value, end: at };
    if (letter === '$') {
      const part = expandDollar(text, at, scope);
      value += part.value;
      at = part.end;
      continue;
    }
    if (letter === '{') open += 1;
    if (letter === '}') open -= 1;
    value += letter;
    at += 1;
  }
  if (within === 'braces') throw malformed(text, 'has "${" without "}"');
  return { value, end: at };
}

const PLAIN = /\$([A-Za-z_][A-Za-z0-9_]*)/y;
const BRACED = /\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+]|\})/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function expandDollar(text: string, at: number, scope: Scope): Expansion {
  const next = text.charAt(at + 1);
  if (next === '$') return { value: '$', end: at + 2 };
  const plain = matchAt(PLAIN, text, at);
  if (plain !== null) return { value: textOf(plain[1] ?? '', scope), end: at + plain[0].length };
  if (next !== '{') return { value: '$', end: at + 1 };
  const braced = matchAt(BRACED, text, at);
  if (braced === null) throw malformed(text, 'has a "${" that begins no variable');
  const name = braced[1] ?? '';
  const operator = braced[2] ?? '}';
  const behind = at + braced[0].length;
  if (operator === '}') return { value: textOf(name, scope), end: behind };
  return expandOperator(text, behind, { name, operator }, scope);
}

function expandOperator(
  text: string,
  start: number,
  { name, operator }: { readonly name: string; readonly operator: string },
  scope: Scope,
): Expansion {
  if (scope.depth >= MAX_DEPTH) throw malformed(text, `nests variables more than ${MAX_DEPTH} deep`);
  const current = own(name, scope.variables);
  const isSet = current !== undefined && !(operator.startsWith(':') && current === '');
  const kind = operator.at(-1);
  const isWanted = kind === '+' ? isSet : !isSet;
  // What is not wanted is only skipped, so that a default may name variables that are not set.
  const word = isWanted
    ? expand(text, start, { ...scope, depth: scope.depth + 1 }, 'braces')
    : { value: '', end: skipBraces(text, start) };
  const end = word.end + 1;
  if (kind === '-') return { value: isSet ? current : word.value, end };
  if (kind === '+') return { value: word.value, end };
  if (isSet) return { value: current, end };
  throw new FleetError(
    'E_INTERPOLATION',
    `the variable ${name} is ${current === '' ? 'empty' : 'not set'}${word.value === '' ? '' : `: ${word.value}`}`,
    { hint: `export ${name}=...` },
  );
}

function skipBraces(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('$$', at)) at += 1;
    else if (text.charAt(at) === '{') depth += 1;
    else if (text.charAt(at) === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw malformed(text, 'has "${" without "}"');
}

function textOf(name: string, { variables, unset }: Scope): string {
  const value = own(name, variables);
  if (value !== undefined) return value;
  unset(name);
  return '';
}

function own(name: string, variables: Variables): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function malformed(text: string, what: string): FleetError {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new FleetError('E_INTERPOLATION', `${JSON.stringify(shown)} ${what}`, {
    hint: 'write "$$" for a dollar sign, ${NAME} or ${NAME:-default} for a variable',
  });
}

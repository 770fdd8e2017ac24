/** Interpolation as the Compose Specification has it: $A, ${A:-x}, ${A-x}, ${A:?m}, ${A?m}, ${A:+x}, ${A+x}, $$, nested. */
import { FleetError } from '../model/error.ts';
import { nearestHint } from './nearest.ts';
import { prefixed } from './problems.ts';
import type { Path, Tree } from './tree.ts';

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** The tree with all values interpolated; keys and extensions (x-…, but x-fleet) stay as they are. */
export function interpolateTree(tree: Tree, variables: Variables, problems: FleetError[], path: Path = []): Tree {
  switch (tree.kind) {
    case 'scalar':
      return typeof tree.value === 'string' && tree.value.includes('$')
        ? { ...tree, value: attempt(tree.value, variables, problems, path, tree) }
        : tree;
    case 'list':
      return {
        ...tree,
        items: tree.items.map((item, index) => interpolateTree(item, variables, problems, [...path, index])),
      };
    case 'map': {
      const entries = [...tree.entries].map(([key, entry]) => {
        const value = isExtension(key, path)
          ? entry.value
          : interpolateTree(entry.value, variables, problems, [...path, key]);
        return [key, { ...entry, value }] as const;
      });
      return { ...tree, entries: new Map(entries) };
    }
    default:
      return tree satisfies never;
  }
}

/**
 * One text interpolated. Throws FleetError E_INTERPOLATION for a variable that is not set and has no default
 * (Compose warns and takes the empty text), and for wrong syntax.
 */
export function interpolate(text: string, variables: Variables): string {
  const { value, end } = expand(text, 0, variables, 'text');
  return end === text.length ? value : value + text.slice(end);
}

function attempt(text: string, variables: Variables, problems: FleetError[], path: Path, tree: Tree): string {
  try {
    return interpolate(text, variables);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { hint } = error;
    problems.push(
      new FleetError(error.code, prefixed(path, error.message), {
        location: tree.at,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
    return '';
  }
}

/** Only where Compose ignores them: at the top and in a service. */
function isExtension(key: string, path: Path): boolean {
  const place = path.length === 0 || (path.length === 2 && path[0] === 'services');
  return place && key.startsWith('x-') && key !== 'x-fleet';
}

interface Expansion {
  readonly value: string;
  /** Offset behind what was read. */
  readonly end: number;
}

/** Reads up to the end of the text, or of the braces that it is in. */
function expand(text: string, start: number, variables: Variables, within: 'text' | 'braces'): Expansion {
  let value = '';
  let at = start;
  while (at < text.length) {
    const letter = text.charAt(at);
    if (within === 'braces' && letter === '}') return { value, end: at };
    if (letter !== '$') {
      value += letter;
      at += 1;
      continue;
    }
    const part = expandDollar(text, at, variables);
    value += part.value;
    at = part.end;
  }
  if (within === 'braces') throw malformed(text, 'has "${" without "}"');
  return { value, end: at };
}

function expandDollar(text: string, at: number, variables: Variables): Expansion {
  if (text.charAt(at + 1) === '$') return { value: '$', end: at + 2 };
  const plain = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(text.slice(at));
  if (plain !== null) return { value: required(plain[1] ?? '', variables), end: at + plain[0].length };
  const braced = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+]|\})/.exec(text.slice(at));
  if (braced === null) throw malformed(text, 'has a "$" that begins no variable');
  const name = braced[1] ?? '';
  const operator = braced[2] ?? '}';
  const behind = at + braced[0].length;
  if (operator === '}') return { value: required(name, variables), end: behind };
  return expandOperator(text, behind, { name, operator }, variables);
}

function expandOperator(
  text: string,
  start: number,
  { name, operator }: { readonly name: string; readonly operator: string },
  variables: Variables,
): Expansion {
  const current = own(name, variables);
  const isSet = current !== undefined && !(operator.startsWith(':') && current === '');
  const kind = operator.at(-1);
  const isWanted = kind === '+' ? isSet : !isSet;
  // What is not wanted is only skipped, so that a default may name variables that are not set.
  const word = isWanted ? expand(text, start, variables, 'braces') : { value: '', end: skipBraces(text, start) };
  const end = word.end + 1;
  if (kind === '-') return { value: isSet ? current : word.value, end };
  if (kind === '+') return { value: word.value, end };
  if (isSet) return { value: current, end };
  throw new FleetError(
    'E_INTERPOLATION',
    `the variable ${name} is ${current === '' ? 'empty' : 'not set'}${word.value === '' ? '' : `: ${word.value}`}`,
    {
      hint: `export ${name}=...`,
    },
  );
}

function skipBraces(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('$$', at)) at += 1;
    else if (text.startsWith('${', at)) depth += 1;
    else if (text.charAt(at) === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw malformed(text, 'has "${" without "}"');
}

function required(name: string, variables: Variables): string {
  const value = own(name, variables);
  if (value !== undefined) return value;
  const near = nearestHint(name, Object.keys(variables));
  const way = `export ${name}=..., put it into .env, or write \${${name}:-default}`;
  throw new FleetError('E_INTERPOLATION', `the variable ${name} is not set`, {
    hint: near === undefined ? way : `${near} Otherwise ${way}`,
  });
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

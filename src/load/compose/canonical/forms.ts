/** What the tables of `canonical` are made of: a form turns one value into the way it is always written. */
import { FleetError, type FleetErrorDetails, type Location } from '../../../model/error.ts';
import { prefixed } from '../../problems.ts';
import type { Entry, Path, Scalar, Tree } from '../../tree.ts';

/** Where a file stands and what is wrong with it so far. */
export interface Setting {
  /** Relative paths begin here. */
  readonly folder: string;
  /** What "~" stands for. */
  readonly home: string;
  readonly problems: FleetError[];
}

/** One value in its long form; nothing when it was wrong, which then is among the problems. */
export type Form = (tree: Tree, path: Path, setting: Setting) => Tree | undefined;

/** A tree that is a list. */
export type ListTree = Extract<Tree, { kind: 'list' }>;
/** A tree that is a map. */
export type MapTree = Extract<Tree, { kind: 'map' }>;
/** A tree without parts. */
export type ScalarTree = Extract<Tree, { kind: 'scalar' }>;

/** The form of a value; empty values and what `!reset` takes away stay as they are, tags are kept. */
export function shaped(form: Form, tree: Tree, path: Path, setting: Setting): Tree | undefined {
  if (tree.tag === 'reset' || (tree.kind === 'scalar' && tree.value === null)) return tree;
  const made = form(tree, path, setting);
  return made === undefined || made.tag === tree.tag || tree.tag === undefined ? made : { ...made, tag: tree.tag };
}

/** A map with known keys; other keys stay as they are. */
export function fields(forms: Readonly<Record<string, Form>>): Form {
  const table = new Map(Object.entries(forms));
  return (tree, path, setting) => mapped(tree, path, setting, (key) => table.get(key));
}

/** A map with free keys, all values of one form; extensions stay as they are. */
export function every(form: Form): Form {
  return (tree, path, setting) => mapped(tree, path, setting, (key) => (key.startsWith('x-') ? undefined : form));
}

/** A list of values of one form. */
export function items(form: Form): Form {
  return (tree, path, setting) => {
    if (tree.kind !== 'list') return tree;
    const made = tree.items.map((item, index) => shaped(form, item, [...path, index], setting));
    return { ...tree, items: made.filter((item) => item !== undefined) };
  };
}

/** A list of values of one form, each of which may stand for several. */
export function spread(form: (tree: Tree, path: Path, setting: Setting) => readonly Tree[]): Form {
  return (tree, path, setting) => {
    if (tree.kind !== 'list') return tree;
    const made = tree.items.flatMap((item, index) =>
      item.tag === 'reset' ? [item] : form(item, [...path, index], setting),
    );
    return { ...tree, items: made };
  };
}

/** A scalar read by a parser that throws FleetError without a location. */
export function parsed(parse: (text: string, value: Scalar) => Scalar): Form {
  return (tree, path, setting) => {
    if (tree.kind !== 'scalar') return tree;
    return attempt(tree, path, setting, () => ({ ...tree, value: parse(formatScalar(tree.value), tree.value) }));
  };
}

/** What `form` makes of text (or a number); maps and lists are for `long`. */
export function shortOr(form: (text: string, tree: ScalarTree) => Tree, long: Form): Form {
  return (tree, path, setting) => {
    if (tree.kind !== 'scalar') return long(tree, path, setting);
    const made = attempt(tree, path, setting, () => form(formatScalar(tree.value), tree));
    return made === undefined ? undefined : long(made, path, setting);
  };
}

/** First this form, then that one. */
export function both(first: Form, second: Form): Form {
  return (tree, path, setting) => {
    const made = first(tree, path, setting);
    return made === undefined ? undefined : second(made, path, setting);
  };
}

/** Runs a parser or check; its FleetError becomes a problem at the value. */
export function attempt<T>(tree: Tree, path: Path, setting: Setting, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { hint, expected } = error;
    const details: FleetErrorDetails = {
      location: tree.at,
      ...(hint === undefined ? {} : { hint }),
      ...(expected === undefined ? {} : { expected }),
    };
    setting.problems.push(new FleetError(error.code, prefixed(path, error.message), details));
    return undefined;
  }
}

/** A scalar made from what stands at the place. */
export function scalar(value: Scalar, at: Location): ScalarTree {
  return { kind: 'scalar', value, at };
}

/** A list made from what stands at the place. */
export function list(values: readonly Scalar[], at: Location): ListTree {
  return { kind: 'list', items: values.map((value) => scalar(value, at)), at };
}

/** A map made from what stands at the place; what is undefined is left out. */
export function map(values: Readonly<Record<string, Tree | Scalar | undefined>>, at: Location): MapTree {
  const entries = new Map<string, Entry>();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) entries.set(key, { key: at, value: isTree(value) ? value : scalar(value, at) });
  }
  return { kind: 'map', entries, at };
}

/** The map with entries that it does not have yet. */
export function withDefaults(tree: MapTree, values: Readonly<Record<string, Tree | Scalar>>): MapTree {
  const missing = [...map(values, tree.at).entries].filter(([key]) => !tree.entries.has(key));
  return missing.length === 0 ? tree : { ...tree, entries: new Map([...tree.entries, ...missing]) };
}

/** The text of a key of the map, if it is text or a number. */
export function textOf(tree: MapTree, key: string): string | undefined {
  const value = tree.entries.get(key)?.value;
  return value?.kind === 'scalar' && value.value !== null && value.tag !== 'reset'
    ? formatScalar(value.value)
    : undefined;
}

/** A scalar as the text that Compose makes of it. */
export function formatScalar(value: Scalar): string {
  if (typeof value !== 'number') return value === null ? '' : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  // Go turns to exponents below 0.0001, and writes two digits of them.
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function mapped(tree: Tree, path: Path, setting: Setting, formOf: (key: string) => Form | undefined): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of tree.entries) {
    const form = formOf(key);
    const value = form === undefined ? entry.value : shaped(form, entry.value, [...path, key], setting);
    if (value !== undefined) entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  return { ...tree, entries };
}

function isTree(value: Tree | Scalar): value is Tree {
  return typeof value === 'object' && value !== null;
}

/** A YAML file as plain values that still know where they stand; aliases and merge keys are resolved. */
import type { Location } from '../model/error.ts';

/** A value without parts. */
export type Scalar = string | number | boolean | null;

/** One value of a file with its place. */
export type Tree = (
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry> }
) & {
  readonly at: Location;
  readonly tag?: Tag;
  /** The relative path that the file names, where the value is the absolute one made of it. */
  readonly written?: string;
  /** Nobody wrote it: it follows from something else. */
  readonly isImplied?: true;
};

/** `!reset` takes away what an earlier file said, `!override` replaces it (Compose Specification, 13-merge). */
export type Tag = 'reset' | 'override';

/** A key with its value. */
export interface Entry {
  readonly key: Location;
  readonly value: Tree;
}

/** Where in a tree: keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** The tree as ordinary JavaScript values. */
export function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** The value at the path, if there is one. */
export function find(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>((at, part) => (at === undefined ? undefined : child(at, part)), tree);
}

/**
 * Where the path stands in its file: a scalar at its value, a map or list at its key. What is absent is shown
 * at the nearest thing around it that is there.
 */
export function locate(tree: Tree, path: Path): Location {
  let at = tree;
  let location = tree.at;
  for (const part of path) {
    const next = child(at, part);
    if (next === undefined) return location;
    location = next.kind === 'scalar' && next.value !== null ? next.at : keyOf(at, part, next);
    at = next;
  }
  return location;
}

/** Where the last key of the path stands; for complaints about the key itself. */
export function locateKey(tree: Tree, path: Path): Location {
  const parent = find(tree, path.slice(0, -1));
  const last = path.at(-1);
  const entry = parent?.kind === 'map' && last !== undefined ? parent.entries.get(String(last)) : undefined;
  return entry?.key ?? locate(tree, path);
}

/** "services.web.ports[0]": a path as messages name it. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** "a list", "text", …: what stands there, as messages say it. */
export function describe(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'list') return 'a list';
  if (tree.kind === 'map') return 'a map';
  if (tree.value === null) return 'nothing';
  if (typeof tree.value === 'string') return `the text ${JSON.stringify(shorten(tree.value))}`;
  return typeof tree.value === 'number' ? `the number ${tree.value}` : `${tree.value}`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function child(tree: Tree, part: string | number): Tree | undefined {
  if (tree.kind === 'map') return tree.entries.get(String(part))?.value;
  return tree.kind === 'list' && typeof part === 'number' ? tree.items[part] : undefined;
}

function keyOf(parent: Tree, part: string | number, value: Tree): Location {
  return (parent.kind === 'map' ? parent.entries.get(String(part))?.key : undefined) ?? value.at;
}

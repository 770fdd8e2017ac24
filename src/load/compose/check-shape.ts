/** The structure of one interpolated file: every key known, every value of a type that fits. */
import { FleetError } from '../../model/error.ts';
import type { Path, Tree } from '../tree.ts';
import { find, plain } from '../tree.ts';
import { type Issue, issuesOf } from './check-shape-validator.ts';
import { explain } from './check-shape-words.ts';
import { schemaAt, typesOf } from './schema.ts';

/** A complaint with the path of the value it is about. */
export interface Wrong {
  readonly path: Path;
  readonly keyword: string;
  readonly key?: string;
}

/** Rounds of pruning: taking a part away can leave what is around it without a key that it needs. */
const ROUNDS = 5;

/** Problems of structure go to the list; the tree comes back without the wrong parts, but with all its services. */
export function checkShape(tree: Tree, problems: FleetError[]): Tree {
  let pruned = tree;
  for (let round = 0; round < ROUNDS; round += 1) {
    const wrong = wrongParts(pruned);
    if (wrong.length === 0) break;
    if (round === 0) problems.push(...explainAll(tree, wrong));
    pruned = without(
      pruned,
      wrong.map(partOf).filter((path) => path !== undefined),
    );
  }
  return pruned;
}

/** Nobody reads more problems of one file than that, and each takes time to explain. */
const MOST_EXPLAINED = 1000;

function explainAll(tree: Tree, wrong: readonly Wrong[]): readonly FleetError[] {
  const explained = wrong.slice(0, MOST_EXPLAINED).map((one) => explain(tree, one));
  const rest = wrong.length - explained.length;
  if (rest <= 0) return explained;
  const location = explained.at(-1)?.location ?? tree.at;
  return [...explained, new FleetError('E_SCHEMA', `${rest} more problems like these in this file`, { location })];
}

/** What is wrong, one complaint a place: of several the first in this order. */
const WEIGHT = ['type', 'required', 'enum', 'pattern', 'minimum', 'maximum'];

function wrongParts(tree: Tree): readonly Wrong[] {
  const found = new Map<string, Wrong>();
  for (const issue of issuesOf(plain(tree))) {
    const wrong = { path: pathOf(tree, issue.pointer), ...issue };
    if (isAllowed(tree, wrong)) continue;
    const place = JSON.stringify([issue.pointer, issue.key]);
    const other = found.get(place);
    if (other === undefined || rank(wrong) < rank(other)) found.set(place, wrong);
  }
  return [...found.values()];
}

function rank({ keyword }: Issue | Wrong): number {
  return WEIGHT.indexOf(keyword);
}

function isAllowed(tree: Tree, { path, keyword, key }: Wrong): boolean {
  const places = key === undefined ? path : [...path, key];
  if (places.some((_, index) => isResetAt(tree, places.slice(0, index + 1)))) return true;
  return keyword === 'type' && readsAs(find(tree, path), typesOf(schemaAt(path)?.schema ?? {}));
}

function isResetAt(tree: Tree, path: Path): boolean {
  return find(tree, path)?.tag === 'reset';
}

const READINGS: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/i,
  integer: /^[-+]?\d+$/,
  number: /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i,
};

/** Interpolation makes text of everything; Compose casts it then to what is wanted. */
function readsAs(tree: Tree | undefined, types: readonly string[]): boolean {
  const text = tree?.kind === 'scalar' ? tree.value : undefined;
  return typeof text === 'string' && types.some((type) => READINGS[type]?.test(text));
}

/** The part to take away; services stay, so that what refers to them is no second problem. */
function partOf({ path, keyword, key }: Wrong): Path | undefined {
  if (keyword === 'propertyNames' && path.length === 1 && path[0] === 'services') return undefined;
  return key === undefined || keyword === 'required' ? path : [...path, key];
}

/** The tree without the parts at these paths. */
function without(tree: Tree, paths: readonly Path[], depth: Path = []): Tree {
  if (paths.length === 0) return tree;
  if (paths.some((path) => path.length === 0)) return { kind: 'map', entries: new Map(), at: tree.at };
  const below = new Map<string, Path[]>();
  for (const [first, ...rest] of paths) {
    const group = below.get(String(first)) ?? [];
    group.push(rest);
    below.set(String(first), group);
  }
  const kept = (part: string | number, value: Tree): readonly Tree[] => {
    const inside = below.get(String(part)) ?? [];
    const isService = depth.length === 1 && depth[0] === 'services';
    if (!isService && inside.some((path) => path.length === 0)) return [];
    return [without(value, inside, [...depth, part])];
  };
  if (tree.kind === 'list') return { ...tree, items: tree.items.flatMap((item, index) => kept(index, item)) };
  if (tree.kind === 'scalar') return tree;
  const entries = [...tree.entries].flatMap(([key, entry]) =>
    kept(key, entry.value).map((value) => [key, { ...entry, value }] as const),
  );
  return { ...tree, entries: new Map(entries) };
}

function pathOf(tree: Tree, pointer: string): Path {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at: Tree | undefined = tree;
  return parts.map((part) => {
    const step = at?.kind === 'list' ? Number(part) : part;
    at = at === undefined ? undefined : find(at, [step]);
    return step;
  });
}

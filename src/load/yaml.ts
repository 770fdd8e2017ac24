/** YAML text to a located tree: only the files yaml*.ts know the parser. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type ParsedNode,
  type Range,
  stringify,
  visit,
  type YAMLMap,
  YAMLParseError,
} from 'yaml';
import { FleetError, type Location } from '../model/error.ts';
import type { Source } from './source.ts';
import type { Entry, Tag, Tree } from './tree.ts';
import { composed } from './yaml-documents.ts';
import { MAX_DEPTH, MAX_VALUES } from './yaml-limits.ts';
import { type Locator, locator } from './yaml-places.ts';
import { isKnownTag, syntaxProblem } from './yaml-problems.ts';
import { scalarOf, TAGS, tagOf } from './yaml-scalar.ts';

/** What a file holds, or what is wrong with it: E_YAML, all at once. */
interface Parsed {
  readonly trees: readonly Tree[];
  readonly problems: readonly FleetError[];
}

/** The file's only document as a tree. */
export function parseYaml(source: Source): { tree?: Tree; problems: readonly FleetError[] } {
  const { trees, problems } = guarded(() => {
    const [doc, second] = composed(source, 'always one');
    if (doc === undefined) return { trees: [], problems: [] };
    if (second !== undefined) {
      const [start, end] = second.range;
      doc.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'one document is read'));
    }
    return read([doc], { source, tags: [] });
  });
  const [tree] = trees;
  return tree === undefined ? { problems } : { tree, problems };
}

/** All documents of a file ("---" between them); empty ones are left out, but for the only one. */
export function parseYamlDocuments(source: Source): Parsed {
  return guarded(() => {
    const full = composed(source, 'as many as there are').filter((doc) => !isEmpty(doc) || doc.errors.length > 0);
    if (full.length > 0) return read(full, { source, tags: TAGS });
    const at = locator(source)(0, 1);
    return { trees: [{ kind: 'map', entries: new Map(), at }], problems: [] };
  });
}

/** What is too much for the parser is thrown while it reads. */
function guarded(work: () => Parsed): Parsed {
  try {
    return work();
  } catch (error) {
    if (error instanceof FleetError) return { trees: [], problems: [error] };
    throw error;
  }
}

function read(
  docs: readonly Document.Parsed[],
  { source, tags }: { source: Source; tags: readonly Tag[] },
): { trees: readonly Tree[]; problems: readonly FleetError[] } {
  const at = locator(source);
  const problems = docs
    .flatMap((doc) => [...doc.errors, ...doc.warnings])
    .filter((error) => !isKnownTag(error, source.text, tags))
    .map((error) => syntaxProblem(error, at, { text: source.text, tags }));
  if (problems.length > 0) return { trees: [], problems };
  const shared = { values: 0, problems };
  try {
    const trees = docs.map((doc) => new Reader(doc, at, shared).read());
    return problems.length > 0 ? { trees: [], problems } : { trees, problems };
  } catch (error) {
    if (error instanceof FleetError) return { trees: [], problems: [...problems, error] };
    throw error;
  }
}

/** Nobody reads more of one file. */
const MOST_PROBLEMS = 1000;

/** Walks the parsed document once; holds the count of values read so far. */
class Reader {
  readonly #doc: Document.Parsed;
  readonly #at: Locator;
  /** All documents of a file share it. */
  readonly #shared: { values: number; readonly problems: FleetError[] };
  /** What each alias stands for. */
  readonly #targets: ReadonlyMap<unknown, unknown>;
  /** Maps whose keys were looked at; aliases lead to the same one again. */
  readonly #checked = new Set<YAMLMap>();
  /** What aliases that are being followed stand for. */
  readonly #open = new Set<unknown>();

  constructor(doc: Document.Parsed, at: Locator, shared: { values: number; readonly problems: FleetError[] }) {
    this.#doc = doc;
    this.#at = at;
    this.#shared = shared;
    this.#targets = targetsOf(doc);
  }

  read(): Tree {
    const root = this.#doc.contents;
    if (root === null) return { kind: 'map', entries: new Map(), at: this.#at(0, 1) };
    return this.#node(root, 0);
  }

  #node(node: unknown, depth: number): Tree {
    this.#shared.values += 1;
    const at = this.#place(node);
    if (depth > MAX_DEPTH) throw new FleetError('E_YAML', `nested more than ${MAX_DEPTH} deep`, { location: at });
    if (this.#shared.values > MAX_VALUES) {
      throw new FleetError('E_YAML', `more than ${MAX_VALUES} values once all aliases are followed`, {
        location: at,
        hint: 'write the values out, or use fewer aliases',
      });
    }
    if (isAlias(node)) return this.#alias(node, depth);
    const tag = isNode(node) ? tagOf(node.tag) : undefined;
    const rest = tag === undefined ? { at } : { at, tag };
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.#node(item, depth + 1)), ...rest };
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth), ...rest };
    const value = scalarOf(node);
    if (typeof value === 'string' && value.includes('\0')) throw nul(at);
    return { kind: 'scalar', value, ...rest };
  }

  #alias(alias: Alias.Parsed | Alias, depth: number): Tree {
    const node = this.#targets.get(alias);
    const location = this.#place(alias);
    if (node === undefined) {
      throw new FleetError('E_YAML', `the alias "*${alias.source}" has no anchor "&${alias.source}" before it`, {
        location,
      });
    }
    if (this.#open.has(node)) {
      throw new FleetError('E_YAML', `the alias "*${alias.source}" stands inside its own anchor`, { location });
    }
    this.#open.add(node);
    const tree = this.#node(node, depth + 1);
    this.#open.delete(node);
    return tree;
  }

  /** The map's own keys first, then what merge keys ("<<") add without replacing. */
  #entries(map: YAMLMap, depth: number): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged: unknown[] = [];
    for (const pair of map.items) {
      if (!isPair(pair)) continue;
      if (isMergeKey(pair.key)) {
        merged.push(pair.value);
        continue;
      }
      const key = this.#place(pair.key);
      if (!isScalar(pair.key)) throw new FleetError('E_YAML', 'a key must be a word', { location: key });
      const name = String(pair.key.value ?? '');
      if (name.includes('\0')) throw nul(key);
      const first = entries.get(name);
      if (first !== undefined && !this.#checked.has(map)) this.#complain(name, key, first.key);
      if (first === undefined)
        entries.set(name, { key, value: pair.value === null ? nothing(key) : this.#node(pair.value, depth + 1) });
    }
    this.#checked.add(map);
    for (const value of merged) this.#merge(entries, value, depth);
    return entries;
  }

  #complain(name: string, location: Location, first: Location): void {
    const { problems } = this.#shared;
    if (problems.length >= MOST_PROBLEMS) {
      throw new FleetError('E_YAML', `more than ${MOST_PROBLEMS} problems; what follows was not read`, { location });
    }
    const details = { location, related: [{ location: first, message: 'first here' }], hint: 'keep one of the two' };
    problems.push(new FleetError('E_YAML', `the key ${name} stands twice in the same map`, details));
  }

  #merge(entries: Map<string, Entry>, value: unknown, depth: number): void {
    const tree = this.#node(value, depth + 1);
    const maps = tree.kind === 'list' ? tree.items : [tree];
    for (const map of maps) {
      if (map.kind !== 'map') throw new FleetError('E_YAML', '"<<" merges maps only', { location: map.at });
      for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    }
  }

  #place(node: unknown): Location {
    const range = isNodeWithRange(node) ? node.range : [0, 1];
    return this.#at(range[0] ?? 0, range[1] ?? 1);
  }
}

/** A NUL that is written as "\\0" is as impossible on a host as one in the file. */
function nul(location: Location): FleetError {
  return new FleetError('E_YAML', 'a NUL byte in the text', {
    location,
    hint: 'remove the byte: no value on a host can hold it',
  });
}

/** Alias -> what the last anchor of its name before it stands on; looked up one by one, each walks the document. */
function targetsOf(doc: Document.Parsed): ReadonlyMap<unknown, unknown> {
  const targets = new Map<unknown, unknown>();
  const anchors = new Map<string, unknown>();
  visit(doc, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function nothing(at: Location): Tree {
  return { kind: 'scalar', value: null, at };
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

function isNodeWithRange(node: unknown): node is ParsedNode & { range: Range } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

/** Plain data as YAML 1.2 that readers of YAML 1.1 read alike: long texts stay on their lines, nothing is shared. */
export function formatYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
}

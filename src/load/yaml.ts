/** YAML text to a located tree: the only file that knows the yaml package. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type Range,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { FleetError, type Location } from '../model/error.ts';
import type { Source } from './source.ts';
import type { Entry, Scalar, Tree } from './tree.ts';

/** More values than any real file has; aliases that multiply each other are stopped here. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 60;

/** Plain words for the parser's error codes; what is not here keeps the parser's own sentence. */
const SENTENCES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab where YAML wants spaces',
  MULTIPLE_DOCS: 'a second document ("---") in the file',
  MULTIPLE_ANCHORS: 'two anchors on one value',
};
const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'replace the tab with spaces',
  MULTIPLE_DOCS: 'keep one document per file',
};

/** The file as a tree, or what is wrong with it: E_YAML, all at once. */
export function parseYaml(source: Source): { tree?: Tree; problems: readonly FleetError[] } {
  const lineCounter = new LineCounter();
  const doc = parseDocument(source.text, {
    lineCounter,
    version: '1.2',
    uniqueKeys: true,
    prettyErrors: false,
    strict: true,
    // 'silent' would hide a second document as well.
    logLevel: 'error',
  });
  const at = locator(source, lineCounter);
  const problems = [...doc.errors, ...doc.warnings].map((error) => syntaxProblem(error, at, source.text));
  if (problems.length > 0) return { problems };
  try {
    return { tree: new Reader(doc, at).read(), problems: [] };
  } catch (error) {
    if (error instanceof FleetError) return { problems: [error] };
    throw error;
  }
}

type Locator = (start: number, end: number) => Location;

function locator(source: Source, lineCounter: LineCounter): Locator {
  const lines = source.text.split('\n');
  const last = Math.max(0, source.text.trimEnd().length - 1);
  return (from, end) => {
    // What is missing at the end of the file is shown at its last letter.
    const start = Math.min(from, last);
    const { line, col } = lineCounter.linePos(start);
    const text = (lines[line - 1] ?? '').replace(/\r$/, '');
    const length = Math.max(1, Math.min(end - start, text.length - col + 1));
    return { file: source.path, line: Math.max(1, line), column: Math.max(1, col), text, length };
  };
}

function syntaxProblem(error: YAMLError, at: Locator, text: string): FleetError {
  const hint = HINTS[error.code];
  const [start, end] = error.pos;
  if (error.code === 'DUPLICATE_KEY') return duplicate(text, at, start);
  return new FleetError('E_YAML', `not valid YAML: ${SENTENCES[error.code] ?? lowerFirst(error.message)}`, {
    location: at(start, end),
    ...(hint === undefined ? {} : { hint }),
  });
}

function duplicate(text: string, at: Locator, start: number): FleetError {
  const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*[^:\s])/.exec(text.slice(start, start + 200))?.[0] ?? '';
  return new FleetError('E_YAML', `the key ${key} stands twice in the same map`, {
    location: at(start, start + key.length),
    hint: 'keep one of the two',
  });
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Walks the parsed document once; holds the count of values read so far. */
class Reader {
  readonly #doc: Document.Parsed;
  readonly #at: Locator;
  #values = 0;
  /** What aliases that are being followed stand for. */
  readonly #open = new Set<unknown>();

  constructor(doc: Document.Parsed, at: Locator) {
    this.#doc = doc;
    this.#at = at;
  }

  read(): Tree {
    const root = this.#doc.contents;
    if (root === null) return { kind: 'map', entries: new Map(), at: this.#at(0, 1) };
    return this.#node(root, 0);
  }

  #node(node: unknown, depth: number): Tree {
    this.#values += 1;
    const at = this.#place(node);
    if (depth > MAX_DEPTH) throw new FleetError('E_YAML', `nested more than ${MAX_DEPTH} deep`, { location: at });
    if (this.#values > MAX_VALUES) {
      throw new FleetError('E_YAML', `more than ${MAX_VALUES} values once all aliases are followed`, {
        location: at,
        hint: 'write the values out, or use fewer aliases',
      });
    }
    if (isAlias(node)) return this.#alias(node, depth);
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.#node(item, depth + 1)), at };
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth), at };
    return { kind: 'scalar', value: this.#scalar(node), at };
  }

  #alias(alias: Alias.Parsed | Alias, depth: number): Tree {
    const node = alias.resolve(this.#doc);
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

  #scalar(node: unknown): Scalar {
    if (!isScalar(node)) return null;
    const { value, source } = node;
    if (typeof value === 'number' && source !== undefined && isNumberByLookOnly(value, source)) return source;
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
    return value === null || value === undefined ? null : String(value);
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
      if (entries.has(name)) {
        throw new FleetError('E_YAML', `the key ${name} stands twice in the same map`, {
          location: key,
          hint: 'keep one of the two',
        });
      }
      entries.set(name, { key, value: pair.value === null ? nothing(key) : this.#node(pair.value, depth + 1) });
    }
    for (const value of merged) this.#merge(entries, value, depth);
    return entries;
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

/** 0440 is octal to Compose and decimal to YAML 1.2, and a long number would lose digits: both stay text. */
function isNumberByLookOnly(value: number, source: string): boolean {
  return /^0o?\d+$/.test(source) || (Number.isInteger(value) && !Number.isSafeInteger(value));
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

/** Several -f files as one, as the Compose Specification merges them. */
import type { Entry, Path, Tree } from './tree.ts';

/** Lists that a later file replaces instead of adding to. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);

/** Maps are joined, lists added to, everything else replaced by the later file. */
export function mergeTrees(earlier: Tree, later: Tree, path: Path = []): Tree {
  if (earlier.kind === 'map' && later.kind === 'map') return mergeMaps(earlier, later, path);
  if (earlier.kind === 'list' && later.kind === 'list' && !REPLACED.has(String(path.at(-1)))) {
    return { ...later, items: [...earlier.items, ...later.items] };
  }
  return later.kind === 'scalar' && later.value === null ? earlier : later;
}

function mergeMaps(earlier: Tree & { kind: 'map' }, later: Tree & { kind: 'map' }, path: Path): Tree {
  const entries = new Map<string, Entry>(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    const value = before === undefined ? entry.value : mergeTrees(before.value, entry.value, [...path, key]);
    entries.set(key, { key: entry.key, value });
  }
  return { ...earlier, entries };
}

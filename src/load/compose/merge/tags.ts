/** What is left of `!reset` and `!override` where nothing stands before them. */
import type { Entry, Tree } from '../../tree.ts';

/** The tree without what is reset; nothing when that is all of it. Other tags go. */
export function withoutTags(tree: Tree): Tree | undefined {
  if (tree.tag === 'reset') return undefined;
  if (tree.kind === 'scalar') return untagged(tree);
  if (tree.kind === 'list') {
    return untagged({ ...tree, items: tree.items.map(withoutTags).filter((item) => item !== undefined) });
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of tree.entries) {
    const value = withoutTags(entry.value);
    if (value !== undefined) entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  return untagged({ ...tree, entries });
}

/** The node without its own tag. */
export function untagged(tree: Tree): Tree {
  if (tree.tag === undefined) return tree;
  const { tag: _, ...rest } = tree;
  return rest as Tree;
}

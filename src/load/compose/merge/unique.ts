/** Lists in which one entry can be there once: a later one takes the place of the earlier. */
import type { Tree } from '../../tree.ts';

/** What makes an entry the same as another. */
export type Identity = (item: Tree) => string | undefined;

/** The whole text. */
export const whole: Identity = (item) => (item.kind === 'scalar' ? String(item.value) : undefined);

/** The text before "=". */
export const name: Identity = (item) => whole(item)?.split('=')[0];

/** One key of a map. */
export function byKey(key: string): Identity {
  return (item) => textAt(item, key);
}

/** Address, both ports and protocol. */
export const port: Identity = (item) => {
  if (item.kind !== 'map') return undefined;
  const [address = '0.0.0.0', published = '', target, protocol = 'tcp'] = [
    textAt(item, 'host_ip'),
    textAt(item, 'published'),
    textAt(item, 'target'),
    textAt(item, 'protocol'),
  ];
  return `${address} ${published} ${target} ${protocol}`;
};

/** Where a secret or config goes. */
export function grant(folder: string): Identity {
  return (item) => {
    const source = textAt(item, 'source');
    return textAt(item, 'target') ?? (source === undefined ? undefined : `${folder}/${source}`);
  };
}

/** The list with the last of all entries that are the same, at the place of the first. */
export function unique(tree: Tree, identity: Identity): Tree {
  if (tree.kind !== 'list' || tree.items.length < 2) return tree;
  const kept = new Map<string | number, Tree>();
  tree.items.forEach((item, index) => {
    kept.set(identity(item) ?? index, item);
  });
  return kept.size === tree.items.length ? tree : { ...tree, items: [...kept.values()] };
}

function textAt(item: Tree, key: string): string | undefined {
  const value = item.kind === 'map' ? item.entries.get(key)?.value : undefined;
  return value?.kind === 'scalar' && value.value !== null ? String(value.value) : undefined;
}

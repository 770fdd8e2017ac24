/**
 * Several files as one (Compose Specification, 13-merge): maps by key, lists one after the other, and the exceptions
 * of merge/rules.ts. Works on canonical trees; neither argument is changed.
 *
 *     canonical(a)    canonical(b), where mergeService(base, service) has carried out `extends`
 *          └── mergeFiles(a, b) ──┘ … ──▶ settle ──▶ the tree of the project
 */
import type { Entry, Tree } from '../tree.ts';
import { fileRules, type Rules, serviceRules, type Tags } from './merge/rules.ts';
import { untagged, withoutTags } from './merge/tags.ts';

export { settle } from './merge/settle.ts';

/** A file and the one that is read after it, which wins. Tags of `over` are carried out and are gone afterwards. */
export function mergeFiles(base: Tree, over: Tree): Tree {
  return merged(base, over, fileRules, 'spend');
}

/**
 * A service and the one that it extends (`base`), without `extends`. Tags of `over` are carried out on the base and
 * stay, since they hold for earlier files as well; tags of the base are its own affair and go.
 */
export function mergeService(base: Tree, over: Tree): Tree {
  const whole = merged(
    withoutTags(base) ?? { kind: 'map', entries: new Map(), at: base.at },
    over,
    serviceRules,
    'keep',
  );
  if (whole.kind !== 'map') return whole;
  return { ...whole, entries: new Map([...whole.entries].filter(([key]) => key !== 'extends')) };
}

function merged(base: Tree, over: Tree, rules: Rules | undefined, tags: Tags): Tree {
  if (base.tag === 'reset' || over.tag === 'override') return after(over, tags);
  const usual = (left: Tree, right: Tree) => byKind(left, right, rules, tags);
  return rules?.special === undefined ? usual(base, over) : rules.special(base, over, usual);
}

function byKind(base: Tree, over: Tree, rules: Rules | undefined, tags: Tags): Tree {
  if (over.kind === 'scalar' && over.value === null) return base;
  if (base.kind === 'map' && over.kind === 'map') {
    return { ...untagged(base), kind: 'map', entries: mergedEntries(base.entries, over.entries, rules, tags) };
  }
  if (base.kind === 'list' && over.kind === 'list') {
    return { ...untagged(base), kind: 'list', items: [...base.items, ...over.items] };
  }
  return over;
}

function mergedEntries(
  base: ReadonlyMap<string, Entry>,
  over: ReadonlyMap<string, Entry>,
  rules: Rules | undefined,
  tags: Tags,
): ReadonlyMap<string, Entry> {
  const entries = new Map(base);
  for (const [key, entry] of over) {
    const old = entries.get(key);
    const below = rules?.keys?.get(key) ?? rules?.every;
    if (entry.value.tag === 'reset' && tags === 'spend') entries.delete(key);
    else if (entry.value.tag === 'reset') entries.set(key, entry);
    else if (old === undefined) entries.set(key, { ...entry, value: after(entry.value, tags) });
    else entries.set(key, mergedEntry(old, entry, below, tags));
  }
  return entries;
}

/** Maps and lists stand where they stood first, values where they were said last. */
function mergedEntry(old: Entry, entry: Entry, rules: Rules | undefined, tags: Tags): Entry {
  const value = merged(old.value, entry.value, rules, tags);
  return { key: value.at === old.value.at ? old.key : entry.key, value };
}

/** What stands alone once its tags are carried out. */
function after(tree: Tree, tags: Tags): Tree {
  return tags === 'keep' ? tree : (withoutTags(tree) ?? untagged(tree));
}

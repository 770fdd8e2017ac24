/** Where merging is not "maps by key, lists one after the other, the later value". */
import type { Tree } from '../../tree.ts';

/** What becomes of tags that were carried out: `mergeService` keeps them for earlier files. */
export type Tags = 'keep' | 'spend';

/** A rule of its own; `usual` merges by kind. */
export type Special = (base: Tree, over: Tree, usual: (base: Tree, over: Tree) => Tree) => Tree;

/** The rules of one place: its own, those below its keys, those below all other keys. */
export interface Rules {
  readonly special?: Special;
  readonly keys?: ReadonlyMap<string, Rules>;
  readonly every?: Rules;
}

const replaced: Rules = { special: (_, over) => over };

/** A name without a value takes the earlier value away, so that it comes from outside. */
const variables: Rules = { every: replaced };

/** The options of one driver mean nothing to another. */
const logging: Rules = {
  special: (base, over, usual) => {
    const [before, after] = [driverOf(base), driverOf(over)];
    return over.kind !== 'map' || before === undefined || after === undefined || before === after
      ? usual(base, over)
      : over;
  },
};

/** Subnets that are in both files are merged, others stand beside each other. */
const subnets: Rules = {
  special: (base, over, usual) => {
    if (base.kind !== 'list' || over.kind !== 'list') return usual(base, over);
    const later = new Map(over.items.map((item) => [subnetOf(item), item]));
    const items = base.items.map((item) => {
      const match = later.get(subnetOf(item));
      later.delete(subnetOf(item));
      return match === undefined ? item : usual(item, match);
    });
    return { ...over, items: [...items, ...later.values()] };
  },
};

/** What holds below a service. */
export const serviceRules: Rules = {
  keys: new Map<string, Rules>([
    ['command', replaced],
    ['entrypoint', replaced],
    ['environment', variables],
    [
      'build',
      {
        keys: new Map([
          ['args', variables],
          ['ulimits', { every: replaced }],
        ]),
      },
    ],
    ['healthcheck', { keys: new Map([['test', replaced]]) }],
    ['logging', logging],
    ['provider', { keys: new Map([['options', { every: replaced }]]) }],
    ['ulimits', { every: replaced }],
  ]),
};

/** What holds below the top of a file. */
export const fileRules: Rules = {
  keys: new Map<string, Rules>([
    ['services', { every: serviceRules }],
    ['networks', { every: { keys: new Map([['ipam', { keys: new Map([['config', subnets]]) }]]) } }],
  ]),
};

function driverOf(tree: Tree): string | undefined {
  return textAt(tree, 'driver');
}

function subnetOf(tree: Tree): string | undefined {
  return textAt(tree, 'subnet');
}

function textAt(tree: Tree, key: string): string | undefined {
  const value = (tree.kind === 'map' ? tree.entries.get(key) : undefined)?.value;
  return value?.kind === 'scalar' && value.value !== null ? String(value.value) : undefined;
}

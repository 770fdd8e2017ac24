/** Attributes that may be a list or a map, one text or a list of texts. */
import type { FleetError } from '../../../model/error.ts';
import { bad } from '../../schema.ts';
import type { Entry, Tree } from '../../tree.ts';
import { attempt, every, type Form, formatScalar, items, scalar, spread } from './forms.ts';
import { parseAddress, text } from './values.ts';

/** NAME=VALUE lines or a map -> a map of texts; a name without a value gets the empty text. */
export const keyValues: Form = pairs((value, at) => (value === undefined ? scalar('', at) : scalar(value, at)));

/** The same, but a name without a value stays empty: it is taken from where fleet runs. */
export const variables: Form = pairs((value, at) => scalar(value ?? null, at));

/** One text or a list -> a list of texts. */
export const textList: Form = (tree, path, setting) => {
  const whole: Tree = tree.kind === 'scalar' ? { kind: 'list', items: [withoutTag(tree)], at: tree.at } : tree;
  return items(text)(whole, path, setting);
};

/** A list of names -> a map from each name to what `made` says. */
export function names(value: (at: Tree['at']) => Tree, long: Form): Form {
  return (tree, path, setting) => {
    if (tree.kind !== 'list') return every(long)(tree, path, setting);
    const entries = new Map<string, Entry>();
    for (const item of tree.items) {
      if (item.kind !== 'scalar') continue;
      const made = value(item.at);
      const tagged = item.tag === undefined ? made : { ...made, tag: item.tag };
      entries.set(formatScalar(item.value), { key: item.at, value: tagged });
    }
    return { ...tree, kind: 'map', entries };
  };
}

/** "name:address", "name=address" or a map of one or more addresses each -> "name=address" texts. */
export const extraHosts: Form = (tree, path, setting) => {
  if (tree.kind === 'list') return hostLines(tree, path, setting);
  if (tree.kind !== 'map') return tree;
  const lines = [...tree.entries].flatMap(([name, { value, key }]): readonly Tree[] => {
    const addresses = value.kind === 'list' ? value.items : [value];
    return addresses.flatMap((address): readonly Tree[] => {
      if (address.kind !== 'scalar') return [];
      const place = address.value === null ? key : address.at;
      const made = attempt({ ...address, at: place }, [...path, name], setting, () =>
        scalar(hostLine(name, formatScalar(address.value)), place),
      );
      return made === undefined ? [] : [address.tag === undefined ? made : { ...made, tag: address.tag }];
    });
  });
  return { ...tree, kind: 'list', items: lines };
};

const hostLines: Form = spread((item, path, setting) => {
  const made = attempt(item, path, setting, () => {
    const line = item.kind === 'scalar' ? formatScalar(item.value) : '';
    const match = /^([^:=]+)[:=](.+)$/.exec(line);
    if (match === null) throw bad(`"${line}" is not a host entry`, { expected: 'name=address' });
    return scalar(hostLine(match[1] ?? '', match[2] ?? ''), item.at);
  });
  return made === undefined ? [] : [made];
});

function hostLine(name: string, address: string): string {
  return `${name}=${address === 'host-gateway' ? address : parseAddress(address)}`;
}

function pairs(toValue: (value: string | undefined, at: Tree['at']) => Tree): Form {
  return (tree, path, setting) => {
    if (tree.kind === 'scalar') return tree;
    const entries = new Map<string, Entry>();
    const add = (name: string, key: Tree['at'], value: Tree) => {
      const problem = wrongName(name);
      if (problem === undefined) entries.set(name, { key, value });
      else attempt({ ...value, at: key }, path, setting, () => fail(problem));
    };
    if (tree.kind === 'map') {
      for (const [name, { key, value }] of tree.entries) add(name, key, asText(value, toValue));
      return { ...tree, entries };
    }
    for (const item of tree.items) {
      if (item.kind !== 'scalar') continue;
      const [name, value] = cut(formatScalar(item.value));
      const made = toValue(value, item.at);
      add(name, item.at, item.tag === undefined ? made : { ...made, tag: item.tag });
    }
    return { ...tree, kind: 'map', entries };
  };
}

function asText(value: Tree, toValue: (value: string | undefined, at: Tree['at']) => Tree): Tree {
  if (value.kind !== 'scalar' || value.tag === 'reset') return value;
  const made = toValue(value.value === null ? undefined : formatScalar(value.value), value.at);
  return value.tag === undefined ? made : { ...made, tag: value.tag };
}

function cut(line: string): readonly [string, string | undefined] {
  const at = line.indexOf('=');
  return at === -1 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}

function wrongName(name: string): FleetError | undefined {
  if (/^[^=\0\s][^=\0]*$/.test(name)) return undefined;
  return bad(`${JSON.stringify(name)} can not be a name`, {
    expected: 'a name without "=" and without a blank before it, such as NAME=VALUE',
  });
}

function fail(problem: FleetError): never {
  throw problem;
}

function withoutTag(tree: Tree): Tree {
  const { tag: _, ...rest } = tree;
  return rest as Tree;
}

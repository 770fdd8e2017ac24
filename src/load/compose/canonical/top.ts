/** Networks, volumes, secrets and configs at the top of a file. */
import { bad } from '../../schema.ts';
import type { Entry, Path, Tree } from '../../tree.ts';
import { attempt, both, every, type Form, fields, type MapTree, type Setting, scalar, textOf } from './forms.ts';
import { keyValues } from './lists.ts';
import { absolute, localPath } from './paths.ts';
import { flag, text } from './values.ts';

const options = every(text);

/** One network. */
export const network: Form = both(
  fields({
    attachable: flag,
    driver_opts: options,
    enable_ipv4: flag,
    enable_ipv6: flag,
    internal: flag,
    ipam: fields({ options }),
    labels: keyValues,
  }),
  external,
);

/** One volume; the device of a local bind is a path. */
export const volume: Form = both(fields({ driver_opts: options, labels: keyValues }), (tree, path, setting) => {
  const made = external(tree, path, setting);
  const driverOptions = made?.kind === 'map' ? made.entries.get('driver_opts') : undefined;
  if (made?.kind !== 'map' || driverOptions?.value.kind !== 'map') return made;
  const device = textOf(driverOptions.value, 'device');
  const isBind = textOf(made, 'driver') === 'local' && textOf(driverOptions.value, 'o') === 'bind';
  if (!isBind || device === undefined) return made;
  const value = replaced(driverOptions.value, 'device', absolute(device, setting));
  return { ...made, entries: new Map([...made.entries, ['driver_opts', { ...driverOptions, value }]]) };
});

/** One secret or config. */
export const origin: Form = both(fields({ file: localPath, labels: keyValues, driver_opts: options }), external);

/** `external: { name: x }`, as Compose once had it, is `external: true` and `name: x`. */
function external(tree: Tree, path: Path, setting: Setting): Tree | undefined {
  const entry = tree.kind === 'map' ? tree.entries.get('external') : undefined;
  if (tree.kind !== 'map' || entry === undefined || entry.value.tag === 'reset') return tree;
  const entries = new Map<string, Entry>(tree.entries);
  if (entry.value.kind === 'map') {
    const name = entry.value.entries.get('name');
    if (name !== undefined && entries.has('name')) {
      attempt(name.value, [...path, 'external', 'name'], setting, () => {
        throw bad('the name stands twice', { expected: 'one of name and external.name', hint: 'keep name' });
      });
    } else if (name !== undefined) {
      entries.set('name', name);
    }
    entries.set('external', { ...entry, value: scalar(true, entry.value.at) });
    return { ...tree, entries };
  }
  const value = flag(entry.value, [...path, 'external'], setting);
  if (value === undefined) entries.delete('external');
  else entries.set('external', { ...entry, value });
  return { ...tree, entries };
}

function replaced(tree: MapTree, key: string, value: string): MapTree {
  const entry = tree.entries.get(key);
  if (entry === undefined) return tree;
  return { ...tree, entries: new Map([...tree.entries, [key, { ...entry, value: scalar(value, entry.value.at) }]]) };
}

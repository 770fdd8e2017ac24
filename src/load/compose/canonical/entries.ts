/** Entries of a service that are one text or a map: secrets, configs, devices, env files; and GPUs. */
import { bad } from '../../schema.ts';
import type { Tree } from '../../tree.ts';
import {
  both,
  type Form,
  fields,
  formatScalar,
  items,
  type MapTree,
  map,
  parsed,
  shortOr,
  textOf,
  withDefaults,
} from './forms.ts';
import { keyValues, textList } from './lists.ts';
import { localPath } from './paths.ts';
import { flag, mode, parseInteger, text } from './values.ts';

const grant: Form = shortOr(
  (source, { at }) => map({ source }, at),
  fields({ source: text, target: text, uid: text, gid: text, mode }),
);

/** `configs` of a service, and `secrets` of a build. */
export const grants: Form = items(grant);

/** `secrets` of a service: without a target they come to /run/secrets. */
export const secretGrants: Form = items(
  both(
    grant,
    onMap((tree) => {
      const source = textOf(tree, 'source');
      return source === undefined ? tree : withDefaults(tree, { target: `/run/secrets/${source}` });
    }),
  ),
);

/** `devices`: `SOURCE[:TARGET[:PERMISSIONS]]` or a map. */
export const devices: Form = items(
  both(
    shortOr(
      (value, { at }) => {
        const [source = '', target = source, permissions = 'rwm', ...rest] = value.split(':');
        if (source === '' || rest.length > 0)
          throw bad(`${JSON.stringify(value)} is not a device`, { expected: '"/dev/SOURCE:/dev/TARGET:rwm"' });
        return map({ source, target, permissions }, at);
      },
      fields({ source: text, target: text, permissions: text }),
    ),
    onMap((tree) => withDefaults(tree, { target: textOf(tree, 'source') ?? '' })),
  ),
);

/** `env_file`: one path, or a list of paths and maps. */
export const envFiles: Form = (tree, path, setting) => {
  const whole: Tree = tree.kind === 'scalar' ? { kind: 'list', items: [{ ...tree }], at: tree.at } : tree;
  return items(
    both(
      shortOr((value, { at }) => map({ path: value }, at), fields({ path: localPath, required: flag, format: text })),
      onMap((one) => withDefaults(one, { required: true })),
    ),
  )(whole, path, setting);
};

/** Reserved devices; "all" is the count -1, which is also meant where nothing is said. */
export const reservedDevices: Form = items(
  both(
    fields({
      capabilities: textList,
      count: parsed((value) =>
        value === 'all' || value === '-1' ? -1 : parseInteger(value, /^\d+$/, 'a number of devices, or all'),
      ),
      device_ids: textList,
      driver: text,
      options: keyValues,
    }),
    onMap((tree) => (tree.entries.has('device_ids') ? tree : withDefaults(tree, { count: -1 }))),
  ),
);

/** `gpus: all`, or a list of devices. */
export const gpus: Form = (tree, path, setting) => {
  const isAll = tree.kind === 'scalar' && formatScalar(tree.value) === 'all';
  const whole: Tree = isAll ? { kind: 'list', items: [map({ count: -1 }, tree.at)], at: tree.at } : tree;
  return reservedDevices(whole, path, setting);
};

function onMap(change: (tree: MapTree) => MapTree): Form {
  return (tree) => (tree.kind === 'map' ? change(tree) : tree);
}

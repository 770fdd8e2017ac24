/** `hosts:` read one by one, defaults filled in, ranges expanded. */
import { FleetError } from '../../model/error.ts';
import { guarded, problemAt, readPartly } from '../problems.ts';
import { isMap } from '../schema.ts';
import { find, locateKey, type Path, plain, type Tree } from '../tree.ts';
import { expandRanges, hasRange } from './ranges.ts';
import { type HostEntry, hostSchema } from './schema.ts';

/** One host of the file after its range was expanded, with the place it comes from. */
export interface Expanded {
  readonly name: string;
  readonly path: Path;
  readonly entry: HostEntry;
}

/** All hosts with the defaults in them, ranges expanded; a host with a problem is left out and the problem listed. */
export function readHosts(tree: Tree, defaults: HostEntry, problems: FleetError[]): readonly Expanded[] {
  const node = find(tree, ['hosts']);
  const all = node === undefined ? {} : plain(node);
  if (tree.kind !== 'map') return [];
  if (!isMap(all) || Object.keys(all).length === 0) {
    if (node === undefined || all === null || isMap(all))
      problems.push(noHosts(tree, node === undefined ? [] : ['hosts']));
    else
      problems.push(
        problemAt({ tree, path: ['hosts'] }, 'E_SCHEMA', 'found no map of hosts', { expected: 'hosts by name' }),
      );
    return [];
  }
  const seen = new Map<string, Path>();
  return Object.entries(all).flatMap(([pattern, value]) => {
    const path = ['hosts', pattern];
    const { entry } = readPartly(hostSchema, value, { tree, path }, problems);
    if (entry === undefined) return [];
    return expand(tree, pattern, withDefaults(entry, defaults), problems).filter((host) =>
      isNew(tree, host, seen, problems),
    );
  });
}

function noHosts(tree: Tree, path: Path): FleetError {
  return problemAt({ tree, path }, 'E_SCHEMA', path.length === 0 ? 'hosts: is missing' : 'no host', {
    expected: 'at least one host by name',
    hint: 'hosts: { vm1: { address: 10.0.0.11 } }',
  });
}

function isNew(tree: Tree, host: Expanded, seen: Map<string, Path>, problems: FleetError[]): boolean {
  const first = seen.get(host.name);
  seen.set(host.name, host.path);
  if (first === undefined) return true;
  problems.push(
    new FleetError('E_CLASH', `the host ${host.name} stands twice`, {
      location: locateKey(tree, host.path),
      related: [{ message: 'first here', location: locateKey(tree, first) }],
    }),
  );
  return false;
}

/** What the host itself says wins; labels, capacity and reserve are joined key by key. */
function withDefaults(entry: HostEntry, defaults: HostEntry): HostEntry {
  return {
    ...defaults,
    ...entry,
    labels: { ...defaults.labels, ...entry.labels },
    capacity: { ...defaults.capacity, ...entry.capacity },
    reserve: { ...defaults.reserve, ...entry.reserve },
  };
}

/** `web[01:20]` with `address: 10.0.0.[11:30]`: the n-th name gets the n-th address. */
function expand(tree: Tree, pattern: string, entry: HostEntry, problems: FleetError[]): readonly Expanded[] {
  const path = ['hosts', pattern];
  const at = (key: 'address' | 'private') => ({ tree, path: [...path, key] });
  const names = guarded({ tree, path }, problems, () => expandRanges(pattern)) ?? [];
  const pick = (key: 'address' | 'private') => {
    const text = entry[key];
    if (text === undefined) return [];
    const all = expandRanges(text);
    if (all.length === 0 || all.length === names.length || (all.length === 1 && !hasRange(text))) return all;
    problems.push(
      problemAt(at(key), 'E_VALUE', `${all.length} addresses for ${names.length} hosts`, {
        expected: `${names.length} addresses`,
      }),
    );
    return [];
  };
  const addresses = pick('address');
  const privates = pick('private');
  return names
    .filter((name) => isName(name, { tree, path }, problems))
    .map((name, index) => {
      const address = addresses[index] ?? addresses[0];
      const inner = privates[index] ?? privates[0];
      const { address: _address, private: _private, ...rest } = entry;
      return {
        name,
        path,
        entry: {
          ...rest,
          ...(address === undefined ? {} : { address }),
          ...(inner === undefined ? {} : { private: inner }),
        },
      };
    });
}

function isName(name: string, where: { tree: Tree; path: Path }, problems: FleetError[]): boolean {
  if (/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)) return true;
  problems.push(
    new FleetError('E_VALUE', `the host name ${JSON.stringify(name)} can not be used`, {
      location: locateKey(where.tree, where.path),
      expected: 'lower-case letters, digits, "-" and ".", at most 63',
    }),
  );
  return false;
}

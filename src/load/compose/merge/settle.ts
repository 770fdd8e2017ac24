/** The last look at a merged tree: what only holds once nothing more can come. */
import type { Entry, Tree } from '../../tree.ts';
import { withImplied } from './implied.ts';
import { withoutTags } from './tags.ts';
import { byKey, grant, type Identity, name, port, unique, whole } from './unique.ts';

type Change = (tree: Tree) => Tree;
type MapTree = Extract<Tree, { kind: 'map' }>;

/** Lists of a service in which an entry can be there once. */
const UNIQUE: ReadonlyMap<string, Identity> = new Map([
  ['cap_add', name],
  ['cap_drop', name],
  ['configs', grant('')],
  ['device_cgroup_rules', whole],
  ['devices', byKey('target')],
  ['dns', name],
  ['dns_opt', name],
  ['dns_search', name],
  ['env_file', byKey('path')],
  ['expose', whole],
  ['external_links', whole],
  ['extra_hosts', whole],
  ['group_add', whole],
  ['label_file', whole],
  ['links', name],
  ['ports', port],
  ['profiles', name],
  ['secrets', grant('/run/secrets')],
  ['security_opt', whole],
  ['tmpfs', name],
  ['volumes', byKey('target')],
  ['volumes_from', whole],
]);

/** Maps of a service in which an empty value means something. */
const EMPTY_VALUES = ['environment', 'networks', 'models', 'depends_on'];

/** Texts of a service that mean nothing when they are empty, as `platform: ${PLATFORM:-}` is. */
const EMPTY_IS_NONE = new Set([
  ...['cgroup_parent', 'cpuset', 'domainname', 'hostname', 'ipc', 'isolation', 'mac_address', 'network_mode', 'pid'],
  ...['platform', 'restart', 'runtime', 'stop_signal', 'user', 'userns_mode', 'uts', 'working_dir'],
]);

/**
 * The tree of a project whose relative paths begin at the folder: without tags and empty values, lists without
 * doubles, what links and the like say about the order of starting, and the defaults that later files could have
 * changed: `required` of depends_on, `context` and `dockerfile` of build.
 */
export function settle(tree: Tree, folder?: string): Tree {
  const named = (all: Tree) => eachValue(all, (one) => withEmptyTexts(one, ['driver_opts']));
  return changed(withoutTags(tree) ?? { kind: 'map', entries: new Map(), at: tree.at }, {
    services: (services) => eachValue(services, (service) => settledService(withImplied(service), folder)),
    networks: named,
    volumes: named,
  });
}

function settledService(service: Tree, folder: string | undefined): Tree {
  const full = changed(withEmptyTexts(service, ['storage_opt']), {
    build: (build) =>
      withBuildDefaults(
        changed(build, { tags: (tags) => unique(tags, name), extra_hosts: (hosts) => unique(hosts, whole) }),
        folder,
      ),
    deploy: (deploy) => without(deploy, (key, value) => /mode$/.test(key) && isEmptyText(value)),
    logging: (logging) =>
      without(withEmptyTexts(logging, ['options']), (key, value) => key === 'driver' && isEmptyText(value)),
    depends_on: (all) => eachValue(all, (one) => withDefault(one, 'required', true)),
    networks: (all) =>
      eachValue(all, (one) =>
        changed(one, { aliases: (items) => unique(items, name), link_local_ips: (items) => unique(items, name) }),
      ),
    dns: (all) => (all.kind === 'list' ? { ...all, items: all.items.filter((item) => !isEmptyText(item)) } : all),
  });
  if (full.kind !== 'map') return full;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of full.entries) {
    const identity = UNIQUE.get(key);
    const value = EMPTY_VALUES.includes(key) || key.startsWith('x-') ? entry.value : withoutNulls(entry.value, [key]);
    if (isNull(value) || (EMPTY_IS_NONE.has(key) && isEmptyText(value))) continue;
    entries.set(key, { ...entry, value: identity === undefined ? value : unique(value, identity) });
  }
  return { ...full, entries };
}

function withBuildDefaults(build: Tree, folder: string | undefined): Tree {
  if (build.kind !== 'map') return build;
  const placed = folder === undefined ? build : withDefault(build, 'context', folder);
  return build.entries.has('dockerfile_inline') ? placed : withDefault(placed, 'dockerfile', 'Dockerfile');
}

/** Options without a value have the empty text. */
function withEmptyTexts(tree: Tree, keys: readonly string[]): Tree {
  const filled: Change = (options) =>
    eachValue(options, (one) => (isNull(one) ? { kind: 'scalar', value: '', at: one.at } : one));
  return changed(tree, Object.fromEntries(keys.map((key) => [key, filled])));
}

/** Empty values mean as much as no value, but for build arguments. */
function withoutNulls(tree: Tree, path: readonly string[]): Tree {
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => withoutNulls(item, path)) };
  if (tree.kind !== 'map' || (path[0] === 'build' && (path[1] === 'args' || path[1] === 'ssh'))) return tree;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of tree.entries) {
    const value = key.startsWith('x-') ? entry.value : withoutNulls(entry.value, [...path, key]);
    if (!isNull(value)) entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  return { ...tree, entries };
}

function without(tree: Tree, isLeftOut: (key: string, value: Tree) => boolean): Tree {
  if (tree.kind !== 'map') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key, { value }]) => !isLeftOut(key, value))) };
}

function changed(tree: Tree, changes: Readonly<Record<string, Change>>): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = new Map(tree.entries);
  for (const [key, change] of Object.entries(changes)) {
    const entry = entries.get(key);
    if (entry !== undefined) entries.set(key, { ...entry, value: change(entry.value) });
  }
  return { ...tree, entries };
}

function eachValue(tree: Tree, change: Change): Tree {
  if (tree.kind !== 'map') return tree;
  return {
    ...tree,
    entries: new Map([...tree.entries].map(([key, entry]) => [key, { ...entry, value: change(entry.value) }])),
  };
}

function withDefault(tree: Tree, key: string, value: string | boolean): Tree {
  if (tree.kind !== 'map' || tree.entries.has(key)) return tree;
  const entry: Entry = { key: tree.at, value: { kind: 'scalar', value, at: tree.at } };
  return { ...(tree satisfies MapTree), entries: new Map([...tree.entries, [key, entry]]) };
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

function isEmptyText(tree: Tree): boolean {
  return tree.kind === 'scalar' && (tree.value === null || tree.value === '');
}

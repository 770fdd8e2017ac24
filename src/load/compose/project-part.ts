/** The part of a project that is asked for: active services, and the resources that they use. */
import { type Entry, plain, type Tree } from '../tree.ts';

/** A map of plain data. */
export type Data = { [key: string]: unknown };

const KINDS = ['networks', 'volumes', 'secrets', 'configs', 'models'];

/** The tree with these services only, and without networks, volumes, … that none of them uses. */
export function shownPart(tree: Tree, names: ReadonlySet<string>): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = new Map<string, Entry>(tree.entries);
  keepOnly(entries, 'services', names);
  const services = entries.get('services')?.value;
  const used = usedNames(asData(services === undefined ? {} : plain(services)));
  for (const kind of KINDS) keepOnly(entries, kind, used.get(kind) ?? new Set());
  return { ...tree, entries };
}

/** Names of networks, volumes, … that services use, by kind; of canonical services as plain data. */
export function usedNames(services: Data): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  const add = (kind: string, names: readonly string[]) => {
    used.set(kind, new Set([...(used.get(kind) ?? []), ...names]));
  };
  for (const service of Object.values(services).map(asData)) {
    const ownNetworks = Object.keys(asData(service.networks));
    const isAlone = service.network_mode !== undefined || service.provider !== undefined;
    add('networks', ownNetworks.length === 0 && !isAlone ? ['default'] : ownNetworks);
    add('models', Object.keys(asData(service.models)));
    for (const kind of ['secrets', 'configs']) add(kind, sourcesOf(service[kind]));
    add('secrets', sourcesOf(asData(service.build).secrets));
    const volumes = asList(service.volumes).filter((one) => asData(one).type === 'volume');
    add('volumes', sourcesOf(volumes));
  }
  return used;
}

/** The value as a map; an empty one when it is none. */
export function asData(value: unknown): Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The value as a list; an empty one when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a list of texts. */
export function texts(value: unknown): readonly string[] {
  return asList(value).map(String);
}

function sourcesOf(value: unknown): readonly string[] {
  return asList(value).map((one) => String(asData(one).source));
}

function keepOnly(entries: Map<string, Entry>, key: string, names: ReadonlySet<string>): void {
  const entry = entries.get(key);
  if (entry?.value.kind !== 'map') return;
  const kept = new Map([...entry.value.entries].filter(([name]) => names.has(name)));
  entries.set(key, { ...entry, value: { ...entry.value, entries: kept } });
}

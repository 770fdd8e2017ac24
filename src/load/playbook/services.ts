/** `services:` read one by one, and which of them are active. */
import { FleetError } from '../../model/error.ts';
import { nearestHint } from '../nearest.ts';
import { problemAt, readPartly } from '../problems.ts';
import { isMap } from '../schema.ts';
import { type ServiceEntry, serviceSchema } from '../service/schema.ts';
import { find, locateKey, plain, type Tree } from '../tree.ts';

/** What the services of a file are, after each was read by itself. */
export interface ServiceEntries {
  /** All names, also of services with problems, so that references to them are good. */
  readonly names: readonly string[];
  /** Services, active or not; of those with problems only the keys without. */
  readonly entries: ReadonlyMap<string, ServiceEntry>;
  /** Services with problems. */
  readonly broken: ReadonlySet<string>;
}

/** Reads all services; problems go to the list. */
export function readServices(tree: Tree, problems: FleetError[]): ServiceEntries {
  const node = find(tree, ['services']);
  const all = node === undefined ? undefined : plain(node);
  if (!isMap(all) || Object.keys(all).length === 0) {
    // What is wrong already may be the reason.
    if (problems.length === 0) problems.push(noServices(tree, all));
    return { names: [], entries: new Map(), broken: new Set() };
  }
  const entries = new Map<string, ServiceEntry>();
  const broken = new Set<string>();
  for (const [name, value] of Object.entries(all)) {
    checkName(tree, name, problems);
    const where = { tree, path: ['services', name] };
    const { entry, isWhole } = readPartly(serviceSchema, value, where, problems);
    if (entry !== undefined) entries.set(name, entry);
    if (!isWhole) broken.add(name);
  }
  return { names: Object.keys(all), entries, broken };
}

/**
 * Names of the active services: without profiles, with an active profile, or asked for by name. What is asked for
 * brings those of its dependencies along that share a profile with it (Compose Specification, 15-profiles).
 */
export function activeNames(
  { names, entries }: Pick<ServiceEntries, 'names' | 'entries'>,
  profiles: readonly string[],
  asked: readonly string[],
  problems: FleetError[],
): ReadonlySet<string> {
  for (const name of asked.filter((one) => !names.includes(one))) {
    const hint = nearestHint(name, names) ?? `one of ${[...names].sort().join(', ')}`;
    problems.push(new FleetError('E_REFERENCE', `there is no service "${name}" in the playbook`, { hint }));
  }
  const isOn = (own: readonly string[], on: readonly string[]) =>
    own.length === 0 || own.some((profile) => on.includes(profile) || on.includes('*'));
  const active = new Set(
    [...entries].filter(([, { profiles: own = [] }]) => isOn(own, profiles)).map(([name]) => name),
  );
  const visited = new Set<string>();
  const ask = (name: string, on: readonly string[]): void => {
    const entry = entries.get(name);
    if (entry === undefined || visited.has(name)) return;
    visited.add(name);
    active.add(name);
    for (const { service } of entry.depends_on ?? []) {
      if (isOn(entries.get(service)?.profiles ?? [], on)) ask(service, on);
    }
  };
  for (const name of asked) ask(name, [...profiles, ...(entries.get(name)?.profiles ?? [])]);
  return active;
}

function noServices(tree: Tree, found: unknown): FleetError {
  const details = { expected: 'at least one service by name', hint: 'services: { web: { image: nginx:1.30 } }' };
  if (found === undefined) return problemAt({ tree, path: [] }, 'E_SCHEMA', 'services: is missing', details);
  const message = found === null || isMap(found) ? 'no service' : 'found no map of services';
  return problemAt({ tree, path: ['services'] }, 'E_SCHEMA', message, details);
}

function checkName(tree: Tree, name: string, problems: FleetError[]): void {
  if (/^[a-z0-9][a-z0-9_-]{0,40}$/.test(name)) return;
  const fit = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  problems.push(
    new FleetError('E_VALUE', `the service name ${JSON.stringify(name)} can not be used`, {
      location: locateKey(tree, ['services', name]),
      expected:
        'lower-case letters, digits, "-" and "_", at most 41: it becomes a host name and a part of container names',
      ...(/^[a-z0-9][a-z0-9_-]{0,40}$/.test(fit) ? { hint: `write ${fit}` } : {}),
    }),
  );
}

/** An inventory file to an Inventory, with every problem it has. */
import { basename } from 'node:path';
import { FleetError } from '../../model/error.ts';
import type { Host, Inventory, Resources } from '../../model/inventory.ts';
import { guarded, readPartly } from '../problems.ts';
import { plain, type Tree } from '../tree.ts';
import { checkHosts } from './checks.ts';
import { type Expanded, readHosts } from './hosts.ts';
import { type Candidate, jumpsOf } from './jumps.ts';
import { type HostEntry, inventorySchema } from './schema.ts';
import { networkSettings } from './settings.ts';
import { type Surroundings, targetOf } from './target.ts';

/** The inventory in the tree; problems go to the list, and then there is none. */
export function readInventory(tree: Tree, around: Surroundings, problems: FleetError[]): Inventory | undefined {
  const before = problems.length;
  const { entry } = readPartly(inventorySchema, plain(tree), { tree, path: [] }, problems);
  const network = networkSettings(tree, entry, problems);
  const expanded = readHosts(tree, entry?.defaults ?? {}, problems);
  const hosts = resolveHosts(tree, expanded, around, problems);
  checkHosts(tree, expanded, hosts, network, problems);
  if (problems.length > before) return undefined;
  return { name: basename(around.file).replace(/\.[^.]*$/, ''), hosts, network };
}

function resolveHosts(
  tree: Tree,
  expanded: readonly Expanded[],
  around: Surroundings,
  problems: FleetError[],
): readonly Host[] {
  const candidates = new Map<string, Candidate>(
    expanded.map(({ name, entry }) => [
      name,
      { name, target: targetOf(name, entry, around), ...(entry.jump === undefined ? {} : { jump: entry.jump }) },
    ]),
  );
  const circles = new Set<string>();
  return expanded
    .map((host) => {
      const candidate = candidates.get(host.name);
      const where = { tree, path: [...host.path, 'jump'] };
      const jumps =
        candidate && guarded(where, problems, () => onceEach(circles, () => jumpsOf(candidate, candidates, around)));
      const ssh = candidate?.target ?? targetOf(host.name, host.entry, around);
      return toHost(host, { ...ssh, jumps: jumps ?? [] });
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** A circle is one problem, however many hosts are on it or jump into it. */
function onceEach(circles: Set<string>, work: () => Host['ssh']['jumps']): Host['ssh']['jumps'] {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== 'E_CYCLE') throw error;
    if (circles.has(error.message)) return [];
    circles.add(error.message);
    throw error;
  }
}

function toHost({ name, entry }: Expanded, ssh: Host['ssh']): Host {
  return {
    name,
    ssh,
    private: entry.private ?? ssh.address,
    labels: Object.fromEntries(Object.entries(entry.labels ?? {}).sort(([left], [right]) => (left < right ? -1 : 1))),
    roles: [...new Set(entry.roles ?? ['worker' as const])].sort(),
    capacity: toResources(entry.capacity),
    reserve: toResources(entry.reserve),
    cordoned: entry.cordoned ?? false,
  };
}

function toResources(entry: HostEntry['capacity']): Partial<Resources> {
  return {
    ...(entry?.cpus === undefined ? {} : { cpus: entry.cpus }),
    ...(entry?.memory === undefined ? {} : { memoryBytes: entry.memory }),
  };
}

/** Checks across hosts: addresses that clash with each other or with the ranges that fleet hands out. */
import type { FleetError } from '../../model/error.ts';
import type { Host, NetworkSettings } from '../../model/inventory.ts';
import { contains, parseBlock } from '../../model/ipv4.ts';
import { problemAt } from '../problems.ts';
import { locate, type Path, type Tree } from '../tree.ts';
import type { Expanded } from './hosts.ts';

/** Puts every clash on the list, with the place of both sides. */
export function checkHosts(
  tree: Tree,
  expanded: readonly Expanded[],
  hosts: readonly Host[],
  network: NetworkSettings,
  problems: FleetError[],
): void {
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const dialled = new Map<string, Expanded>();
  const inner = new Map<string, Expanded>();
  for (const at of expanded) {
    const host = byName.get(at.name);
    if (host === undefined) continue;
    // Behind different jump hosts the same address can be two machines.
    const way = host.ssh.jumps.map((jump) => jump.address).join(',');
    const dial = `${host.ssh.address}:${host.ssh.port} ${way}`;
    if (clashes(tree, at, dialled, dial, `address ${host.ssh.address}:${host.ssh.port}`, 'address', problems)) continue;
    clashes(tree, at, inner, host.private, `private address ${host.private}`, 'private', problems);
    checkRanges(tree, at, host, network, problems);
  }
}

function clashes(
  tree: Tree,
  at: Expanded,
  taken: Map<string, Expanded>,
  key: string,
  what: string,
  field: string,
  problems: FleetError[],
): boolean {
  const first = taken.get(key);
  if (first === undefined) {
    taken.set(key, at);
    return false;
  }
  problems.push(
    problemAt({ tree, path: at.path }, 'E_CLASH', `${at.name} and ${first.name} have the same ${what}`, {
      location: locate(tree, fieldPath(at.path, field)),
      related: [{ message: first.name, location: locate(tree, fieldPath(first.path, field)) }],
    }),
  );
  return true;
}

function fieldPath(path: Path, field: string): Path {
  return [...path, field];
}

function checkRanges(tree: Tree, at: Expanded, host: Host, network: NetworkSettings, problems: FleetError[]): void {
  for (const [name, cidr] of [
    ['vips', network.vipRange],
    ['subnets', network.subnetRange],
  ] as const) {
    if (!contains(parseBlock(cidr), host.private)) continue;
    problems.push(
      problemAt(
        { tree, path: at.path },
        'E_CLASH',
        `${host.name} has the address ${host.private}, inside network.${name} ${cidr}`,
        {
          location: locate(tree, fieldPath(at.path, at.entry.private === undefined ? 'address' : 'private')),
          hint: `set network.${name} to a range that no machine uses`,
        },
      ),
    );
  }
}

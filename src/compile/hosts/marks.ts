/** The inventory as the marks say: what was cordoned or drained by command counts as if it stood in the file. */
import type { Host, Inventory } from '../../model/inventory.ts';
import { type HostMark, newestMark } from '../../model/mark.ts';
import type { Observed } from '../../model/observed.ts';

/**
 * The mark that counts for each host that has any. All hosts that answered are asked, not only today's keepers: a host that
 * is no edge any more may still have the only copy.
 */
export function marksOf({ hosts }: Pick<Observed, 'hosts'>): ReadonlyMap<string, HostMark> {
  const found = new Map<string, HostMark[]>();
  for (const state of Object.values(hosts)) {
    if (!state.reachable) continue;
    for (const [host, mark] of Object.entries(state.marks ?? {})) found.set(host, [...(found.get(host) ?? []), mark]);
  }
  return new Map(
    [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([host, marks]) => {
        const newest = newestMark(marks);
        return newest === undefined ? [] : [[host, newest] as const];
      }),
  );
}

/** The inventory with the marks of its hosts. What the file itself cordons stays cordoned. */
export function marked(inventory: Inventory, observed: Pick<Observed, 'hosts'>): Inventory {
  const marks = marksOf(observed);
  return { ...inventory, hosts: inventory.hosts.map((host) => markedHost(host, marks.get(host.name))) };
}

function markedHost(host: Host, mark: HostMark | undefined): Host {
  if (mark === undefined) return host;
  switch (mark.kind) {
    case 'none':
      return host;
    case 'cordoned':
      return { ...host, cordoned: true };
    case 'drained':
      return { ...host, cordoned: true, drained: true };
    default:
      return mark.kind satisfies never;
  }
}

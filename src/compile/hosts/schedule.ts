/** The order of a maintenance: which hosts take their turn together, and from where an interrupted one goes on. Pure. */
import type { Maintenance, Progress, Schedule } from '../../model/hosts.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Observed } from '../../model/observed.ts';
import { keepersOf } from '../context.ts';

/** What is to be done, on which hosts; an empty list means all of the inventory. */
export interface MaintenanceWish extends Pick<Progress, 'command' | 'reboot' | 'hosts'> {
  /** Hosts at one time, 1 or more. */
  readonly parallel: number;
}

/**
 * Workers first, so many at a time; then those that take traffic from outside or keep the records, one by one: a second
 * one of them must always be there.
 */
export function scheduleOf(inventory: Inventory, observed: Observed, wish: MaintenanceWish): Schedule {
  const hosts = (wish.hosts.length === 0 ? inventory.hosts.map(({ name }) => name) : [...new Set(wish.hosts)]).sort();
  const { command, reboot } = wish;
  const last = lastMaintenance(observed);
  const unfinished = last === undefined || last.done.length >= last.hosts.length ? undefined : last;
  const isSame = unfinished !== undefined && isWished(unfinished, { command, reboot, hosts });
  const { done = [], before = {} } = isSame ? unfinished : {};
  return {
    turns: turnsOf(inventory, { ...wish, hosts: hosts.filter((name) => !done.includes(name)) }),
    progress: { command, reboot, hosts, done, before },
    ...(isSame ? { goesOn: unfinished } : unfinished === undefined ? {} : { gaveUp: unfinished }),
  };
}

function turnsOf(inventory: Inventory, { hosts, parallel }: MaintenanceWish): string[][] {
  const keepers = new Set(keepersOf(inventory).map(({ name }) => name));
  const workers = hosts.filter((name) => !keepers.has(name));
  const turns: string[][] = [];
  for (let at = 0; at < workers.length; at += parallel) turns.push(workers.slice(at, at + parallel));
  return [...turns, ...hosts.filter((name) => keepers.has(name)).map((name) => [name])];
}

/** The newest that any host knows. */
function lastMaintenance({ hosts }: Observed): Maintenance | undefined {
  const known = Object.values(hosts).flatMap((state) => (state.reachable ? (state.maintenance ?? []) : []));
  return known.sort((a, b) => b.at - a.at || b.done.length - a.done.length)[0];
}

function isWished(known: Maintenance, { command, reboot, hosts }: Omit<MaintenanceWish, 'parallel'>): boolean {
  return known.command === command && known.reboot === reboot && [...known.hosts].sort().join() === hosts.join();
}

/** Apps of which replicas are on one of the hosts, sorted. */
export function appsOn({ hosts }: Observed, names: readonly string[]): string[] {
  const apps = names.flatMap((name) => {
    const state = hosts[name];
    return state?.reachable === true
      ? state.containers.filter(({ kind }) => kind === 'replica').map(({ app }) => app)
      : [];
  });
  return [...new Set(apps)].sort();
}

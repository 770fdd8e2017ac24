/** Slots without a container, and the hosts to which they are bound. */
import type { Host } from '../../model/inventory.ts';
import type { Service } from '../../model/playbook.ts';
import { meetsConstraints } from '../place/filters.ts';
import { upHosts } from './addresses.ts';
import { isVolumeBound, slotsAway } from './serving.ts';
import { type Existing, hostNames, hostUp, type World } from './world.ts';

/** A slot that needs a new container. */
export interface Vacancy {
  readonly slot: number;
  /** Only this host will do: it holds the volume, or the service runs once on every host. No name of one: none will. */
  readonly pinned?: string;
  /** The host of the slot's present container, preferred when nothing else decides. */
  readonly previous?: string;
}

/** What slots are judged by. */
export interface SlotBook {
  /** Containers that stay. */
  readonly kept: readonly Existing[];
  /** All other containers of the service. */
  readonly others: readonly Existing[];
  readonly taken: ReadonlySet<number>;
}

/** The empty slots of a service, in order. */
export function vacanciesOf(service: Service, book: SlotBook, world: World): Vacancy[] {
  if (service.mode === 'global') return globalVacancies(service, book, world);
  const { kept, others, taken } = book;
  const holders = volumeHolders(service, world);
  const lost = holders.length === 0 ? lostHolder(service, world) : undefined;
  const used = new Set(holders.length === 0 ? [] : kept.map(({ host }) => host));
  const formerHosts = firstHosts(others, world);
  const vacancies: Vacancy[] = [];
  for (let slot = 1; slot <= service.replicas; slot++) {
    if (taken.has(slot)) continue;
    const previous = formerHosts.get(slot);
    const pinned = world.moves.get(`${service.name}.${slot}`) ?? pinnedHost(holders, previous, used) ?? lost;
    if (pinned !== undefined) used.add(pinned);
    vacancies.push({
      slot,
      ...(pinned === undefined ? {} : { pinned }),
      ...(previous === undefined ? {} : { previous }),
    });
  }
  return vacancies;
}

/** Slot -> the first host, of those that answered, with a container of it. */
function firstHosts(others: readonly Existing[], { present }: World): ReadonlyMap<number, string> {
  const hosts = new Map<number, string>();
  for (const { container, host } of others)
    if (!hosts.has(container.slot) && present.hosts.has(host)) hosts.set(container.slot, host);
  return hosts;
}

function pinnedHost(
  holders: readonly string[],
  previous: string | undefined,
  used: ReadonlySet<string>,
): string | undefined {
  if (previous !== undefined && holders.includes(previous) && !used.has(previous)) return previous;
  return holders.find((host) => !used.has(host));
}

function globalVacancies(service: Service, { kept, taken }: SlotBook, world: World): Vacancy[] {
  const covered = new Set(kept.map(({ host }) => host));
  // A host that is away keeps its slot: when it is back, two replicas of one slot would be one too many.
  const slots = new Set([...taken, ...slotsAway(service, world)]);
  let next = 1;
  return eligibleHosts(service, world)
    .filter(({ name }) => !covered.has(name))
    .map(({ name }) => {
      while (slots.has(next)) next++;
      slots.add(next);
      return { slot: next, pinned: name, previous: name };
    });
}

/**
 * Where the volume of a service may be, in words, when no host that answers has it: a second, empty one elsewhere would
 * look like lost data. Silent hosts had it when they were seen last; those that were never seen may have it if the service
 * is on record.
 */
function lostHolder(service: Service, { playbook, observed }: World): string | undefined {
  if (!isVolumeBound(service)) return undefined;
  const records = upHosts(observed).flatMap(({ releases }) => releases[playbook.app] ?? []);
  const isKnown = records.some(({ specs }) => specs[service.name] !== undefined);
  const names = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  const silent = hostNames(observed.hosts).filter((host) => {
    const state = observed.hosts[host];
    if (state?.reachable !== false) return false;
    return state.before === undefined ? isKnown : names.some((name) => state.before?.volumes.includes(name));
  });
  return silent.length === 0 ? undefined : `a host that does not answer (${silent.join(', ')})`;
}

/** Hosts on which something that runs everywhere runs, sorted by name. */
export function eligibleHosts(service: Service, world: World): Host[] {
  return world.up.filter((host) => host.roles.includes('worker') && !host.cordoned && meetsConstraints(service, host));
}

/** Hosts that hold all those named volumes of the service that are anywhere; one that is new binds nobody. */
export function volumeHolders(service: Service, world: World): string[] {
  const holds = (host: { readonly name: string }, volume: string): boolean =>
    hostUp(world.observed, host.name)?.volumes.includes(volume) === true;
  const mounted = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
  const names = mounted.filter((name) => world.up.some((host) => holds(host, name)));
  if (names.length === 0) return [];
  return world.up.filter((host) => names.every((name) => holds(host, name))).map(({ name }) => name);
}

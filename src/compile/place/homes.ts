/**
 * Services that mount the same named volume go to one host, as with Compose: a volume is on one host, and two empty ones of
 * the same name on two hosts would look like lost data. The first of them that is placed chooses for all.
 */
import type { Service } from '../../model/playbook.ts';
import { volumeHolders } from '../desire/vacancies.ts';
import type { World } from '../desire/world.ts';
import type { Request } from './filters.ts';
import type { Books } from './order/books.ts';
import { type Choice, place } from './place.ts';

/** Groups of services that share volumes, and where each lives. */
export interface Homes {
  /** Service -> all of its group, by name; services that share nothing are not here. */
  readonly groups: ReadonlyMap<string, readonly Service[]>;
  /** First service of a group -> its host; filled while placing. */
  readonly hosts: Map<string, string>;
}

/** The groups of a playbook; those that have a volume on a host already live there. */
export function homesOf(world: World): Homes {
  const groups = new Map<string, readonly Service[]>();
  const hosts = new Map<string, string>();
  for (const group of groupsOf(world)) {
    for (const { name } of group) groups.set(name, group);
    const held = group.flatMap((service) => volumeHolders(service, world))[0];
    if (held !== undefined) hosts.set(keyOf(group), held);
  }
  return { groups, hosts };
}

/** Like `place`, for a replica of a group at its home; the first one takes a host that will do for the others, too. */
export function placeAtHome(request: Request, books: Books, homes: Homes): Choice {
  const group = homes.groups.get(request.service.name);
  if (group === undefined) return place(request, books);
  const home = homes.hosts.get(keyOf(group));
  const { pinned = home } = request;
  const choice = pinned === undefined ? chooseFor(group, request, books) : place({ ...request, pinned }, books);
  if (choice.kind === 'placed' && home === undefined) homes.hosts.set(keyOf(group), choice.host);
  return choice;
}

/** What a reader of the plan should know of it. */
export function homeNote({ name }: Service, homes: Homes): string | undefined {
  const others = homes.groups.get(name)?.flatMap((one) => (one.name === name ? [] : [one.name]));
  return others === undefined ? undefined : `shares volumes with ${others.join(', ')}: all of it on one host`;
}

/** A host on which all of the group fit; where there is none, one that meets all their constraints. */
function chooseFor(group: readonly Service[], request: Request, books: Books): Choice {
  const { service } = request;
  const others = group.filter(({ name }) => name !== service.name);
  const constraints = [...service.constraints, ...others.flatMap((other) => other.constraints)];
  const room = {
    cpus: others.reduce((sum, { reservation, replicas }) => sum + reservation.cpus * replicas, 0),
    memoryBytes: others.reduce((sum, { reservation, replicas }) => sum + reservation.memoryBytes * replicas, 0),
  };
  const reservation = {
    cpus: service.reservation.cpus + room.cpus,
    memoryBytes: service.reservation.memoryBytes + room.memoryBytes,
  };
  const whole = place({ ...request, service: { ...service, constraints, reservation } }, books);
  if (whole.kind === 'refused') return place({ ...request, service: { ...service, constraints } }, books);
  books.release(books.indexOf(whole.host), room);
  return whole;
}

/** Services are joined by each volume that both mount. Those that run everywhere, and volumes of the network, join nobody. */
function groupsOf({ playbook }: World): Service[][] {
  const groups: { services: Service[]; volumes: Set<string> }[] = [];
  for (const service of playbook.services) {
    if (service.mode === 'global' || service.job !== undefined) continue;
    const own = service.mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
    const volumes = own.filter((volume) => isOfOneHost(volume, playbook.volumeOrigins));
    if (volumes.length === 0) continue;
    const joined = groups.filter((group) => volumes.some((volume) => group.volumes.has(volume)));
    const merged = {
      services: [...joined.flatMap((group) => group.services), service],
      volumes: new Set([...joined.flatMap((group) => [...group.volumes]), ...volumes]),
    };
    groups.splice(0, groups.length, ...groups.filter((group) => !joined.includes(group)), merged);
  }
  return groups.map(({ services }) => services).filter((services) => services.length > 1);
}

/** Docker's own driver keeps a volume on its host, unless it mounts it from a server. */
export function isOfOneHost(volume: string, origins: World['playbook']['volumeOrigins'] = {}): boolean {
  const { driver = 'local', options = {} } = origins[volume] ?? {};
  return driver === 'local' && !/^(nfs4?|cifs)$/.test(options.type ?? '');
}

function keyOf(group: readonly Service[]): string {
  return group[0]?.name ?? '';
}

/** Names that fleet leaves on hosts: labels on containers and networks, folders, container names. */

/** Docker labels; the truth about a container is on the container. */
export const LABEL = {
  app: 'fleet.app',
  service: 'fleet.service',
  slot: 'fleet.slot',
  release: 'fleet.release',
  spec: 'fleet.spec',
  kind: 'fleet.kind',
  image: 'fleet.image',
  digest: 'fleet.digest',
  cpus: 'fleet.cpus',
  memory: 'fleet.memory',
  /** `8080/http=20011,9000/tcp=20012`: container port, protocol, host port. */
  ports: 'fleet.ports',
  /** `migrate=SPEC`: the jobs that have run when this container starts. */
  jobs: 'fleet.jobs',
} as const;

/** Name of the router container on every host. */
export const ROUTER_NAME = 'fleet-router';

/**
 * Where a router writes what each request came to, in the memory of its container: "TIME|ADDRESS, …|STATUS, …", one of
 * each for each replica that was asked. Between them "cut|TIME" (all since then is there) and "mark|NAME". TIME is in
 * seconds by the host's clock.
 */
export const ROUTER_LOG = '/dev/shm/fleet.log';

/** What fleet's own questions call themselves (User-Agent): they are no traffic, and routers do not count them. */
export const USER_AGENT = 'fleet';

/** Name of an empty file beside router files that are long: looks at hosts then ask for their digests first. */
export const LARGE_MARK = 'large';

/** Folder of fleet's files in the SSH user's home on a host. */
export const HOME_FOLDER = '.fleet';

/** Where an app's name stands in what is about hosts: no app can be called so. Below ~/.fleet it is a folder of keepers. */
export const HOSTS = '.hosts';

/** Where a keeper has its marks, a file per host, below its home. */
export const MARKS_FOLDER = `${HOME_FOLDER}/${HOSTS}/marks`;

/** What tells the replicas of an app apart. */
export interface ReplicaId {
  readonly app: string;
  readonly service: string;
  /** The release that started it. */
  readonly release: number;
  readonly slot: number;
}

/** Names without what stands after their dash -> how many times the slot was started in that release, as far as is known. */
export type Attempts = ReadonlyMap<string, number>;

/** The attempts of the replicas that are there. */
export function attemptsOf(names: Iterable<string>): Attempts {
  const attempts = new Map<string, number>();
  for (const name of names) {
    const attempt = attemptIn(name);
    const base = attempt === 1 ? name : name.slice(0, name.lastIndexOf('-'));
    const before = attempts.get(base);
    if (before === undefined || before < attempt) attempts.set(base, attempt);
  }
  return attempts;
}

/**
 * `shop.backend.7.2`; where one of that name is there still, as beside one that is replaced, `shop.backend.7.2-2`. The
 * number after the dash is greater than that of all who are there, so names tell who follows whom.
 */
export function replicaName({ app, service, release, slot }: ReplicaId, attempts: Attempts): string {
  const base = `${app}.${service}.${release}.${slot}`;
  const before = attempts.get(base) ?? 0;
  return before === 0 ? base : `${base}-${before + 1}`;
}

/** Negative: the first of two replicas of a slot was started before the second, by the names that `replicaName` gave. */
export function byStart(first: string, second: string): number {
  return releaseIn(first) - releaseIn(second) || attemptIn(first) - attemptIn(second);
}

/** 2 of `shop.backend.7.2-2`. A name that somebody gave by hand is a base of its own. */
function attemptIn(name: string): number {
  const dashAt = name.indexOf('-', name.lastIndexOf('.') + 1);
  const attempt = dashAt < 0 ? 1 : Number(name.slice(dashAt + 1));
  return Number.isSafeInteger(attempt) ? attempt : 1;
}

/** 7 of `shop.backend.7.2-2`. */
function releaseIn(name: string): number {
  const slotAt = name.lastIndexOf('.');
  return Number(name.slice(name.lastIndexOf('.', slotAt - 1) + 1, slotAt));
}

/** `backend.7.2`: the replica's name without its app, as people see it. */
export function shortName(replica: string): string {
  return replica.slice(replica.indexOf('.') + 1);
}

/** Where a service's network leads: anywhere, or only to the services that it shares networks with (`internal: true`). */
export type Reach = 'open' | 'internal';

/**
 * `fleet-shop.backend` or `fleet-shop.db.internal`: the service's own bridge network, the same on each host. Neither apps
 * nor services have dots in their names, so no two of them meet. A service that changes its reach gets another network.
 */
export function networkName(app: string, service: string, reach: Reach): string {
  return `${networkPrefix(app)}${service}${reach === 'internal' ? '.internal' : ''}`;
}

/** What the names of all networks of the app begin with, and those of no other app. */
export function networkPrefix(app: string): string {
  return `fleet-${app}.`;
}

/** `fleet-shop-eu-web`: the name that networks had at first; it may be of service `eu-web` of shop or `web` of shop-eu. */
export function formerNetworkName(app: string, service: string): string {
  return `fleet-${app}-${service}`;
}

/** Where carried files of the app lie on a host: one folder per digest, the file or folder itself in it as `data`. */
export function carriedFolder(home: string, app: string): string {
  return `${home}/${HOME_FOLDER}/${app}/files`;
}

/** Digest of carried files from the path of a bind mount; undefined when it is another path. */
export function carriedDigest(source: string): string | undefined {
  return /\/\.fleet\/[^/]+\/files\/([0-9a-f]+)\/data$/.exec(source)?.[1];
}

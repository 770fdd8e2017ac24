/** Where a service stands: which of its containers stay, which serve but are old, which are left over, what is missing. */
import type { Host, Inventory } from '../../model/inventory.ts';
import type { Container, HostUp, Observed, Upstream } from '../../model/observed.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import { meetsConstraints } from '../place/filters.ts';
import type { Desired } from './spec.ts';

/** A container and the host that reported it. */
export interface Existing {
  readonly container: Container;
  readonly host: string;
}

/** A slot that needs a new container. */
export interface Vacancy {
  readonly slot: number;
  /** Only this host will do: it holds the volume, or the service runs once on every host. */
  readonly pinned?: string;
  /** The host of the slot's present container, preferred when nothing else decides. */
  readonly previous?: string;
}

/** One service between observed and desired. */
export interface Situation {
  readonly desired: Desired;
  /** Right spec, running, in a wanted slot. */
  readonly stays: readonly Existing[];
  /** Names of `stays` that no router sends traffic to yet: they are checked before they may serve. */
  readonly unserved: ReadonlySet<string>;
  /** Made by a run that was cut off before it started them; right spec. Started, not made again. */
  readonly resumed: readonly Existing[];
  /** Serve now and go. */
  readonly blues: readonly Existing[];
  /** Serve nobody and go first: dead, surplus, or green of an abandoned release. */
  readonly leftovers: readonly Existing[];
  readonly vacancies: readonly Vacancy[];
  /** Replicas bound to a volume on a host that does not answer: kept as they are. */
  readonly waiting: readonly Upstream[];
}

/** All that a situation is judged by. */
export interface World {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
  /** Hosts that answered, sorted by name. */
  readonly up: readonly Host[];
}

/** "HOST/NAME" of containers that any live router file of the app sends traffic to; see `keyOf`. */
export function servingKeys(app: string, observed: Observed): ReadonlySet<string> {
  return new Set(liveUpstreams(app, observed).map(({ upstream }) => `${upstream.host}/${upstream.container}`));
}

/** "HOST/NAME": a host that was away may come back with a container whose name is in use elsewhere by now. */
export function keyOf({ container, host }: Existing): string {
  return `${host}/${container.name}`;
}

/** Every upstream of the app in any live router file, with its service; one entry per container. */
function liveUpstreams(app: string, observed: Observed): { service: string; upstream: Upstream }[] {
  const found = new Map<string, { service: string; upstream: Upstream }>();
  for (const host of Object.keys(observed.hosts).sort()) {
    const state = observed.hosts[host];
    if (!state?.reachable) continue;
    for (const [service, routed] of Object.entries(state.router.apps[app]?.services ?? {})) {
      if (routed.early) continue;
      for (const upstream of routed.upstreams)
        found.set(`${upstream.host}/${upstream.container}`, { service, upstream });
    }
  }
  return [...found.values()];
}

/** Containers of the app on hosts that answered, sorted by host and name. */
export function existingContainers(app: string, observed: Observed): Existing[] {
  return Object.keys(observed.hosts)
    .sort()
    .flatMap((host) => {
      const state = observed.hosts[host];
      if (!state?.reachable) return [];
      const own = state.containers.filter((container) => container.app === app);
      return own.sort((a, b) => (a.name < b.name ? -1 : 1)).map((container) => ({ container, host }));
    });
}

/** Judges one service. One that is not selected is held: what runs of it stays, whatever its spec. */
export function situationOf(desired: Desired, world: World, isSelected: boolean): Situation {
  if (!isSelected) return held(desired, world);
  const { app } = world.playbook;
  const { service } = desired;
  const serving = servingKeys(app, world.observed);
  const own = existingContainers(app, world.observed).filter((existing) => existing.container.service === service.name);
  const waiting = waitingReplicas(service, world);
  const right = own.filter((existing) => fits(existing, desired, world));
  const stays = onePerSlot(
    right.filter(({ container }) => isRunning(container)),
    serving,
  );
  const taken = new Set([...stays.map(slotOf), ...waiting.map(({ slot }) => slot)]);
  const resumed = onePerSlot(
    right.filter(({ container }) => container.state === 'created'),
    serving,
  ).filter((existing) => !taken.has(slotOf(existing)));
  for (const existing of resumed) taken.add(slotOf(existing));
  const kept = new Set([...stays, ...resumed]);
  const others = own.filter((existing) => !kept.has(existing));
  const blues = others.filter((existing) => mayServe(existing, service, serving));
  const leftovers = others.filter((existing) => !blues.includes(existing));
  return {
    desired,
    stays,
    unserved: new Set(
      service.ports.length === 0
        ? []
        : stays.filter((existing) => !serving.has(keyOf(existing))).map(({ container }) => container.name),
    ),
    resumed,
    blues,
    leftovers,
    vacancies: vacanciesOf(service, [...stays, ...resumed], others, taken, world),
    waiting,
  };
}

function held(desired: Desired, world: World): Situation {
  const own = existingContainers(world.playbook.app, world.observed).filter(
    ({ container }) => container.service === desired.service.name,
  );
  const stays = own.filter(({ container }) => container.kind === 'replica' && container.state === 'running');
  const waiting = waitingReplicas(desired.service, world);
  return { desired, stays, unserved: new Set(), resumed: [], blues: [], leftovers: [], vacancies: [], waiting };
}

function slotOf(existing: Existing): number {
  return existing.container.slot;
}

function isRunning(container: Container): boolean {
  return container.state === 'running' && container.health !== 'unhealthy';
}

/** A container without ports works without any router, so a running one counts as serving. */
function mayServe(existing: Existing, service: Service, serving: ReadonlySet<string>): boolean {
  const { container } = existing;
  if (container.kind === 'job' || container.state === 'created') return false;
  if (container.state === 'exited' || container.state === 'dead') return false;
  return serving.has(keyOf(existing)) || service.ports.length === 0;
}

function fits({ container, host }: Existing, desired: Desired, world: World): boolean {
  const { service } = desired;
  const declared = world.up.find(({ name }) => name === host);
  if (container.kind !== 'replica' || container.spec !== desired.spec || declared === undefined) return false;
  if (!meetsConstraints(service, declared)) return false;
  return service.mode === 'global' || container.slot <= service.replicas;
}

/** Of several containers in one slot the serving one stays, then the one on the first host by name. */
function onePerSlot(candidates: readonly Existing[], serving: ReadonlySet<string>): Existing[] {
  const ordered = [...candidates].sort(
    (a, b) => Number(serving.has(keyOf(b))) - Number(serving.has(keyOf(a))) || (a.host < b.host ? -1 : 1),
  );
  const bySlot = new Map<number, Existing>();
  for (const existing of ordered) if (!bySlot.has(slotOf(existing))) bySlot.set(slotOf(existing), existing);
  return [...bySlot.values()].sort((a, b) => slotOf(a) - slotOf(b));
}

/** Volume-bound replicas that live routers still name on hosts that do not answer. */
function waitingReplicas(service: Service, world: World): Upstream[] {
  if (!service.mounts.some((mount) => mount.kind === 'volume')) return [];
  return liveUpstreams(world.playbook.app, world.observed)
    .filter((live) => live.service === service.name)
    .map(({ upstream }) => upstream)
    .filter(({ host }) => world.observed.hosts[host]?.reachable === false);
}

function vacanciesOf(
  service: Service,
  kept: readonly Existing[],
  others: readonly Existing[],
  taken: ReadonlySet<number>,
  world: World,
): Vacancy[] {
  if (service.mode === 'global') return globalVacancies(service, kept, world);
  const holders = volumeHolders(service, world);
  const used = new Set(kept.map(({ host }) => host));
  const vacancies: Vacancy[] = [];
  for (let slot = 1; slot <= service.replicas; slot++) {
    if (taken.has(slot)) continue;
    const previous = others.find(
      (existing) => existing.container.slot === slot && world.up.some(({ name }) => name === existing.host),
    )?.host;
    const pinned = pinnedHost(holders, previous, used);
    if (pinned !== undefined) used.add(pinned);
    vacancies.push({
      slot,
      ...(pinned === undefined ? {} : { pinned }),
      ...(previous === undefined ? {} : { previous }),
    });
  }
  return vacancies;
}

function pinnedHost(
  holders: readonly string[],
  previous: string | undefined,
  used: ReadonlySet<string>,
): string | undefined {
  if (previous !== undefined && holders.includes(previous) && !used.has(previous)) return previous;
  return holders.find((host) => !used.has(host));
}

function globalVacancies(service: Service, kept: readonly Existing[], world: World): Vacancy[] {
  const covered = new Set(kept.map(({ host }) => host));
  const away = liveUpstreams(world.playbook.app, world.observed).filter(
    (live) => live.service === service.name && world.observed.hosts[live.upstream.host]?.reachable === false,
  );
  // A host that is away keeps its slot: when it is back, two replicas of one slot would be one too many.
  const slots = new Set([...kept.map(slotOf), ...away.map(({ upstream }) => upstream.slot)]);
  let next = 1;
  return eligibleHosts(service, world)
    .filter(({ name }) => !covered.has(name))
    .map(({ name }) => {
      while (slots.has(next)) next++;
      slots.add(next);
      return { slot: next, pinned: name, previous: name };
    });
}

/** Hosts on which something that runs everywhere runs, sorted by name. */
export function eligibleHosts(service: Service, world: World): Host[] {
  return world.up.filter((host) => host.roles.includes('worker') && !host.cordoned && meetsConstraints(service, host));
}

/** Hosts that hold all those named volumes of the service that are anywhere; one that is new binds nobody. */
export function volumeHolders(service: Service, world: World): string[] {
  const holds = (host: { readonly name: string }, volume: string): boolean =>
    hostUp(world.observed, host.name)?.volumes.includes(volume) === true;
  const names = service.mounts
    .flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []))
    .filter((name) => world.up.some((host) => holds(host, name)));
  if (names.length === 0) return [];
  return world.up.filter((host) => names.every((name) => holds(host, name))).map(({ name }) => name);
}

/** The host's report when it answered. */
export function hostUp(observed: Observed, name: string): HostUp | undefined {
  const state = observed.hosts[name];
  return state?.reachable ? state : undefined;
}

/** Who serves by the live router files of all hosts that answer, and whose place is kept on a host that does not. */
import type { Absence } from '../../model/heal.ts';
import type { Host } from '../../model/inventory.ts';
import type { Observed, Upstream } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { pairwise } from '../pairwise.ts';
import { type RoutedKind, type RoutedServices, routedKinds } from './routed.ts';
import { type Existing, keyOf, type Present, type World } from './world.ts';

/** Host -> name of a container there that live router files of the app send traffic to -> hosts whose router does. */
export type Serving = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Who gets traffic, and from whom. Made once for what is observed; equal sets of hosts are one set. */
export function servingOf(app: string, observed: Observed): Serving {
  const known = servings.get(observed)?.get(app) ?? makeServing(linkedKinds(app, observed));
  servings.set(observed, (servings.get(observed) ?? new Map()).set(app, known));
  return known;
}

const servings = new WeakMap<Observed, Map<string, Serving>>();

function makeServing(kinds: readonly RoutedKind[]): Serving {
  const serving = new Map<string, Map<string, ReadonlySet<string>>>();
  const both = pairwise((before: ReadonlySet<string> | undefined, now: ReadonlySet<string>): ReadonlySet<string> => {
    return before === undefined ? now : new Set([...before, ...now]);
  });
  for (const { routers, services } of kinds) {
    const here = new Set(routers);
    for (const { host, container, away } of upstreamsIn(services)) {
      if (away) continue;
      const there = serving.get(host) ?? new Map<string, ReadonlySet<string>>();
      serving.set(host, there);
      there.set(container, both(there.get(container), here));
    }
  }
  return serving;
}

/** Hosts whose router sends traffic to the container of that name on that host. */
export function routersOf(serving: Serving, host: string, name: string): ReadonlySet<string> {
  return serving.get(host)?.get(name) ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();

/** Some router sends traffic to it. */
export function isLed(serving: Serving, { host, container }: Existing): boolean {
  return routersOf(serving, host, container.name).size > 0;
}

/** The same of one that router files name. */
export function leadsTo(serving: Serving, { host, container }: Upstream): boolean {
  return routersOf(serving, host, container).size > 0;
}

/** Some router on another host than `from` sends traffic to the container of that name on that host. */
export function isLedFromElsewhere(serving: Serving, host: string, name: string, from: string): boolean {
  const routers = routersOf(serving, host, name);
  return routers.size > 1 || (routers.size === 1 && !routers.has(from));
}

/**
 * Replicas on hosts that do not answer whose place is kept. Those bound to a volume always: nobody else has their data.
 * Of others, "serving" ones keep their traffic, and "away" ones are out of all routers until their host is back or gone.
 */
export function waitingReplicas(service: Service, world: World): Upstream[] {
  const isBound = isVolumeBound(service);
  return silentUpstreams(service.name, world).flatMap((upstream) => {
    const { away, ...plain } = upstream;
    if (isBound) return [plain];
    const absence = absenceOf(upstream, world);
    // What runs on every host starts nowhere else: its slot stays its own, without any traffic.
    if (absence === 'gone' && service.mode === 'replicated') return [];
    return absence === 'serving' ? [plain] : [{ ...plain, away: true as const }];
  });
}

/** Replicas on hosts that do not answer, to which routers lead all the same: they may well serve. */
export function unaskedReplicas(service: string, world: World): Upstream[] {
  return silentUpstreams(service, world).filter(({ away }) => away === undefined);
}

/** Slots that a service of every host has on hosts that do not answer: they stay theirs. */
export function slotsAway(service: Service, world: World): number[] {
  return silentUpstreams(service.name, world).map(({ slot }) => slot);
}

/** Those on hosts that do not answer. */
function silentUpstreams(service: string, { present }: World): readonly Upstream[] {
  if (present.silent.size === 0) return [];
  const isSilent = ({ host }: Upstream): boolean => present.silent.has(host);
  return eachOnce(present.upstreams(service).flatMap((list) => list.filter(isSilent)));
}

/** A replica with a named volume starts nowhere but where the volume is. */
export function isVolumeBound({ mounts }: Service): boolean {
  return mounts.some((mount) => mount.kind === 'volume');
}

function absenceOf(upstream: Upstream, { stance }: World): Absence {
  const ordered = stance.order.absences[upstream.host];
  if (ordered !== undefined) return ordered;
  if (stance.silent === 'as-routed') return upstream.away ? 'away' : 'serving';
  return stance.silent;
}

/** See `Present.upstreams`. Hosts as they stand in the inventory, for what is known of silent ones. */
export function upstreamsBy(app: string, observed: Observed, hosts: readonly Host[]): Present['upstreams'] {
  const linked = linkedKinds(app, observed);
  // By files to which no link leads: a run that was cut off may have laid them, so they prove nobody to be checked.
  const unlinked = routedKinds(observed, (router) => [router.unlinked?.[app] ?? []].flat());
  const seen = seenBefore(app, observed, hosts);
  return (service) => {
    const [known, rest] = [listsIn(linked, service), listsIn(unlinked, service)];
    if (known.length > 0) return known;
    return rest.length > 0 ? rest : [seen.get(service) ?? []];
  };
}

/** What is early has nobody who serves. */
function listsIn(kinds: readonly RoutedKind[], service: string): (readonly Upstream[])[] {
  return kinds.flatMap(({ services }) => {
    const found = services[service];
    return found === undefined || found.early || found.upstreams.length === 0 ? [] : [found.upstreams];
  });
}

/** Each container once; away only where all say so. */
function eachOnce(upstreams: readonly Upstream[]): Upstream[] {
  const found = new Map<string, Upstream>();
  for (const upstream of upstreams) {
    const key = upstreamKey(upstream);
    const known = found.get(key);
    if (known === undefined || known.away) found.set(key, upstream);
  }
  return [...found.values()];
}

/** Service -> what silent hosts ran of it when they were seen last. */
function seenBefore(app: string, observed: Observed, hosts: readonly Host[]): ReadonlyMap<string, readonly Upstream[]> {
  const seen = new Map<string, Upstream[]>();
  for (const { name: host, private: address } of hosts) {
    const state = observed.hosts[host];
    const before = state?.reachable === false ? (state.before?.containers ?? []) : [];
    for (const one of before) {
      if (one.app !== app || one.kind !== 'replica' || one.state !== 'running') continue;
      const upstreams = seen.get(one.service) ?? [];
      seen.set(one.service, upstreams);
      upstreams.push({ container: one.name, slot: one.slot, host, address, ports: one.ports });
    }
  }
  return seen;
}

function linkedKinds(app: string, observed: Observed): RoutedKind[] {
  return routedKinds(observed, ({ apps }) => [apps[app]?.services ?? []].flat());
}

/** What is early has nobody who serves. */
function upstreamsIn(services: RoutedServices): Upstream[] {
  return Object.values(services).flatMap(({ early, upstreams }) => (early ? [] : upstreams));
}

/** True where there is to be one replica of it. */
export function isSingleton({ mode, replicas }: Service): boolean {
  return mode === 'replicated' && replicas === 1;
}

/** "HOST/NAME" */
export function upstreamKey({ host, container }: Upstream): string {
  return `${host}/${container}`;
}

/**
 * A container without ports works without any router, so a running one counts as serving. So does one in router files to
 * which no link leads: nginx may still go by them.
 */
export function mayServe(existing: Existing, service: Service, led: ReadonlySet<string>): boolean {
  const { container } = existing;
  if (container.kind === 'job' || container.state === 'created') return false;
  if (container.state === 'exited' || container.state === 'dead') return false;
  return service.ports.length === 0 || led.has(keyOf(existing));
}

/** "HOST/NAME" of all to which router files lead, also those without a link. */
export function ledTo({ name }: Service, { present }: World): ReadonlySet<string> {
  return new Set(
    present
      .upstreams(name)
      .flat()
      .filter(({ away }) => away === undefined)
      .map(upstreamKey),
  );
}

/** Who may serve by the router files of all hosts that answer, and whose place is kept on a host that does not. */
import type { Absence } from '../../model/heal.ts';
import type { Host } from '../../model/inventory.ts';
import type { Observed, Upstream } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { linkedKinds, type RoutedKind, routedKinds } from './routed.ts';
import { type Existing, keyOf, type Present, type World } from './world.ts';

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

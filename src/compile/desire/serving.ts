/** Who serves by the live router files of all hosts that answer, and whose place is kept on a host that does not. */
import type { Absence } from '../../model/heal.ts';
import type { Observed, Upstream } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import type { World } from './world.ts';

/** "HOST/NAME" of containers that live router files of the app send traffic to -> hosts whose router does. */
export type Serving = ReadonlyMap<string, ReadonlySet<string>>;

/** Who gets traffic, and from whom. */
export function servingOf(app: string, observed: Observed): Serving {
  const serving = new Map<string, Set<string>>();
  for (const { router, upstream } of routedUpstreams(app, observed)) {
    if (upstream.away) continue;
    const key = upstreamKey(upstream);
    serving.set(key, (serving.get(key) ?? new Set()).add(router));
  }
  return serving;
}

/**
 * Replicas on hosts that do not answer whose place is kept. Those bound to a volume always: nobody else has their data.
 * Of others, "serving" ones keep their traffic, and "away" ones are out of all routers until their host is back or gone.
 */
export function waitingReplicas(service: Service, world: World): Upstream[] {
  const isBound = isVolumeBound(service);
  return upstreamsOf(service.name, world).flatMap((upstream) => {
    if (world.observed.hosts[upstream.host]?.reachable !== false) return [];
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
  return upstreamsOf(service, world).filter(
    ({ host, away }) => away === undefined && world.observed.hosts[host]?.reachable === false,
  );
}

/** Slots that a service of every host has on hosts that do not answer: they stay theirs. */
export function slotsAway(service: Service, world: World): number[] {
  return upstreamsOf(service.name, world)
    .filter(({ host }) => world.observed.hosts[host]?.reachable === false)
    .map(({ slot }) => slot);
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

/**
 * Every upstream of the service in any live router file, one per container; away only where all routers say so. Where no
 * router knows of any, files are lost: what silent hosts ran when they were seen last is taken for it.
 */
function upstreamsOf(service: string, world: World): Upstream[] {
  const { playbook, observed } = world;
  const found = new Map<string, Upstream>();
  for (const routed of routedUpstreams(playbook.app, observed)) {
    if (routed.service !== service) continue;
    const key = upstreamKey(routed.upstream);
    const known = found.get(key);
    if (known === undefined || known.away) found.set(key, routed.upstream);
  }
  return found.size === 0 ? seenBefore(service, world) : [...found.values()];
}

function seenBefore(service: string, { playbook: { app }, observed, inventory }: World): Upstream[] {
  return inventory.hosts.flatMap(({ name: host, private: address }) => {
    const state = observed.hosts[host];
    const before = state?.reachable === false ? (state.before?.containers ?? []) : [];
    return before
      .filter((one) => one.app === app && one.service === service && one.kind === 'replica' && one.state === 'running')
      .map(({ name, slot, ports }) => ({ container: name, slot, host, address, ports }));
  });
}

interface RoutedUpstream {
  readonly router: string;
  readonly service: string;
  readonly upstream: Upstream;
}

function routedUpstreams(app: string, observed: Observed): RoutedUpstream[] {
  return Object.keys(observed.hosts)
    .sort()
    .flatMap((router) => {
      const state = observed.hosts[router];
      if (!state?.reachable) return [];
      return Object.entries(state.router.apps[app]?.services ?? {}).flatMap(([service, { early, upstreams }]) =>
        early ? [] : upstreams.map((upstream) => ({ router, service, upstream })),
      );
    });
}

/** "HOST/NAME" */
export function upstreamKey({ host, container }: Upstream): string {
  return `${host}/${container}`;
}

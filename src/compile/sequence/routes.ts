/** Who serves at a cutover: what the plan has started and stopped until then. */
import type { Upstream } from '../../model/observed.ts';
import { type Context, startsByService } from '../context.ts';
import type { Situation } from '../desire/situation.ts';
import type { Existing } from '../desire/world.ts';
import type { Route } from '../nginx/route.ts';
import { once } from '../pairwise.ts';
import type { Start } from '../place/planned.ts';

/** The route of a service once the wave (counted from 1) is in: its greens serve, its blues do not. 0: before the first. */
export function routesUntil(context: Context, wave: number): (situation: Situation) => Route {
  const until =
    routes.get(context) ??
    once((wave: number) => {
      const turnover = turnoverUntil(context, wave);
      return once((situation: Situation) => routeAfter(context, situation, turnover));
    });
  routes.set(context, until);
  return until(wave);
}

/** Made once: what one cutover ends with, another begins with. */
const routes = new WeakMap<Context, (wave: number) => (situation: Situation) => Route>();

/** What came and went up to a cutover. */
interface Turnover {
  /** By service. */
  readonly starts: ReadonlyMap<string, readonly Start[]>;
  readonly gone: ReadonlySet<Existing>;
}

function turnoverUntil({ schedule: { waves } }: Context, wave: number): Turnover {
  const done = waves.slice(0, wave);
  const gone = [...done.flatMap(({ before, after }) => [...before, ...after]), ...(waves[wave]?.before ?? [])];
  return { starts: startsByService(done.flatMap(({ starts }) => starts)), gone: new Set(gone) };
}

function routeAfter(context: Context, situation: Situation, { starts: all, gone }: Turnover): Route {
  const { desired } = situation;
  const { service } = desired;
  const starts = all.get(service.name) ?? [];
  const { stays, resumed, crashing, blues } = situation;
  const kept = [...stays, ...resumed, ...crashing, ...blues].filter((existing) => !gone.has(existing));
  const upstreams = [
    ...situation.waiting,
    ...kept.map((existing) => upstreamOf(context, existing)),
    ...starts.map(upstreamOfStart),
  ];
  return {
    desired,
    upstreams: upstreams.sort((a, b) => (a.container < b.container ? -1 : 1)),
    allow: allowed(context, desired.callers),
    exposed: service.ingress.length + service.published.length > 0,
    early: false,
  };
}

function allowed(context: Context, callers: readonly string[]): string[] {
  const wanted = new Set(callers);
  return context.desired
    .filter(({ service }) => wanted.has(service.name))
    .flatMap(({ addresses: { subnet, former } }) => (former === undefined ? [subnet] : [subnet, former]))
    .sort();
}

function upstreamOf(context: Context, { container, host }: Existing): Upstream {
  const address = context.world.present.hosts.get(host)?.private ?? '';
  return { container: container.name, slot: container.slot, host, address, ports: container.ports };
}

function upstreamOfStart({ replica, slot, host, address, ports }: Start): Upstream {
  return { container: replica, slot, host, address, ports };
}

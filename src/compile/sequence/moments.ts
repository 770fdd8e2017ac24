/** Who serves at each cutover, and the router files that say so on each host. */
import type { Host } from '../../model/inventory.ts';
import type { RouterState, Upstream } from '../../model/observed.ts';
import type { Context, Site } from '../context.ts';
import { atLeast, routerVersion } from '../desire/images.ts';
import { isSingleton, unaskedReplicas, upstreamKey } from '../desire/serving.ts';
import type { Situation } from '../desire/situation.ts';
import { Serving, servingOf } from '../desire/traffic.ts';
import { keyOf } from '../desire/world.ts';
import type { Admission } from '../nginx/admit.ts';
import { type Generation, generationsOf, isGenuine, opened } from '../nginx/generation.ts';
import type { Route, RouterOptions } from '../nginx/route.ts';
import { pairwise } from '../pairwise.ts';
import { routesUntil } from './routes.ts';

/** The files of one host at one cutover, and what lies there before it. */
export interface Switch {
  readonly site: Site;
  readonly next: Generation;
  /** Generation that is live before this cutover; undefined when the app has no files there. */
  readonly before: { readonly id: string; readonly http: string; readonly stream: string } | undefined;
}

/** One cutover: after which wave (0: before the first), and the hosts whose files change. */
export interface Moment {
  readonly wave: number;
  readonly switches: readonly Switch[];
}

/** All cutovers that change something, in order. */
export function moments(context: Context): Moment[] {
  const states = liveStates(context);
  const files = pairwise(filesOf);
  const nothing = {};
  const live = new Map(context.sites.map(({ host }) => [host.name, files(states.get(host.name), nothing)]));
  const isSame = pairwise(isUntouched);
  const result: Moment[] = [];
  const count = Math.max(1, context.schedule.waves.length);
  for (let wave = 0; wave <= count; wave++) {
    const nextOf = wave === 0 ? openings(context, states) : filesAfter(context, wave);
    const switches = context.sites.flatMap((site): Switch[] => {
      const before = live.get(site.host.name);
      const next = nextOf(site);
      if (next === undefined) return [];
      if (next.id === before?.id && isSame(states.get(site.host.name), next)) return [];
      live.set(site.host.name, next);
      return [{ site, next, before }];
    });
    if (switches.length > 0) result.push({ wave, switches });
  }
  return result;
}

/** The app's live files by host. Where they are equal they are one value, so that they are looked at once. */
function liveStates({ app, sites }: Context): ReadonlyMap<string, RouterState> {
  const equal = new Map<string, RouterState>();
  const known = new Map<RouterState, RouterState>();
  const states = new Map<string, RouterState>();
  for (const { host, report } of sites) {
    const state = report.router.apps[app];
    if (state === undefined) continue;
    const text = known.has(state) ? '' : JSON.stringify(state);
    const one = known.get(state) ?? equal.get(text) ?? state;
    known.set(state, one);
    equal.set(text, one);
    states.set(host.name, one);
  }
  return states;
}
/** The files of a host once the wave is in: one text for all edges, one for all others. */
function filesAfter(context: Context, wave: number): (site: Site) => Generation {
  const generation = generationsOf(context.situations.map(routesUntil(context, wave)), context.world.playbook);
  return ({ host }) => generation(options(context, isEdge(host)));
}

function filesOf(state: RouterState | undefined): Switch['before'] {
  if (state === undefined) return undefined;
  return { id: state.generation, http: state.files['http.conf'] ?? '', stream: state.files['stream.conf'] ?? '' };
}

/** False when somebody changed a live file by hand: it has the right name and other words. */
function isUntouched(state: RouterState | undefined, { id, entries }: Generation): boolean {
  const files = state?.generation === id ? state.files : undefined;
  return entries.every(({ path, content }) => {
    const text = files?.[path];
    return content.kind !== 'text' || text === undefined || text === content.text;
  });
}

/**
 * Before the first wave: the live files, in which services that nobody serves yet can be called (their names must work
 * when other services start, as in Compose; the world does not see new ones yet), which let in all that starts, and
 * without replicas that stop before their successors start.
 */
function openings(context: Context, states: ReadonlyMap<string, RouterState>): (site: Site) => Generation | undefined {
  const fresh = introduced(context);
  const fewer = relieved(context);
  const guests = admissions(context);
  // Where files are missing or changed by hand, nobody knows what nginx goes by: it is told all that serves now.
  const known = servingOf(context.app, context.world.observed);
  const routes = startingServices(context).size === 0 ? [] : [...fresh, ...standing(context, known, fresh)];
  const anew = generationsOf(routes, context.world.playbook);
  const going = new Set((context.schedule.waves[0]?.before ?? []).map(keyOf));
  const make = (live: RouterState | undefined, edge: boolean): Generation | undefined => {
    const given = options(context, edge);
    if (live === undefined || live.generation === '' || !isGenuine(live))
      return routes.length === 0 ? undefined : anew(given);
    const isLess = ({ desired }: Route): boolean =>
      (live.services[desired.service.name]?.upstreams ?? []).some((one) => going.has(upstreamKey(one)));
    return opened(live, { routes: [...fresh, ...fewer.filter(isLess)], admissions: guests }, given);
  };
  // Hosts on which the same is live get the same files.
  const made = pairwise(make);
  return ({ host }) => made(states.get(host.name), isEdge(host));
}

/** What starts calls from its own subnet, which may be new to services that serve: nobody else is let in before the wave. */
function admissions(context: Context): Admission[] {
  const starting = startingServices(context);
  const guests = new Map(
    context.desired
      .filter(({ service }) => starting.has(service.name))
      .map(({ service, addresses }) => [service.name, addresses.subnet]),
  );
  return context.desired.map(({ addresses, callers }) => ({
    vip: addresses.vip,
    subnets: callers.flatMap((caller) => guests.get(caller) ?? []),
  }));
}

/** Services that nobody serves now, or while they move, and that somebody who starts in this plan may call. */
function introduced(context: Context): Route[] {
  const starting = startingServices(context);
  const routeOf = routesUntil(context, 1);
  return context.situations
    .filter((situation) => situation.desired.service.ports.length > 0)
    .filter((situation) => !isServed(situation) || movesInPause(context, situation))
    .filter(({ desired }) => desired.callers.some((caller) => caller !== desired.service.name && starting.has(caller)))
    .map((situation) => {
      const route = routeOf(situation);
      return { ...route, upstreams: withUnasked(context, route), exposed: false, early: true };
    });
}

/**
 * A deploy counts silent hosts as gone. Until somebody else serves, routers lead to what may be left there, too; but never
 * to two of what there is to be one of.
 */
function withUnasked({ world }: Context, { desired: { service }, upstreams }: Route): readonly Upstream[] {
  if (world.stance.silent !== 'gone' || isSingleton(service)) return upstreams;
  const unasked = unaskedReplicas(service.name, world);
  if (unasked.length === 0) return upstreams;
  return [...upstreams, ...unasked].sort((a, b) => (a.container < b.container ? -1 : 1));
}

/** Services of which something starts, or begins to serve, in the first wave or before it. */
function startingServices(context: Context): ReadonlySet<string> {
  return new Set([
    ...(context.schedule.waves[0]?.starts ?? []).map(({ service }) => service),
    ...context.jobs.map(({ start }) => start.service),
    ...context.situations
      .filter(({ unserved, resumed }) => unserved.size + resumed.length > 0)
      .map(({ desired }) => desired.service.name),
  ]);
}

/** True when some router leads to a replica of it that runs, or that waits for its host and may serve meanwhile. */
function isServed({ stays, unserved, blues, waiting }: Situation): boolean {
  return stays.length - unserved.size + blues.length + waiting.filter(({ away }) => !away).length > 0;
}

/**
 * True when all that serve stop before their successors start, and those will be reached elsewhere: a job that runs in
 * the pause would knock at the old place.
 */
function movesInPause({ schedule }: Context, { desired, stays, blues, waiting }: Situation): boolean {
  const first = schedule.waves[0];
  if (first === undefined || stays.length + waiting.length > 0) return false;
  if (!blues.every((blue) => first.before.includes(blue))) return false;
  const places = new Set(
    blues.flatMap(({ host, container }) => container.ports.map(({ hostPort }) => `${host}:${hostPort}`)),
  );
  return first.starts
    .filter(({ service }) => service === desired.service.name)
    .some(({ host, ports }) => ports.some(({ hostPort }) => !places.has(`${host}:${hostPort}`)));
}

/** All other services, with those who serve until the first wave is in, and with those to whom some live files lead already. */
function standing(context: Context, known: Serving, others: readonly Route[]): Route[] {
  const done = new Set(others.map(({ desired }) => desired.service.name));
  return context.situations
    .filter(({ desired: { service } }) => service.ports.length > 0 && !done.has(service.name))
    .map((situation) => {
      const checked = checkedRoute(context, situation, known);
      // Its nginx may well lead to those whom nobody has checked; without them the name would lead nowhere.
      const route = checked.upstreams.some(({ away }) => away === undefined)
        ? checked
        : { ...routesUntil(context, 0)(situation), early: true };
      const upstreams = withUnasked(context, route);
      const isTwo = isSingleton(route.desired.service) && upstreams.length > 1;
      return { ...route, upstreams: isTwo ? oneOf(route, upstreams, known) : upstreams };
    })
    .filter(({ upstreams }) => upstreams.length > 0);
}

/** Of what there is to be one of: the one that is known there, else the first. */
function oneOf({ desired: { service } }: Route, upstreams: readonly Upstream[], known: Serving): readonly Upstream[] {
  const there = upstreams.filter((one) => known.has(service.name, one));
  return (there.length > 0 ? there : upstreams).slice(0, 1);
}

/** Services of which replicas stop before the first wave while others go on serving: those others. */
function relieved(context: Context): Route[] {
  const going = new Set(context.schedule.waves[0]?.before ?? []);
  return context.situations
    .filter(({ blues }) => blues.some((blue) => going.has(blue)))
    .map((situation) => checkedRoute(context, situation, NOBODY))
    .filter(({ upstreams }) => upstreams.length > 0);
}

const NOBODY = new Serving([]);

/** Who serves before the first wave: nobody whom it is to check, but for those that are known. */
function checkedRoute(context: Context, situation: Situation, known: Serving): Route {
  const { unserved, resumed } = situation;
  const fresh = [...unserved, ...resumed.map(({ container }) => container.name)];
  const unchecked = new Set(fresh);
  const route = routesUntil(context, 0)(situation);
  const { name } = situation.desired.service;
  const upstreams = route.upstreams.filter((one) => known.has(name, one) || !unchecked.has(one.container));
  return { ...route, upstreams };
}

function isEdge({ roles }: Host): boolean {
  return roles.includes('edge');
}

function options({ app, world: { inventory, observed } }: Context, edge: boolean): RouterOptions {
  const { vipRange, routerImage } = inventory.network;
  return { app, edge, vipRange, http2: atLeast(routerVersion(routerImage, observed), '1.25.1') };
}

/**
 * What live router files say, each kind once: thousands of hosts go by the same files, which name every replica of the app.
 * A report that is one value for many hosts is read once for all of them.
 */
import type { Observed, RoutedService, RouterHost } from '../../model/observed.ts';
import { hostNames } from './world.ts';

/** Services by name as router files have them. */
export type RoutedServices = Readonly<Record<string, RoutedService>>;

/** Files of one kind, and the hosts whose routers go by them, sorted. */
export interface RoutedKind {
  readonly routers: readonly string[];
  readonly services: RoutedServices;
}

/** Kinds in the order of their first host. Of a host there may be several, or none. */
export function routedKinds(
  { hosts }: Pick<Observed, 'hosts'>,
  servicesOf: (router: RouterHost) => readonly RoutedServices[],
): RoutedKind[] {
  const kinds = new Map<RoutedServices, string[]>();
  for (const name of hostNames(hosts)) {
    const state = hosts[name];
    if (!state?.reachable) continue;
    for (const services of servicesOf(state.router)) {
      const routers = kinds.get(services);
      if (routers === undefined) kinds.set(services, [name]);
      else routers.push(name);
    }
  }
  return [...kinds].map(([services, routers]) => ({ routers, services }));
}

/** By the files of the app to which a link leads. */
export function linkedKinds(app: string, observed: Pick<Observed, 'hosts'>): RoutedKind[] {
  return routedKinds(observed, ({ apps }) => [apps[app]?.services ?? []].flat());
}

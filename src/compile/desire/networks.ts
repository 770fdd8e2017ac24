/** Networks of services: how far each leads, and which of those on a host are an app's own. */
import { formerNetworkName, networkPrefix, type Reach } from '../../model/labels.ts';
import type { Observed } from '../../model/observed.ts';
import type { Playbook, Service } from '../../model/playbook.ts';
import { upHosts } from './addresses.ts';
import { hostUp } from './world.ts';

/** A service leads nowhere outside when all networks that it is on are internal. */
export function reachOf({ networks }: Service, { internalNetworks }: Playbook): Reach {
  const names = Object.keys(networks);
  return names.length > 0 && names.every((name) => internalNetworks.includes(name)) ? 'internal' : 'open';
}

/** Tells the app's own networks on a host, sorted; those with names of old, too, unless they may be another app's. */
export function ownNetworks(app: string, observed: Observed): (host: string) => string[] {
  const others = formerNamesOfOthers(app, observed);
  const isFormer = (name: string): boolean =>
    name.startsWith(formerNetworkName(app, '')) && !name.includes('.') && !others.has(name);
  return (host) =>
    Object.keys(hostUp(observed, host)?.networks ?? {})
      .filter((name) => name.startsWith(networkPrefix(app)) || isFormer(name))
      .sort();
}

function formerNamesOfOthers(app: string, observed: Observed): ReadonlySet<string> {
  const owned = upHosts(observed).flatMap(({ containers, router }) => [
    ...containers.filter((one) => one.app !== app).map((one) => formerNetworkName(one.app, one.service)),
    ...Object.values(router.apps)
      .filter((state) => state.app !== app)
      .flatMap((state) => Object.keys(state.services).map((service) => formerNetworkName(state.app, service))),
  ]);
  return new Set(owned);
}

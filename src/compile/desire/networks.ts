/** Which networks on a host are an app's own. Their names alone do not always tell: `fleet-shop-eu-web` may be of app shop-eu. */
import { networkName } from '../../model/labels.ts';
import type { Observed } from '../../model/observed.ts';
import { upHosts } from './addresses.ts';
import { hostUp } from './situation.ts';

/** Networks on the host that have the app's prefix and that no service of another app has, sorted. */
export function ownNetworks(app: string, host: string, observed: Observed): string[] {
  const prefix = networkName(app, '');
  const others = networksOfOthers(app, observed);
  return Object.keys(hostUp(observed, host)?.networks ?? {})
    .filter((name) => name.startsWith(prefix) && !others.has(name))
    .sort();
}

function networksOfOthers(app: string, observed: Observed): ReadonlySet<string> {
  const owned = upHosts(observed).flatMap(({ containers, router }) => [
    ...containers.map((container) => ({ app: container.app, service: container.service })),
    ...Object.values(router.apps).flatMap((state) =>
      Object.keys(state.services).map((service) => ({ app: state.app, service })),
    ),
  ]);
  return new Set(owned.filter((one) => one.app !== app).map((one) => networkName(one.app, one.service)));
}

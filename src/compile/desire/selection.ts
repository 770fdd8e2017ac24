/** `fleet deploy SERVICE…`: which services are touched, and how the others are held as they are. */
import { lastRecord } from './release.ts';
import { existingContainers, type World } from './situation.ts';
import type { Desired } from './spec.ts';

/** The named services and what they depend on, as far as that does not run yet; all services when none is named. */
export function selectedServices(names: readonly string[], world: World): ReadonlySet<string> {
  const { services, app } = world.playbook;
  if (names.length === 0) return new Set(services.map(({ name }) => name));
  const running = new Set(existingContainers(app, world.observed).map(({ container }) => container.service));
  const selected = new Set<string>();
  const visit = (name: string): void => {
    if (selected.has(name)) return;
    selected.add(name);
    const dependencies = services.find((service) => service.name === name)?.dependsOn ?? [];
    for (const { service } of dependencies) if (!running.has(service)) visit(service);
  };
  for (const name of names) visit(name);
  return selected;
}

/** A service that is not touched keeps the spec it runs with. */
export function frozen(desired: Desired, world: World): Desired {
  const { app } = world.playbook;
  const recorded = lastRecord(app, world.observed)?.specs[desired.service.name];
  const running = existingContainers(app, world.observed).find(
    ({ container }) => container.service === desired.service.name,
  )?.container.spec;
  return { ...desired, spec: recorded ?? running ?? desired.spec };
}

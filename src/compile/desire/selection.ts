/** `fleet deploy SERVICE…`: which services are touched, and how the others are held as they are. */
import type { ImageFacts } from '../../model/observed.ts';
import { isFromImage, portsOfContainer } from './ports.ts';
import { lastRecord } from './release.ts';
import type { Desired } from './spec.ts';
import { existingContainers, type World } from './world.ts';

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

/** A service that is not touched stays as it was deployed last; undefined when it never was. */
export function frozen(desired: Desired, world: World): Desired | undefined {
  const { app } = world.playbook;
  const { name } = desired.service;
  const record = lastRecord(app, world.observed);
  const running = existingContainers(app, world.observed).find(({ container }) => container.service === name);
  const spec = record?.specs[name] ?? running?.container.spec;
  if (spec === undefined) return undefined;
  const { image, digest } = record?.images[name] ?? { image: desired.service.image, digest: desired.facts?.digest };
  const ports = running !== undefined && isFromImage(desired.service) ? portsOfContainer(running.container) : undefined;
  const service = { ...desired.service, image, ...(ports === undefined ? {} : { ports }) };
  const facts = digest === undefined ? undefined : { ...(desired.facts ?? UNKNOWN), digest };
  return { ...desired, service, spec, facts, parts: record?.parts?.[name] ?? desired.parts };
}

/** Nothing is known of an image but what the record says. */
const UNKNOWN: ImageFacts = { source: 'none', hasHealthcheck: false, architectures: [] };

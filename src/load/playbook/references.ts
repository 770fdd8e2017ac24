/** Names that services use must be defined: networks, volumes, secrets, configs, other services; without circles. */
import { FleetError } from '../../model/error.ts';
import { nearestHint } from '../nearest.ts';
import { formatLocation, type Where } from '../problems.ts';
import type { DependencyEntry } from '../service/links.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { locate } from '../tree.ts';
import { type Draft, definedNames, placeOf, report } from './context.ts';

/** Lists every name that is not defined and every circle of depends_on. */
export function checkReferences(draft: Draft): void {
  for (const [name, entry] of draft.services) {
    checkNetworks(draft, name, entry);
    checkDefined(draft, name, entry);
    for (const dependency of entry.depends_on ?? []) checkDependency(draft, name, dependency);
  }
  checkCircles(draft);
}

/** The dependencies that count: of targets that are not active only required ones do, and they are errors. */
export function activeDependencies(entry: ServiceEntry, active: ReadonlySet<string>): readonly DependencyEntry[] {
  return (entry.depends_on ?? []).filter(({ service }) => active.has(service));
}

function checkNetworks(draft: Draft, name: string, entry: ServiceEntry): void {
  const known = ['default', ...definedNames(draft, 'networks')];
  for (const network of Object.keys(entry.networks ?? {})) {
    if (known.includes(network)) continue;
    const where = placeOf(draft, name, 'networks', network);
    undefinedName(draft, where, 'network', network, known, `networks: { ${network}: {} }`);
  }
}

function checkDefined(draft: Draft, name: string, entry: ServiceEntry): void {
  const volumes = definedNames(draft, 'volumes');
  for (const [index, mount] of (entry.volumes ?? []).entries()) {
    if (mount.kind !== 'volume' || volumes.includes(mount.volume)) continue;
    const where = placeOf(draft, name, 'volumes', index);
    undefinedName(draft, where, 'volume', mount.volume, volumes, `volumes: { ${mount.volume}: {} }`);
  }
  for (const key of ['secrets', 'configs'] as const) {
    const known = definedNames(draft, key);
    for (const [index, { source }] of (entry[key] ?? []).entries()) {
      if (known.includes(source)) continue;
      const where = placeOf(draft, name, key, index);
      undefinedName(draft, where, key.slice(0, -1), source, known, `${key}: { ${source}: { file: ... } }`);
    }
  }
}

function undefinedName(
  draft: Draft,
  where: Where,
  kind: string,
  name: string,
  known: readonly string[],
  way: string,
): void {
  const hint = nearestHint(name, known) ?? `add it at the top of the file: ${way}`;
  report(draft, where, 'E_REFERENCE', `the ${kind} "${name}" is not defined`, {
    ...(known.length === 0 ? {} : { expected: [...known].sort().join(', ') }),
    hint,
  });
}

function checkDependency(draft: Draft, name: string, { service, isRequired }: DependencyEntry): void {
  const where = placeOf(draft, name, 'depends_on', service);
  if (!draft.names.includes(service)) {
    const others = draft.names.filter((one) => one !== name);
    const hint = nearestHint(service, others) ?? `add the service ${service}, or remove it here`;
    report(draft, where, 'E_REFERENCE', `the service "${service}" is not defined`, { hint });
    return;
  }
  const isActive = draft.services.some(([one]) => one === service);
  if (!isActive && isRequired && !draft.broken.has(service)) leftOut(draft, where, service);
}

function leftOut(draft: Draft, where: Where, service: string): void {
  report(draft, where, 'E_REFERENCE', `the service "${service}" is left out: none of its profiles is active`, {
    hint: `add --profile, name ${service} on the command line, or say required: false`,
  });
}

function checkCircles(draft: Draft): void {
  const byName = new Map(draft.services);
  const done = new Set<string>();
  const walk = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return;
    const start = trail.indexOf(name);
    if (start !== -1) {
      circle(draft, [...trail.slice(start), name]);
      return;
    }
    for (const { service } of sortedDependencies(byName.get(name))) walk(service, [...trail, name]);
    done.add(name);
  };
  for (const name of [...byName.keys()].sort()) walk(name, []);
}

function sortedDependencies(entry: ServiceEntry | undefined): readonly DependencyEntry[] {
  return [...(entry?.depends_on ?? [])].sort((left, right) => (left.service < right.service ? -1 : 1));
}

function circle(draft: Draft, names: readonly string[]): void {
  const places = names.slice(0, -1).map((name, index) => {
    const next = names[index + 1];
    return { name, next, location: locate(draft.tree, ['services', name, 'depends_on', next ?? '']) };
  });
  const [first, ...others] = places;
  if (first === undefined) return;
  draft.problems.push(
    new FleetError('E_CYCLE', `depends_on goes round in a circle: ${names.join(' -> ')}`, {
      location: first.location,
      notes: others.map(({ name, next, location }) => `${name} -> ${next}: ${formatLocation(location)}`),
      hint: 'remove one of them',
    }),
  );
}

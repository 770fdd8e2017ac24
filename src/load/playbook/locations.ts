/** Where everything of the active services stands, for messages of later stages. */
import type { Location } from '../../model/error.ts';
import { constraintsOf, ingressOf, mountsOf, publishedOf } from '../service/build.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { find, formatPath, locate, locateKey, type Path, type Tree } from '../tree.ts';
import { ingressPath } from './checks.ts';
import type { Draft } from './context.ts';

/**
 * "services.web.deploy.replicas" -> its place. Lists that the model sorts (ports, volumes, constraints, ingress) are
 * numbered as in the model: `ports[0]` is the first of `Service.published`, `volumes[0]` of `Service.mounts`.
 */
export function locationsOf(draft: Draft): Readonly<Record<string, Location>> {
  const all = new Map<string, Location>();
  for (const [name, entry] of draft.services) {
    const path = ['services', name];
    all.set(formatPath(path), locateKey(draft.tree, path));
    const node = find(draft.tree, path);
    if (node !== undefined) collect(node, formatPath(path), all);
    for (const [key, location] of sortedLists(draft, name, entry)) all.set(`services.${name}.${key}`, location);
  }
  return Object.fromEntries([...all].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** All that can be complained about; lists of words only as a whole. */
function collect(tree: Tree, path: string, all: Map<string, Location>): void {
  if (tree.kind !== 'map') return;
  for (const [name, { key, value }] of tree.entries) {
    const inner = `${path}.${name}`;
    all.set(inner, value.kind === 'scalar' && value.value !== null ? value.at : key);
    collect(value, inner, all);
  }
}

function sortedLists(draft: Draft, name: string, entry: ServiceEntry): readonly (readonly [string, Location])[] {
  const at = (...path: Path) => locate(draft.tree, ['services', name, ...path]);
  return [
    ...publishedOf(entry).map(({ index }, sorted) => [`ports[${sorted}]`, at('ports', index)] as const),
    ...mountsOf(entry).map(({ key, index }, sorted) => [`volumes[${sorted}]`, at(key, index)] as const),
    ...constraintsOf(entry).map(
      ({ index }, sorted) =>
        [`deploy.placement.constraints[${sorted}]`, at('deploy', 'placement', 'constraints', index)] as const,
    ),
    ...ingressOf(name, entry).map(
      ({ index }, sorted) =>
        [`x-fleet.ingress[${sorted}]`, locate(draft.tree, ingressPath(draft, name, index))] as const,
    ),
  ];
}

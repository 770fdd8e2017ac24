/** Which services a problem was found in, so that later stages do not complain about what is missing because of it. */
import type { FleetError, Location } from '../../model/error.ts';
import { find, type Tree } from '../tree.ts';

/**
 * Services that a problem is about: it is located at the service's key or anywhere in what the file says below it
 * (also by an alias or a merge key), or its message begins with the service's path. The latter finds what is
 * no longer in the tree.
 */
export function brokenServices(tree: Tree, problems: readonly FleetError[]): ReadonlySet<string> {
  const places = new Set(problems.flatMap(({ location }) => (location === undefined ? [] : [placeOf(location)])));
  const services = find(tree, ['services']);
  if (services?.kind !== 'map' || problems.length === 0) return new Set();
  const broken = [...services.entries].filter(
    ([name, { key, value }]) =>
      places.has(placeOf(key)) || stands(value, places) || problems.some((problem) => isAbout(problem, name)),
  );
  return new Set(broken.map(([name]) => name));
}

function stands(tree: Tree, places: ReadonlySet<string>): boolean {
  if (places.has(placeOf(tree.at))) return true;
  if (tree.kind === 'list') return tree.items.some((item) => stands(item, places));
  if (tree.kind === 'scalar') return false;
  return [...tree.entries.values()].some(({ key, value }) => places.has(placeOf(key)) || stands(value, places));
}

function isAbout({ message }: FleetError, name: string): boolean {
  return ['.', ':', '['].some((end) => message.startsWith(`services.${name}${end}`));
}

function placeOf({ file, line, column }: Location): string {
  return `${file}\0${line}\0${column}`;
}

/** Files as text to canonical trees, for the tests beside and those of merging. */
import { canonical } from '../../../../../src/load/compose/canonical.ts';
import { interpolateTree } from '../../../../../src/load/interpolate.ts';
import { find, plain, type Tree } from '../../../../../src/load/tree.ts';
import { parseYamlDocuments } from '../../../../../src/load/yaml.ts';
import type { FleetError } from '../../../../../src/model/error.ts';

/** The canonical tree of a file in /work/shop, and what is wrong with it. */
export function read(text: string, path = 'compose.yaml'): { tree: Tree; problems: FleetError[] } {
  const { trees, problems: syntax } = parseYamlDocuments({ path, text });
  const [tree] = trees;
  if (tree === undefined || syntax.length > 0) throw new Error(syntax.map(({ message }) => message).join('\n'));
  const problems: FleetError[] = [];
  const whole = interpolateTree(tree, {}, problems);
  return { tree: canonical(whole, { folder: '/work/shop', home: '/home/ann' }, problems), problems };
}

/** The one attribute of a service in its long form. Throws when something is wrong with it. */
export function attribute(text: string): unknown {
  const { tree, problems } = read(service(text));
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const key = text.split(':')[0] ?? '';
  const value = find(tree, ['services', 'web', key]);
  return value === undefined ? undefined : plain(value);
}

/** What is wrong with the attributes: "line:column message (expected; hint)". */
export function complaints(text: string): readonly string[] {
  return read(service(text)).problems.map(({ code, message, location, expected, hint }) => {
    const ways = [expected, hint].filter((way) => way !== undefined).join('; ');
    return `${location?.line}:${location?.column} ${code} ${message}${ways === '' ? '' : ` (${ways})`}`;
  });
}

/** A file with one service. */
export function service(text: string): string {
  const lines = text.split('\n').map((line) => `    ${line}`);
  return ['services:', '  web:', ...lines, ''].join('\n');
}

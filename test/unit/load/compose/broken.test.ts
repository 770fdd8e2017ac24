import { expect, test } from 'vitest';
import { brokenServices } from '../../../../src/load/compose/broken.ts';
import { checkShape } from '../../../../src/load/compose/check-shape.ts';
import { problemAt } from '../../../../src/load/problems.ts';
import type { Path, Tree } from '../../../../src/load/tree.ts';
import { parseYaml } from '../../../../src/load/yaml.ts';
import { FleetError } from '../../../../src/model/error.ts';

function treeOf(text: string): Tree {
  const { tree } = parseYaml({ path: 'shop.yaml', text });
  if (tree === undefined) throw new Error('not YAML');
  return tree;
}

/** Broken services when there is a problem at the path, its message without the path. */
function brokenAt(tree: Tree, path: Path): readonly string[] {
  const { location } = problemAt({ tree, path }, 'E_VALUE', 'x');
  if (location === undefined) throw new Error('no place');
  return [...brokenServices(tree, [new FleetError('E_VALUE', 'is wrong', { location })])];
}

const shop = treeOf(`x-base: &base { restart: never }
services:
  web: { image: nginx, ports: ["80:80", "x"] }
  db: { <<: *base, image: postgres }
  cache: { <<: *base, image: redis }
volumes: { data: }`);

test('a service is broken by a problem at its key, its keys and anything below them', () => {
  expect(brokenAt(shop, ['services', 'web'])).toEqual(['web']);
  expect(brokenAt(shop, ['services', 'db', 'image'])).toEqual(['db']);
  expect(brokenAt(shop, ['services', 'web', 'ports', 1])).toEqual(['web']);
});

test('a problem in an anchor breaks all services that use it', () => {
  expect(brokenAt(shop, ['x-base', 'restart'])).toEqual(['db', 'cache']);
});

test('problems elsewhere and without a place break no service', () => {
  expect(brokenAt(shop, ['volumes', 'data'])).toEqual([]);
  expect([...brokenServices(shop, [new FleetError('E_REFERENCE', 'no such service')])]).toEqual([]);
});

test('a service stays broken when its wrong part is no longer in the tree', () => {
  const problems: FleetError[] = [];
  const tree = checkShape(treeOf('services: { web: { imag: nginx }, web2: { image: 5 }, db: { image: x } }'), problems);
  expect([...brokenServices(tree, problems)]).toEqual(['web', 'web2']);
});

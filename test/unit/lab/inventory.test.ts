import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatInventory } from '../../../src/lab/inventory.ts';
import { shapeLab } from '../../../src/lab/shape.ts';

const FILES = { identity: '/var/lib/fleet-lab/lab/id_ed25519', knownHosts: '/var/lib/fleet-lab/lab/known_hosts' };

it('the shipped inventory is what the default lab writes, to the byte', () => {
  const shipped = readFileSync(new URL('../../../inventory/lab.yaml', import.meta.url), 'utf8');
  expect(formatInventory(shapeLab({}), FILES)).toBe(shipped);
});

it('names are padded so that ten hosts stand in line', () => {
  const lines = formatInventory(shapeLab({ hosts: 10, edges: 0 }), FILES)
    .trimEnd()
    .split('\n')
    .slice(-2);
  expect(lines).toEqual([
    '  vm9:  { address: 10.88.0.19, roles: [worker], labels: { zone: a } }',
    '  vm10: { address: 10.88.0.20, roles: [worker], labels: { zone: b } }',
  ]);
});

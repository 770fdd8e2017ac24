import { expect, test } from 'vitest';
import type { Assumption } from '../../../../src/model/what-if.ts';
import { planOf } from '../../../support/compile/deployed.ts';
import { emptyHost, MIB, type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

const room = (mib: number) => ({ reservation: { cpus: 0, memoryBytes: mib * MIB } });

/** Where the services are, and what fits nowhere, once a fleet of four hosts has lost two. */
function after(services: Readonly<Record<string, ServiceShape>>) {
  const names = ['vm1', 'vm2', 'vm3', 'vm4'];
  const question = world({
    hosts: 4,
    reports: Object.fromEntries(names.map((name) => [name, emptyHost({ memoryBytes: 1024 * MIB })])),
    services: Object.entries(services).map(([name, shape]) => service(name, shape)),
  });
  const assumptions: Assumption[] = ['vm3', 'vm4'].map((host) => ({ kind: 'lose', host }));
  const { placements, whatIf } = planOf({ ...question, assumptions });
  return { placed: placements.map((one) => one.service), misfits: whatIf?.misfits.map(({ message }) => message) };
}

test('where not all fits, the most important goes first, however small it is', () => {
  const batch = { replicas: 2, ...room(700) };
  const shop = { replicas: 2, ...room(600) };
  expect(after({ batch, shop })).toEqual({
    placed: ['batch', 'batch'],
    misfits: ['shop: 2 of 2 replicas fit nowhere'],
  });
  expect(after({ batch, shop: { ...shop, priority: 1 } })).toEqual({
    placed: ['shop', 'shop'],
    misfits: ['batch: 2 of 2 replicas fit nowhere'],
  });
  expect(after({ batch: { ...batch, priority: -1 }, shop })).toEqual({
    placed: ['shop', 'shop'],
    misfits: ['batch: 2 of 2 replicas fit nowhere'],
  });
});

test('where all fits, a priority changes nothing: the large ones are placed before the small ones', () => {
  const large = { replicas: 2, ...room(700) };
  const small = { replicas: 2, ...room(300) };
  expect(after({ large, small: { ...small, priority: 9 } })).toEqual({ ...after({ large, small }), misfits: [] });
});

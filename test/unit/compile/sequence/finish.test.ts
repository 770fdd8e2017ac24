import { expect, test } from 'vitest';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { host, service, world } from '../../../support/compile/worlds.ts';

const EDGES = { roles: ['edge', 'worker'] } as const;
const QUESTION = world({
  hosts: [host('vm1', EDGES), host('vm2', EDGES), host('vm3')],
  services: [service('web', { ports: ['80'] })],
});

test('a keeper whose record of the release is another one gets the one that counts', () => {
  const fleet = deployed(QUESTION);
  const { releases } = fleet.machine('vm2');
  const own = releases.get('shop') ?? [];
  releases.set(
    'shop',
    own.map((one) => ({ ...one, at: one.at - 500, by: 'rebuilt from containers', images: {} })),
  );
  const plan = planOf(now(QUESTION, fleet));
  expect(plan.steps.map(({ id }) => id)).toEqual(['commit', 'record release 1@vm1', 'record release 1@vm2']);
  runPlan(plan, fleet);
  expect(releases.get('shop')).toEqual(fleet.machine('vm1').releases.get('shop'));
  expect(planOf(now(QUESTION, fleet)).steps).toEqual([]);
});

test('records of keepers whose clocks differ are the same', () => {
  const fleet = deployed(QUESTION);
  const { releases } = fleet.machine('vm2');
  const own = releases.get('shop') ?? [];
  releases.set(
    'shop',
    own.map((one) => ({ ...one, at: one.at + 3 })),
  );
  expect(planOf(now(QUESTION, fleet)).steps).toEqual([]);
});

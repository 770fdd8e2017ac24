import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { running, service, world } from '../../../support/compile/worlds.ts';

const FIRST = world({ services: [service('web', { replicas: 2, ports: ['80'] })] });
const SECOND = next(FIRST, [service('web', { replicas: 2, ports: ['80'], image: 'web:2' })]);

const numbers = ({ previous, release }: Plan): string => `${previous} -> ${release}`;

test('the first release is 1, a change makes the next one, nothing to do makes none', () => {
  expect(numbers(planOf(FIRST))).toBe('0 -> 1');
  const fleet = deployed(FIRST);
  expect(numbers(planOf(now(FIRST, fleet)))).toBe('1 -> 1');
  expect(numbers(planOf(now(SECOND, fleet)))).toBe('1 -> 2');
});

test('a missing replica is repaired in its own release, under a name that is free', () => {
  const fleet = deployed(FIRST);
  const machine = [...fleet.machines.values()].find(({ containers }) => containers.has('shop.web.1.2'));
  machine?.containers.delete('shop.web.1.2');
  const plan = planOf(now(FIRST, fleet));
  expect(numbers(plan)).toBe('1 -> 1');
  expect(plan.services[0]).toMatchObject({ change: 'repair', starts: [{ replica: 'shop.web.1.2' }] });
});

test('an unhealthy replica keeps its name until its successor, in the same release, serves under one of its own', () => {
  const fleet = deployed(FIRST);
  const machine = [...fleet.machines.values()].find(({ containers }) => containers.has('shop.web.1.2'));
  machine?.containers.set('shop.web.1.2', {
    ...running('shop.web.1.2'),
    ...machine.containers.get('shop.web.1.2'),
    health: 'unhealthy',
  });
  const plan = planOf(now(FIRST, fleet));
  expect(numbers(plan)).toBe('1 -> 1');
  expect(plan.services[0]).toMatchObject({
    starts: [{ replica: 'shop.web.1.2-2' }],
    stops: [{ replica: 'shop.web.1.2' }],
  });
});

test('a keeper that missed the record gets it', () => {
  const question = world({
    hosts: FIRST.inventory.hosts.map((one) => ({ ...one, roles: ['edge', 'worker'] })),
    services: FIRST.playbook.services,
  });
  const fleet = deployed(question);
  fleet.machine('vm2').releases.clear();
  const plan = planOf(now(question, fleet));
  expect(plan.steps.map(({ id }) => id)).toEqual([
    'commit',
    'record release 1@vm1',
    'record release 1@vm2',
    'record release 1@vm3',
  ]);
  runPlan(plan, fleet);
  expect(fleet.machine('vm2').releases.get('shop')?.at(-1)?.release).toBe(1);
  expect(planOf(now(question, fleet)).steps).toEqual([]);
});

import { expect, test } from 'vitest';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { service, world } from '../../../support/compile/worlds.ts';

const web = (version: string, replicas = 2) => service('web', { image: `web:${version}`, replicas, ports: ['80'] });
const FIRST = world({ services: [service('db', { volumes: ['data'] }), web('1')] });
const SECOND = next(FIRST, [service('db', { volumes: ['data'] }), web('2')]);

function twoReleases() {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(SECOND, fleet)), fleet);
  return fleet;
}

test('a rollback is a new release that asks for what the old one asked for, and touches only what differs', () => {
  const fleet = twoReleases();
  const plan = planOf(asked(SECOND, fleet, { kind: 'rollback', to: 1 }));
  expect([plan.previous, plan.release]).toEqual([2, 3]);
  expect(plan.services.map(({ service: name, change }) => `${name} ${change}`)).toEqual(['db none', 'web update']);
  expect(plan.services[1]?.image).toContain('web:1@');
  runPlan(plan, fleet);
  const records = fleet.machine('vm1').releases.get('shop') ?? [];
  expect(records.at(-1)).toMatchObject({ release: 3, rollback: { from: 2, to: 1 } });
  expect(planOf(now(FIRST, fleet)).steps).toEqual([]);
});

test('a rollback asks no registry: images are what they meant when they were deployed', () => {
  const fleet = twoReleases();
  const question = asked(SECOND, fleet, { kind: 'rollback', to: 1 });
  const plan = planOf({ ...question, observed: { ...question.observed, images: {} } });
  expect(plan.steps.some(({ id }) => id.startsWith('pull'))).toBe(false);
});

test('numbers of replicas that were asked for by command outlast a rollback, those of the files do not', () => {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(next(FIRST, [service('db', { volumes: ['data'] }), web('2', 4)]), fleet)), fleet);
  const back = planOf(asked(SECOND, fleet, { kind: 'rollback', to: 1 }));
  expect(back.services[1]?.replicas).toBe(2);
  runPlan(planOf(asked(SECOND, fleet, { kind: 'scale', replicas: { web: 3 } })), fleet);
  const scaled = planOf(asked(SECOND, fleet, { kind: 'rollback', to: 1 }));
  expect(scaled.services[1]?.replicas).toBe(3);
});

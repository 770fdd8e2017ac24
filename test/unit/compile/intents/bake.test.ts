import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { service, world } from '../../../support/compile/worlds.ts';

const MINUTE = 60_000;
/** When the simulator says that a release was recorded. */
const RECORDED = 1000;
const web = (version: string) =>
  service('web', { image: `web:${version}`, replicas: 2, ports: ['80'], bakeMs: 10 * MINUTE });
const FIRST = world({ services: [web('1')] });
const SECOND = next(FIRST, [web('2')]);
const early = (question: Question): Question => ({ ...question, now: RECORDED + MINUTE });
const late = (question: Question): Question => ({ ...question, now: RECORDED + 10 * MINUTE });
const heal = { kind: 'heal', order: NO_ORDER } as const;

function baked(): Simulator {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(SECOND, fleet)), fleet);
  return fleet;
}

function names(fleet: Simulator): string[] {
  return [...fleet.machines.values()].flatMap(({ containers }) => [...containers.keys()]).sort();
}

function kinds({ steps }: Plan): string[] {
  return [...new Set(steps.map(({ action }) => action.kind))];
}

test('old replicas stay, in no router, for as long as the playbook says; then a repair stops them', () => {
  const fleet = baked();
  expect(names(fleet)).toEqual(['shop.web.1.1', 'shop.web.1.2', 'shop.web.2.1', 'shop.web.2.2']);
  expect(fleet.loaded('vm1', 'shop')?.files['http.conf']).not.toContain('shop.web.1.');
  expect(planOf(early(asked(SECOND, fleet, heal))).steps).toEqual([]);
  expect(planOf(early(now(SECOND, fleet))).steps).toEqual([]);
  runPlan(planOf(late(asked(SECOND, fleet, heal))), fleet);
  expect(names(fleet)).toEqual(['shop.web.2.1', 'shop.web.2.2']);
});

test('while they are warm, going back starts nothing: they are checked, and the routers are switched', () => {
  const fleet = baked();
  const back = planOf(early(asked(SECOND, fleet, { kind: 'rollback', to: 1 })));
  expect(kinds(back)).toContain('switch');
  expect(kinds(back)).toContain('probe');
  expect(kinds(back)).not.toContain('start');
  runPlan(back, fleet);
  expect(fleet.loaded('vm1', 'shop')?.files['http.conf']).toContain('shop.web.1.1');
  expect(planOf(early(asked(SECOND, fleet, heal))).steps).toEqual([]);
});

test('the next release does not keep the one before the last warm', () => {
  const fleet = baked();
  const third = next(FIRST, [web('3')]);
  runPlan(planOf(early(now(third, fleet))), fleet);
  expect(names(fleet)).toEqual(['shop.web.2.1', 'shop.web.2.2', 'shop.web.3.1', 'shop.web.3.2']);
});

test('what has no ports is not kept warm: two colours would do the same work twice', () => {
  const work = (version: string) => [service('work', { image: `work:${version}`, bakeMs: 10 * MINUTE })];
  const first = world({ services: work('1') });
  const fleet = deployed(first);
  runPlan(planOf(now(next(first, work('2')), fleet)), fleet);
  expect(names(fleet)).toEqual(['shop.work.2.1']);
});

test('a replica that is replaced in its own release is not kept warm, since no record says for how long', () => {
  const fleet = deployed(FIRST);
  const [machine] = [...fleet.machines.values()].filter(({ containers }) => containers.has('shop.web.1.1'));
  const one = machine?.containers.get('shop.web.1.1');
  if (one !== undefined) machine?.containers.set(one.name, { ...one, health: 'unhealthy' });
  runPlan(planOf(early(now(FIRST, fleet))), fleet);
  expect(names(fleet)).toEqual(['shop.web.1.1-2', 'shop.web.1.2']);
  expect(planOf(early(now(FIRST, fleet))).steps).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { running, service, world } from '../../../support/compile/worlds.ts';

const shop = (api: string, web: string) => [
  service('api', { image: `api:${api}`, ports: ['8080'] }),
  service('web', { image: `web:${web}`, ports: ['80'] }),
];
const FIRST = world({ services: shop('1', '1') });
/** Both are new in the files; only api is deployed. */
const SECOND = next(FIRST, shop('2', '2'));
const heal = { kind: 'heal', order: NO_ORDER } as const;

function deployApi(fleet: Simulator): void {
  const base = fleet.bodies.get(1);
  if (base === undefined) throw new Error('no body');
  const question: Question = { ...now(SECOND, fleet), intent: { kind: 'deploy', services: ['api'] }, base };
  runPlan(planOf(question), fleet);
}

test('a deploy of one service records the others as they were deployed last, so that a repair brings nothing new in', () => {
  const fleet = deployed(FIRST);
  deployApi(fleet);
  expect(planOf(asked(SECOND, fleet, heal)).steps).toEqual([]);
  for (const machine of fleet.machines.values()) machine.containers.delete('shop.web.1.1');
  const plan = planOf(asked(SECOND, fleet, heal));
  expect(plan.services.find((one) => one.service === 'web')?.image).toContain('web:1@');
});

test('a service that is deployed alone brings its new version in for repairs, too', () => {
  const fleet = deployed(FIRST);
  deployApi(fleet);
  for (const machine of fleet.machines.values()) machine.containers.delete('shop.api.2.1');
  expect(planOf(asked(SECOND, fleet, heal)).services.find((one) => one.service === 'api')?.image).toContain('api:2@');
});

test('an image whose name means another one now stays what it was for services that are not deployed', () => {
  const fleet = deployed(FIRST);
  const moved = { ...FIRST.observed.images['web:1'], digest: 'sha256:0'.padEnd(71, '0') };
  const images = { ...SECOND.observed.images, 'web:1': moved } as Question['observed']['images'];
  const base = fleet.bodies.get(1);
  if (base === undefined) throw new Error('no body');
  const question = next(FIRST, shop('2', '1'), { ...fleet.observed(), images });
  const observed = { ...question.observed, images: { ...question.observed.images, ...images } };
  runPlan(planOf({ ...question, observed, intent: { kind: 'deploy', services: ['api'] }, base }), fleet);
  for (const machine of fleet.machines.values()) {
    const one = machine.containers.get('shop.web.1.1');
    if (one !== undefined) machine.containers.set(one.name, { ...running(one.name), ...one, state: 'dead' });
  }
  const plan = planOf(asked(question, fleet, heal));
  const image = plan.services.find((one) => one.service === 'web')?.image;
  expect(image).toBe(`web:1@${FIRST.observed.images['web:1']?.digest}`);
});

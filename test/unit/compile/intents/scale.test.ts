import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf, tryPlan } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { running, service, world } from '../../../support/compile/worlds.ts';

const SHOP = world({
  hosts: 4,
  services: [service('api', { replicas: 2, ports: ['8080'] }), service('web', { replicas: 3, ports: ['80'] })],
});

const scale = (replicas: Readonly<Record<string, number>>) => ({ kind: 'scale', replicas }) as const;

function moves({ services }: Plan): string[] {
  return services.flatMap(({ starts, stops }) => [
    ...starts.map(({ replica }) => `+ ${replica}`),
    ...stops.map(({ replica }) => `- ${replica}`),
  ]);
}

test('more replicas of one service start in its own release, and nobody else is touched', () => {
  const fleet = deployed(SHOP);
  const plan = planOf(asked(SHOP, fleet, scale({ web: 5 })));
  expect(plan.release).toBe(1);
  expect(moves(plan)).toEqual(['+ shop.web.1.4', '+ shop.web.1.5']);
  runPlan(plan, fleet);
  expect(planOf(asked(SHOP, fleet, scale({ web: 5 }))).steps).toEqual([]);
});

test('fewer replicas go, the highest slots first; back up again the names are free', () => {
  const fleet = deployed(SHOP);
  runPlan(planOf(asked(SHOP, fleet, scale({ web: 12 }))), fleet);
  const down = planOf(asked(SHOP, fleet, scale({ web: 3 })));
  expect(moves(down).every((text) => text.startsWith('- shop.web.'))).toBe(true);
  expect(moves(down)).toHaveLength(9);
  runPlan(down, fleet);
  expect(moves(planOf(asked(SHOP, fleet, scale({ web: 4 }))))).toEqual(['+ shop.web.1.4']);
});

test('what was scaled stays scaled for a repair, and a deploy from files asks for its own number again', () => {
  const fleet = deployed(SHOP);
  runPlan(planOf(asked(SHOP, fleet, scale({ web: 5 }))), fleet);
  const order = { absences: {}, distrusted: [], held: [], avoided: [] };
  expect(planOf(asked(SHOP, fleet, { kind: 'heal', order })).steps).toEqual([]);
  const again = planOf(now(SHOP, fleet));
  expect(moves(again)).toEqual(['- shop.web.1.4', '- shop.web.1.5']);
});

test('an unhealthy replica of another service is not touched by a scale', () => {
  const fleet = deployed(SHOP);
  for (const machine of fleet.machines.values()) {
    for (const [name, one] of machine.containers)
      if (one.service === 'api') machine.containers.set(name, { ...running(name), ...one, health: 'unhealthy' });
  }
  expect(moves(planOf(asked(SHOP, fleet, scale({ web: 4 }))))).toEqual(['+ shop.web.1.4']);
});

test('a service that is not there, a job, and one of every host can not be scaled, all said at once', () => {
  const question = world({
    services: [service('agent', { mode: 'global' }), service('migrate', { job: 'pre-deploy' }), service('web')],
  });
  const fleet = deployed(question);
  const refused = asked(question, fleet, scale({ agent: 2, migrate: 2, wbe: 2 }));
  expect(tryPlan(refused)).toBeUndefined();
  expect(() => planOf(refused)).toThrow('agent runs once on every host');
});

test('a deploy from files keeps the number of a service that is scaled by load or calendar, within its bounds', () => {
  const policy = { min: 2, max: 6, cpuShare: 0.7, upAfterMs: 0, downAfterMs: 0, windows: [] };
  const web = (scaled: typeof policy) => service('web', { replicas: 3, ports: ['80'], scale: scaled });
  const question = world({ hosts: 4, services: [web(policy)] });
  const fleet = deployed(question);
  runPlan(planOf(asked(question, fleet, scale({ web: 5 }))), fleet);
  expect(planOf(now(question, fleet)).steps).toEqual([]);
  const tighter = next(question, [web({ ...policy, max: 4 })]);
  expect(moves(planOf(now(tighter, fleet)))).toEqual(['- shop.web.1.5']);
});

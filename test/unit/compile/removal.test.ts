import { expect, test } from 'vitest';
import type { Question } from '../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../support/compile/deployed.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import type { Simulator } from '../../support/compile/simulator.ts';
import { service, world } from '../../support/compile/worlds.ts';

const SERVICES = [
  service('web', { replicas: 2, ports: ['80'], ingress: [{ host: 'a.test' }] }),
  service('db', { volumes: ['data'] }),
];
const SHOP = world({ services: SERVICES });

function removing(fleet: Simulator, volumes: boolean, question: Question = SHOP): Question {
  return { ...now(question, fleet), intent: { kind: 'remove', volumes } };
}

/** What is left on all hosts. */
function left(fleet: Simulator): string[] {
  return [...fleet.machines.values()].flatMap(({ containers, networks, volumes, current, generations, releases }) =>
    [containers, networks, volumes, current, generations, releases].flatMap((one) => [...one.keys()]),
  );
}

test('remove takes the app out of the routers, then its containers, networks and records; volumes only when asked', () => {
  const fleet = deployed(SHOP);
  runPlan(planOf(removing(fleet, false)), fleet, { choose: seeded(7) });
  expect(left(fleet)).toEqual(['data']);
  expect(fleet.audit.at(-1)).toContain('"what":"remove"');
  const again = deployed(SHOP);
  runPlan(planOf(removing(again, true)), again);
  expect(left(again)).toEqual([]);
  expect(planOf(removing(again, true)).steps).toEqual([]);
});

test('killed at any step, remove goes on where it was', () => {
  const steps = planOf(removing(deployed(SHOP), true)).steps.length;
  for (let kill = 0; kill < steps; kill++) {
    const fleet = deployed(SHOP);
    runPlan(planOf(removing(fleet, true)), fleet, { killAfter: kill });
    runPlan(planOf(removing(fleet, true)), fleet);
    expect(
      left(fleet).filter((name) => !name.startsWith('shop.')),
      `killed after ${kill} steps`,
    ).toEqual([]);
  }
});

test('remove leaves networks and containers of an app whose name begins alike', () => {
  const fleet = deployed(SHOP);
  const other = world({ services: [service('web', { ports: ['80'] })] });
  const eu = now({ ...other, playbook: { ...other.playbook, app: 'shop-eu' } }, fleet);
  runPlan(planOf(eu), fleet);
  runPlan(planOf(removing(fleet, true)), fleet);
  expect(planOf(now(eu, fleet)).steps.map(({ id }) => id)).toEqual([]);
});

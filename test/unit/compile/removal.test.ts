import { expect, test } from 'vitest';
import { lastRecord, type Question } from '../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../support/compile/deployed.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import type { Simulator } from '../../support/compile/simulator.ts';
import { host, service, world } from '../../support/compile/worlds.ts';

const SERVICES = [
  service('web', { replicas: 2, ports: ['80'], ingress: [{ host: 'a.test' }] }),
  service('db', { volumes: ['data'] }),
];
const SHOP = world({ services: SERVICES });

function removing(fleet: Simulator, volumes: boolean, question: Question = SHOP): Question {
  return { ...now(question, fleet), intent: { kind: 'remove', volumes } };
}

/** What is left on all hosts, but for the record of the removal. */
function left(fleet: Simulator): string[] {
  return [...fleet.machines.values()].flatMap(({ containers, networks, volumes, current, generations, releases }) => [
    ...[containers, networks, volumes, current, generations].flatMap((one) => [...one.keys()]),
    ...[...releases.values()].flat().flatMap(({ app, removed }) => (removed === true ? [] : [app])),
  ]);
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

test('what the steps of a removal wait for grows with hosts and replicas, not with their product', () => {
  const needs = (count: number): number => {
    const hosts = Array.from({ length: count }, (_, index) =>
      host(`vm${index + 1}`, { roles: index === 0 ? ['edge', 'worker'] : ['worker'] }),
    );
    const large = world({ hosts, services: [service('web', { replicas: 4 * count, ports: ['80'] })] });
    const { steps } = planOf(removing(deployed(large), false, large));
    return steps.reduce((all, step) => all + step.needs.length, 0);
  };
  expect(needs(16) / needs(8)).toBeLessThan(2.1);
});

const EDGES = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2', { roles: ['edge', 'worker'] }), host('vm3')];
const WIDE = world({ hosts: EDGES, services: SERVICES });

/** Release 1, removed while vm2, a keeper that runs a replica, was silent. */
function removedWithoutVm2(): Simulator {
  const fleet = deployed(WIDE);
  fleet.machine('vm2').isSilent = true;
  const plan = planOf(removing(fleet, false, WIDE));
  expect(plan.warnings.map(({ code }) => code)).toEqual(['W_HOST_SILENT']);
  runPlan(plan, fleet);
  fleet.machine('vm2').isSilent = false;
  return fleet;
}

test('a keeper that was silent while the app was removed does not bring it back, and is cleaned when it is seen', () => {
  const fleet = removedWithoutVm2();
  expect(recordsOn(fleet)).toEqual({ vm1: ['2 removed'], vm2: ['1'], vm3: [] });
  expect(lastRecord('shop', fleet.observed())).toMatchObject({ release: 2, removed: true });
  runPlan(planOf(removing(fleet, false, WIDE)), fleet);
  expect(recordsOn(fleet)).toEqual({ vm1: ['2 removed'], vm2: ['2 removed'], vm3: [] });
  expect(left(fleet)).toEqual(['data']);
  expect(planOf(removing(fleet, false, WIDE)).steps).toEqual([]);
});

test('a deploy after a removal goes on from its number and clears what is void', () => {
  const fleet = removedWithoutVm2();
  const plan = planOf(now(WIDE, fleet));
  expect([plan.previous, plan.release]).toEqual([2, 3]);
  runPlan(plan, fleet);
  expect(recordsOn(fleet)).toEqual({ vm1: ['2 removed', '3'], vm2: ['3'], vm3: [] });
  expect(planOf(now(WIDE, fleet)).steps).toEqual([]);
});

test('a removal takes no number that containers of an abandoned run carry', () => {
  const fleet = deployed(WIDE);
  const next = world({ hosts: EDGES, services: [service('web', { replicas: 3, image: 'web:2', ports: ['80'] })] });
  const plan = planOf(now(next, fleet));
  runPlan(plan, fleet, { killAfter: plan.steps.findIndex(({ action }) => action.kind === 'start') + 1 });
  runPlan(planOf(removing(fleet, false, WIDE)), fleet);
  expect(recordsOn(fleet)).toEqual({ vm1: ['3 removed'], vm2: ['3 removed'], vm3: [] });
});

/** Records by host, as "RELEASE" or "RELEASE removed". */
function recordsOn(fleet: Simulator): Record<string, string[]> {
  const all = [...fleet.machines].map(([name, { releases }]) => [
    name,
    (releases.get('shop') ?? []).map(({ release, removed }) => `${release}${removed === true ? ' removed' : ''}`),
  ]);
  return Object.fromEntries(all);
}

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

test('killed at any step after the first, what is on record is the removal: a watcher finishes it', () => {
  const steps = planOf(removing(deployed(SHOP), false)).steps.length;
  for (let kill = 1; kill < steps; kill++) {
    const fleet = deployed(SHOP);
    runPlan(planOf(removing(fleet, false)), fleet, { killAfter: kill });
    expect(lastRecord('shop', fleet.observed()), `killed after ${kill} steps`).toMatchObject({ removed: true });
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

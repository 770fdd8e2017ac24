import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { compile, type Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { now, planOf, tryDeployed, tryPlan } from '../../support/compile/deployed.ts';
import { endState } from '../../support/compile/end-state.ts';
import { Watch } from '../../support/compile/invariants.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import { Simulator } from '../../support/compile/simulator.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const RUNS = { numRuns: Number(process.env.RUNS ?? 10), endOnFailure: process.env.RUNS !== undefined };

/** A step of a plan, all alike likely: fast-check alone prefers small numbers. */
const anywhere = fc.noBias(fc.nat());

test('killed at any step of the first deploy, the same command ends as if it had not been killed', () => {
  fc.assert(
    fc.property(scenarios, anywhere, fc.boolean(), ({ first, seed }, kill, halfDone) => {
      const calm = tryDeployed(first);
      if (calm === undefined) return;
      const fleet = new Simulator(first);
      const plan = planOf(first);
      runPlan(plan, fleet, { choose: seeded(seed), killAfter: kill % plan.steps.length, halfDone });
      const again = planOf(now(first, fleet));
      const watch = new Watch(again, first.playbook.services, fleet);
      runPlan(again, fleet, { choose: seeded(seed + 1), look: (step) => watch.look(step) });
      expect(endState(fleet, 'shop')).toEqual(endState(calm, 'shop'));
      expect(planOf(now(first, fleet)).steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

test('killed at any step of an update, somebody serves, and the same command ends as if it had not been killed', () => {
  fc.assert(
    fc.property(scenarios, anywhere, fc.boolean(), ({ first, second, seed }, kill, halfDone) => {
      const fleet = tryDeployed(first);
      const plan = fleet === undefined ? undefined : tryPlan(now(second, fleet));
      if (fleet === undefined || plan === undefined || plan.steps.length === 0) return;
      const calm = new Simulator(now(second, fleet));
      runPlan(plan, calm);
      runPlan(plan, fleet, { choose: seeded(seed), killAfter: kill % plan.steps.length, halfDone });
      const again = unlessNoRoom(now(second, fleet));
      if (again === undefined) return;
      const watch = new Watch(again, second.playbook.services, fleet);
      runPlan(again, fleet, { choose: seeded(seed + 1), look: (step) => watch.look(step) });
      expect(endState(fleet, 'shop')).toEqual(endState(calm, 'shop'));
      expect(planOf(now(second, fleet)).steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

test('a failure at any step before the commit brings back the router files and the containers of before', () => {
  fc.assert(
    fc.property(scenarios, anywhere, fc.boolean(), ({ first, second, seed }, at, isApplied) => {
      const fleet = tryDeployed(first);
      const plan = fleet === undefined ? undefined : tryPlan(now(second, fleet));
      if (fleet === undefined || plan === undefined || plan.steps.length === 0) return;
      const steps = plan.steps.findIndex(({ action }) => action.kind === 'commit');
      const before = whatServes(fleet);
      runPlan(plan, fleet, { choose: seeded(seed), failAt: at % (steps + 1), failure: isApplied ? 'late' : 'early' });
      expect(whatServes(fleet)).toEqual(before);
    }),
    RUNS,
  );
});

/** The plan; undefined when a job needs a service that has no room beside what runs, which a person has to decide. */
function unlessNoRoom(question: Question): Plan | undefined {
  const compiled = compile(question);
  const isRefused = !compiled.ok && compiled.problems.every(({ message }) => message.includes('no room beside'));
  return isRefused ? undefined : planOf(question);
}

/** What routers have loaded and which containers run, by host. */
function whatServes(fleet: Simulator): unknown {
  return [...fleet.machines].map(([host, { containers, carried, loaded, current }]) => ({
    host,
    carried: [...carried].sort(),
    running: [...containers.values()]
      .filter(({ state }) => state === 'running')
      .map(({ name, spec }) => `${name} ${spec}`)
      .sort(),
    left: [...containers.values()].filter(({ state }) => state !== 'running').map(({ name }) => name),
    loaded: [[...loaded.http.values()].map(({ generation }) => generation), ...current],
    // TCP and UDP are reloaded only when their text changes.
    stream: [...loaded.stream.values()]
      .map(({ files }) => files['stream.conf']?.replace(/^.*\n/, '') ?? '')
      .filter((text) => text !== ''),
  }));
}

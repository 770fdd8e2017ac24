import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, type Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { type Scenario, scenarios } from '../../support/compile/arbitrary-worlds.ts';
import { Watch } from '../../support/compile/invariants.ts';
import { runPlan, seeded } from '../../support/compile/run-plan.ts';
import { Simulator } from '../../support/compile/simulator.ts';

const RUNS = { numRuns: Number(process.env.RUNS ?? 40) };

function planOf(question: Question): Plan | undefined {
  const compiled = compile(question);
  return compiled.ok ? compiled.plan : undefined;
}

/** The question with what the simulated hosts report now. */
function now(question: Question, fleet: Simulator): Question {
  return { ...question, observed: fleet.observed(question.observed.images) };
}

/** A fleet on which the first release runs; undefined when it does not fit. */
function deployed({ first, seed }: Scenario): Simulator | undefined {
  const plan = planOf(first);
  if (plan === undefined) return undefined;
  const fleet = new Simulator(first);
  runPlan(plan, fleet, { choose: seeded(seed) });
  return fleet;
}

test('running a plan leaves nothing to plan', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const fleet = deployed(scenario);
      if (fleet === undefined) return;
      expect(planOf(now(scenario.first, fleet))?.steps.map(({ id }) => id)).toEqual([]);
      const plan = planOf(now(scenario.second, fleet));
      if (plan === undefined) return;
      runPlan(plan, fleet, { choose: seeded(scenario.seed + 1) });
      expect(planOf(now(scenario.second, fleet))?.steps.map(({ id }) => id)).toEqual([]);
    }),
    RUNS,
  );
});

test('in every order, who served before is served by checked replicas, and blue stops only when nobody knows it', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const fleet = deployed(scenario);
      if (fleet === undefined) return;
      const plan = planOf(now(scenario.second, fleet));
      if (plan === undefined) return;
      const watch = new Watch(plan, scenario.second.playbook.services, fleet);
      runPlan(plan, fleet, { choose: seeded(scenario.seed + 1), look: (step) => watch.look(step) });
    }),
    RUNS,
  );
});

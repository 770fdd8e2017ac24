/** Short ways to compile and run in tests. */
import { compile, type Question } from '../../../src/compile/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { type RunOptions, runPlan } from './run-plan.ts';
import { Simulator } from './simulator.ts';

/** The plan; undefined when there is none. */
export function tryPlan(question: Question): Plan | undefined {
  const compiled = compile(question);
  return compiled.ok ? compiled.plan : undefined;
}

/** The plan. Throws the first problem when there is none. */
export function planOf(question: Question): Plan {
  const compiled = compile(question);
  if (compiled.ok) return compiled.plan;
  throw compiled.problems[0] ?? new Error('no plan and no problem');
}

/** The question with what the simulated hosts report now. */
export function now(question: Question, fleet: Simulator): Question {
  return { ...question, observed: fleet.observed(question.observed.images) };
}

/** A fleet on which the question's plan was carried out. Throws when there is no plan. */
export function deployed(question: Question, options: RunOptions = {}): Simulator {
  const fleet = new Simulator(question);
  runPlan(planOf(question), fleet, options);
  return fleet;
}

/** As `deployed`; undefined when there is no plan. */
export function tryDeployed(question: Question, options: RunOptions = {}): Simulator | undefined {
  return compile(question).ok ? deployed(question, options) : undefined;
}

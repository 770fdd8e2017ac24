/** Short ways to compile and run in tests. */
import { compile, lastRecord, type Question } from '../../../src/compile/index.ts';
import type { ReleaseRecord } from '../../../src/model/observed.ts';
import type { Intent, Plan } from '../../../src/model/plan.ts';
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

/** A change of a release on record: the current one, or for a rollback the one that it names. */
export function asked(question: Question, fleet: Simulator, intent: Intent): Question {
  const { inventory } = question;
  const observed = fleet.observed();
  const { app } = question.playbook;
  const record = recordOf(app, observed, intent.kind === 'rollback' ? intent.to : undefined);
  const body = record === undefined ? undefined : fleet.bodies.get(record.release);
  if (record === undefined || body === undefined) throw new Error('nothing on record');
  return { inventory, playbook: body.playbook, observed, intent, settled: { record, body } };
}

function recordOf(app: string, observed: Question['observed'], release: number | undefined): ReleaseRecord | undefined {
  if (release === undefined) return lastRecord(app, observed);
  const all = Object.values(observed.hosts).flatMap((state) => (state.reachable ? (state.releases[app] ?? []) : []));
  return all.find((one) => one.release === release);
}

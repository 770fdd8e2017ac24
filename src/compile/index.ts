/** compile: inventory + playbook + what is observed + what is asked for -> the plan. Pure; this is where the thinking is. */
import type { FleetError } from '../model/error.ts';
import type { Plan } from '../model/plan.ts';
import type { Assumption, WhatIf } from '../model/what-if.ts';
import { compileChange } from './change.ts';
import { problemsOf, quorum } from './checks.ts';
import type { Compiled } from './compiled.ts';
import { worldOf } from './desire/make-world.ts';
import { mixed } from './desire/partial.ts';
import { selectedServices } from './desire/selection.ts';
import type { World } from './desire/world.ts';
import { finish } from './finish.ts';
import { intentProblems } from './intent-checks.ts';
import { type Posed, pose, type Question, withCounts } from './question.ts';
import { removal } from './removal.ts';
import { capacityAhead } from './scale/capacity.ts';
import { assume, supposed } from './what-if.ts';

/** Compiles. Equal questions give byte-identical plans, whatever the order of their lists and keys. */
export function compile(question: Question): Compiled {
  const { assumptions = [], intent } = question;
  const real = withBase(pose(question));
  const assumed = assume(real, assumptions);
  // Whether enough hosts answer is a matter of what is so.
  const actual = worldOf(real);
  const world = assumed === real ? actual : worldOf({ ...assumed, intent, pins: real.pins });
  const problems = [...quorum(actual), ...intentProblems(real), ...problemsOf(world, intent.kind)];
  const compiled: Compiled = problems.length > 0 ? { ok: false, problems } : compilePosed(real, world);
  if (compiled.ok) return { ok: true, plan: withAhead(compiled.plan, question) };
  return { ok: false, problems: compiled.problems.map((problem: FleetError) => supposed(problem, assumptions)) };
}

/** The plan with what the calendar of the next days asks for: each need is a what-if of its own. */
function withAhead(plan: Plan, { now, ...question }: Question): Plan {
  if (now === undefined || question.intent.kind !== 'deploy' || plan.whatIf !== undefined) return plan;
  const ask = (assumptions: readonly Assumption[]): WhatIf | undefined => {
    const compiled = compile({ ...question, intent: { kind: 'deploy', services: [] }, assumptions });
    return compiled.ok ? compiled.plan.whatIf : undefined;
  };
  return { ...plan, warnings: [...plan.warnings, ...capacityAhead({ playbook: question.playbook, now, ask })] };
}

function compilePosed(real: Posed, world: World): Compiled {
  const { intent } = real;
  if (intent.kind !== 'remove') return compileChange({ real, world, intent });
  return { ok: true, plan: finish(world, intent, removal(world, intent.volumes)) };
}

/** Services that a deploy does not touch come from the last release, not from the files. */
function withBase(posed: Posed): Posed {
  const { base, intent, declared, observed } = posed;
  if (base === undefined || intent.kind !== 'deploy' || intent.services.length === 0) return posed;
  const selected = selectedServices(intent.services, worldOf(posed));
  const { images, ...mix } = mixed({ playbook: declared, images: observed.images }, base, selected);
  return withCounts({ ...posed, ...mix, observed: { ...observed, images } });
}

export type { Compiled } from './compiled.ts';
export { keepersOf } from './context.ts';
export { lostRelease } from './desire/rebuild.ts';
export { lastRecord } from './desire/release.ts';
export { bareNames, type CompiledHosts, compileHosts } from './hosts/compile-hosts.ts';
export type { HostsQuestion } from './hosts/fleet.ts';
export { marksOf } from './hosts/marks.ts';
export { appsOn, type MaintenanceWish, scheduleOf } from './hosts/schedule.ts';
export { assumeEmpty } from './offline.ts';
export type { Question, Release } from './question.ts';

/** One change of the fleet: planned, checked, carried out with all promises watched. */
import { marked } from '../../../src/compile/hosts/marks.ts';
import { compile, lastRecord, type Question } from '../../../src/compile/index.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { Intent, Plan } from '../../../src/model/plan.ts';
import type { Service } from '../../../src/model/playbook.ts';
import { blamedSlots } from '../../../src/watch/blame.ts';
import { carryOut, type Fate, type RunEnd } from './carry-out.ts';
import { checkEnd, checkPlan } from './checks/plan-checks.ts';
import { Promises, type Undertaking } from './checks/promises.ts';
import type { FaultyFleet } from './fleet/fleet.ts';
import { bodyOf } from './on-record.ts';

/** How a change ended: "nothing" was to be done, there was no plan for it, or as its run. */
export interface End extends Omit<RunEnd, 'kind'> {
  readonly kind: RunEnd['kind'] | 'nothing' | 'refused';
  /** "SERVICE.SLOT" of what a run that failed could not start. */
  readonly blamed?: readonly string[];
}

/** What is decided about a run once its plan is known. */
export type Fates = (plan: Plan) => Omit<Fate, 'look'>;

/** Plans and carries out. Throws at the first broken promise. */
export function act(question: Question, fleet: FaultyFleet, fates: Fates): End {
  const compiled = compile(question);
  if (!compiled.ok) {
    const why = compiled.problems.map(({ code, message }) => `${code} ${message}`).join('; ');
    return { kind: 'refused', steps: 0, why };
  }
  const { plan } = compiled;
  if (plan.steps.length === 0) {
    fleet.returned.clear();
    return { kind: 'nothing', steps: 0, why: '' };
  }
  const task = { plan, fleet, services: servicesOf(question, plan), inventory: inventoryOf(question) };
  checkPlan(task, question.intent.kind === 'heal' ? question.intent.order : undefined);
  const fate = fates(plan);
  const end = watched(task, fate);
  if (end.kind === 'done' && fate.strike === undefined) finished(question, task);
  return end.failed === undefined ? end : { ...end, blamed: blamedSlots(plan, [end.failed]) };
}

function watched(task: Undertaking, fate: Omit<Fate, 'look'>): RunEnd {
  const promises = new Promises(task);
  const { strike, ...rest } = fate;
  const happen = (): void => {
    strike?.happen();
    promises.struck();
  };
  const struck = strike === undefined ? {} : { strike: { at: strike.at, happen } };
  return carryOut(task.plan, task.fleet, { ...rest, ...struck, look: (step) => promises.look(step) });
}

/** Whoever was away is back in line, and the same question finds nothing more to do. */
function finished(question: Question, task: Undertaking): void {
  const { fleet, plan } = task;
  fleet.returned.clear();
  // A rebalance stops at so many moves.
  if (question.intent.kind === 'rebalance') return;
  const observed = fleet.observed(question.observed.images);
  const record = lastRecord(plan.app, observed);
  // While the plan ran, the time of those that are kept warm may have ended: that is no matter of this plan.
  const { now = fleet.now } = question;
  const warm = record?.warm === undefined || now >= record.at + record.warm.forMs ? [] : record.warm.replicas;
  checkEnd(task, new Set(warm));
  const { settled, intent } = question;
  const isCurrent = settled !== undefined && record !== undefined && intent.kind !== 'rollback';
  const { inventory } = question;
  const looked = { fleet, inventory, app: plan.app, observed };
  // What was not touched comes from the last release, which is this plan's by now.
  const base = record === undefined ? undefined : bodyOf(looked, record);
  const again = compile({
    ...{ ...question, observed, now },
    ...(question.base === undefined || base === undefined ? {} : { base }),
    ...(isCurrent ? { settled: { ...settled, record } } : {}),
  });
  const left = again.ok ? again.plan.steps.map(({ id }) => id) : again.problems.map(({ message }) => message);
  if (left.length > 0) throw new Error(`after the plan there is still to do: ${left.join(', ')}`);
}

function servicesOf({ playbook }: Question, { services }: Plan): Service[] {
  const counts = new Map(services.map(({ service, replicas }) => [service, replicas]));
  return playbook.services.map((one) => ({ ...one, replicas: counts.get(one.name) ?? one.replicas }));
}

function inventoryOf({ inventory, observed, intent }: Question): Inventory {
  const closed = closedBy(intent);
  const { hosts, ...rest } = marked(inventory, observed);
  return { ...rest, hosts: hosts.map((host) => (closed.includes(host.name) ? { ...host, cordoned: true } : host)) };
}

function closedBy(intent: Intent): readonly string[] {
  if (intent.kind === 'heal') return intent.order.avoided;
  return intent.kind === 'drain' ? [intent.host] : [];
}

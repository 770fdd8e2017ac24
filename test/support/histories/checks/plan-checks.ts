/** What must be true of a plan before it runs, and of the fleet when it is through. */
import type { HealOrder } from '../../../../src/model/heal.ts';
import type { Host } from '../../../../src/model/inventory.ts';
import type { Container } from '../../../../src/model/observed.ts';
import type { Step } from '../../../../src/model/plan.ts';
import type { Constraint, Service } from '../../../../src/model/playbook.ts';
import type { FaultyFleet } from '../fleet/fleet.ts';
import type { Undertaking } from './promises.ts';

/** Throws when a plan asks for what may not be. */
export function checkPlan(task: Undertaking, order: HealOrder | undefined): void {
  const { plan, fleet, inventory } = task;
  const ids = plan.steps.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two steps are called ${twice}`);
  const up = fleet.hostsThatAre('up').length;
  if (ids.length > 0 && up * 2 < fleet.machines.size) throw new Error('a plan with fewer than half of the hosts');
  for (const step of plan.steps) {
    const { action, id, host } = step;
    if (action.kind !== 'start' && action.kind !== 'adopt') continue;
    const slot = `${action.service}.${slotOf(action.replica)}`;
    if (order?.held.includes(slot) === true && !isRunIn(task, slot)) throw new Error(`${id}: ${slot} is held`);
    const declared = inventory.hosts.find(({ name }) => name === host);
    if (action.kind === 'start' && declared !== undefined) checkStart(task, step, declared);
  }
}

/** Where somebody runs who must go, a successor comes first. */
function isRunIn({ fleet }: Undertaking, slot: string): boolean {
  const all = [...fleet.machines.values()].flatMap(({ containers }) => [...containers.values()]);
  const isThere = ({ state }: Container): boolean => state === 'running' || state === 'restarting';
  return all.some((one) => isThere(one) && `${one.service}.${one.slot}` === slot);
}

/** `shop.web.7.2-3` is slot 2. */
function slotOf(replica: string): number {
  return Number.parseInt(replica.split('.')[3] ?? '', 10);
}

function checkStart({ services, fleet }: Undertaking, { id, action }: Step, host: Host): void {
  const service = services.find(({ name }) => action.kind === 'start' && name === action.service);
  if (service === undefined) throw new Error(`${id}: no such service is declared`);
  if (host.cordoned) throw new Error(`${id}: ${host.name} gets nothing new`);
  if (!host.roles.includes('worker')) throw new Error(`${id}: ${host.name} is no worker`);
  if (!service.constraints.every((constraint) => isMet(constraint, host))) throw new Error(`${id}: unmet constraint`);
  const holder = volumesOf(service).flatMap((volume) => holdersOf(fleet, volume))[0];
  if (holder === undefined || isForgotten(fleet, holder, service)) return;
  if (!volumesOf(service).some((volume) => fleet.machine(host.name).volumes.has(volume)))
    throw new Error(`${id}: its volume is on ${holder}`);
}

/** Nobody who answers has it on record, and its host is silent: nothing tells that there is such a volume. */
function isForgotten({ machines }: FaultyFleet, holder: string, { name }: Service): boolean {
  if (machines.get(holder)?.isSilent !== true) return false;
  const records = [...machines.values()].flatMap(({ isSilent, releases }) => (isSilent ? [] : [...releases.values()]));
  return records.flat().every(({ specs }) => specs[name] === undefined);
}

function isMet({ key, operator, value }: Constraint, { labels }: Host): boolean {
  return (labels[key.replace(/^labels\./, '')] === value) === (operator === '==');
}

function volumesOf({ mounts }: Service): string[] {
  return mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
}

function holdersOf({ machines }: FaultyFleet, volume: string): string[] {
  return [...machines].filter(([, { volumes }]) => volumes.has(volume)).map(([host]) => host);
}

/** Throws when two replicas of a slot, or too many on a host, run after a plan that went through. */
export function checkEnd({ plan, fleet, services }: Undertaking, warm: ReadonlySet<string>): void {
  const changed = new Set(plan.services.flatMap(({ service, change }) => (change === 'none' ? [] : [service])));
  for (const service of services.filter(({ name }) => changed.has(name))) {
    const running = [...fleet.machines]
      .filter(([, { isSilent }]) => !isSilent)
      .flatMap(([host, { containers }]) => [...containers.values()].map((container) => ({ host, container })))
      .filter(({ host, container }) => isRunning(container, service) && !warm.has(`${host}/${container.name}`));
    const slots = running.map(({ container }) => container.slot);
    const twice = slots.find((slot, index) => slots.indexOf(slot) !== index);
    const where = running.map(({ host, container }) => `${container.name}@${host}`).join(', ');
    if (service.mode === 'replicated' && twice !== undefined)
      throw new Error(`after the plan: slot ${twice} of ${service.name} runs twice: ${where}`);
  }
}

function isRunning({ service, state, kind }: Container, { name }: Service): boolean {
  return service === name && state === 'running' && kind === 'replica';
}

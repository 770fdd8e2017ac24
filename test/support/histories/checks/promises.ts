/** What no step of any plan may do, whatever happened before: held against the fleet after each step. */
import type { Inventory } from '../../../../src/model/inventory.ts';
import type { Plan, ServiceChange, Step } from '../../../../src/model/plan.ts';
import type { Service } from '../../../../src/model/playbook.ts';
import type { FaultyFleet } from '../fleet/fleet.ts';
import type { View } from '../fleet/views.ts';
import { firstsOf, isBlind, isDouble, isTold, type Moment, momentOf } from './moment.ts';

/** A plan and what it is for. */
export interface Undertaking {
  readonly plan: Plan;
  readonly fleet: FaultyFleet;
  /** As declared by the plan's own release. */
  readonly services: readonly Service[];
  /** With marks; hosts that are avoided count as cordoned. */
  readonly inventory: Inventory;
}

/** Watches one run; throws at the first step that breaks a promise. */
export class Promises {
  readonly #task: Undertaking;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #changes: ReadonlyMap<string, ServiceChange>;
  /** Servers that some router led to when the plan began. */
  readonly #known: ReadonlySet<string>;
  /** Hosts whose files do not say what their nginx goes by. */
  readonly #blind: ReadonlySet<string>;
  /** Hosts that were away when the plan began. */
  readonly #returned: ReadonlySet<string>;
  /** "HOST/NAME" of singletons on hosts that were away and whose successors serve elsewhere. */
  readonly #surplus: ReadonlySet<string>;
  /** Services -> containers in their first slot that ran, where that could be seen, when the plan began. */
  readonly #ran: ReadonlyMap<string, number>;
  /** Blind ones that were away: nobody knows that they may still lead to what is surplus by now. */
  readonly #lost: ReadonlySet<string>;
  #before: Moment;
  #isStruck = false;
  /** Services that lost somebody in the middle of the plan. */
  readonly #stricken = new Set<string>();

  constructor(task: Undertaking) {
    this.#task = task;
    this.#services = new Map(task.services.map((service) => [service.name, service]));
    this.#changes = new Map(task.plan.services.map((change) => [change.service, change]));
    this.#before = momentOf(task);
    this.#blind = new Set([...task.fleet.machines.keys()].filter((host) => isBlind(task, host)));
    this.#returned = new Set(task.fleet.returned);
    this.#lost = new Set([...this.#blind].filter((host) => this.#returned.has(host)));
    this.#surplus = new Set(this.#surplusOf(this.#before));
    this.#ran = new Map(task.services.map(({ name }) => [name, firstsOf(task.fleet, name)]));
    this.#known = new Set([...this.#before.views.values()].flatMap(({ servers }) => servers));
  }

  /** Something that is no step of the plan happened: what it broke is not the plan's. */
  struck(): void {
    const before = this.#before;
    this.#before = momentOf(this.#task);
    this.#isStruck = true;
    // Nobody looks again at whoever was checked and is not in any router yet.
    const isUp = (key: string): boolean => this.#task.fleet.standing(key.split('/')[0] ?? '') === 'up';
    const lost = [...before.answering].filter((key) => !this.#before.answering.has(key) || !isUp(key));
    for (const key of lost) this.#stricken.add(key.split('.')[1] ?? '');
    for (const [key, { service, working }] of before.views)
      if (working.length > (this.#before.views.get(key)?.working.length ?? 0)) this.#stricken.add(service);
  }

  look(step: Step): void {
    if (SILENT_STEPS.has(step.action.kind)) return;
    const before = this.#before;
    const now = momentOf(this.#task);
    for (const [key, view] of before.views) this.#goesOnServing(view, now.views.get(key), step);
    for (const [key, view] of now.views) this.#leadsToTheRight(view, before.views.get(key), step);
    for (const [service, count] of before.idle) this.#goesOnRunning(service, [count, now.idle.get(service) ?? 0], step);
    if (step.action.kind === 'stop' || step.action.kind === 'sweep') this.#isOutOfUse(step, before);
    if (step.action.kind === 'switch') this.#isFenced(step);
    if (step.action.kind === 'start' || this.#isAdoptedFreely(step)) this.#fits(step);
    this.#isAlone(step);
    this.#before = now;
  }

  #goesOnServing(was: View, now: View | undefined, step: Step): void {
    if (was.isEarly || this.#mayPause(was.service) || this.#lost.has(was.router)) return;
    for (const how of ['working', 'answering'] as const) {
      const [first] = was[how];
      if (first === undefined || (now?.[how].length ?? 0) > 0) continue;
      if (this.#isSurplusAtHome(was, step) || this.#isLeftBehind(was.service, first)) continue;
      if (this.#isReplacedInPlace(was.service) && was[how].every((key) => !was.named.includes(key))) continue;
      throw new Error(`after ${step.id}: nobody who is ${how} serves ${was.service} from ${was.router}, ${first} did`);
    }
  }

  /** Never two of a singleton is above always one, for the one host that was away and has the surplus one. */
  #isSurplusAtHome({ router, service, answering }: View, { action, host }: Step): boolean {
    if (host !== router || !this.#isSingle(service)) return false;
    const isLedBack = action.kind === 'switch' && this.#returned.has(router);
    return action.kind === 'sweep' || (isLedBack && answering.every((key) => key.startsWith(`${router}/`)));
  }

  /** Who deploys is told that a silent host is taken as gone: what there is to be one of may not be reached in two places. */
  #isLeftBehind(service: string, key: string): boolean {
    const { fleet, plan } = this.#task;
    const isGone = fleet.standing(key.split('/')[0] ?? '') !== 'up';
    return isGone && this.#isSingle(service) && (plan.intent.kind === 'deploy' || plan.intent.kind === 'rollback');
  }

  #isSingle(service: string): boolean {
    const declared = this.#services.get(service);
    return declared?.mode === 'replicated' && declared.replicas === 1;
  }

  /** Services that leave, that nobody runs any more, or whose pause the plan announces. */
  #mayPause(service: string): boolean {
    const declared = this.#services.get(service);
    const change = this.#changes.get(service);
    const isOneInPlace = this.#isSingle(service) && this.#isReplacedInPlace(service);
    if (declared?.rollout.kind === 'recreate' || isOneInPlace || this.#stricken.has(service)) return true;
    if (declared === undefined || change === undefined || declared.replicas === 0) return true;
    if (declared.mode === 'global' && change.replicas === 0) return true;
    return change.notes.some(
      (note) => /^(recreate|stop-first): a pause/.test(note) || note.includes('stops before its successor starts'),
    );
  }

  /** A successor takes over the ports: routers that were not told of it lead to it under its predecessor's name. */
  #isReplacedInPlace(service: string): boolean {
    const rollout = this.#services.get(service)?.rollout;
    return rollout?.kind === 'rolling' && rollout.order === 'stop-first';
  }

  #leadsToTheRight(view: View, was: View | undefined, step: Step): void {
    const { router, service, servers, strangers, answering } = view;
    const when = `after ${step.id}: ${router} leads ${service}`;
    if (this.#task.fleet.returned.has(router)) return;
    const [stranger] = strangers;
    if (stranger !== undefined && was?.strangers.includes(stranger) !== true) throw new Error(`${when} to ${stranger}`);
    if (this.#isSingle(service) && isDouble(view) && (was === undefined || !isDouble(was)))
      throw new Error(`${when} to two at once: ${answering.join(', ')}`);
    if (this.#isStruck || step.action.kind !== 'switch') return;
    const fresh = servers.filter((server) => was?.servers.includes(server) !== true && !this.#known.has(server));
    const dead = view.dead.find((server) => fresh.includes(server) && !this.#isWaitedFor(server));
    if (dead !== undefined && !view.isEarly) throw new Error(`${when} to ${dead}, where nobody answers`);
  }

  /** What Docker starts again, what is left alone for now or is on a silent host keeps its place in the routers. */
  #isWaitedFor(server: string): boolean {
    const [address, port] = server.split(':');
    const { machines } = this.#task.fleet;
    const there = [...machines.values()].filter((machine) => machine.address === address);
    if (there.some(({ isSilent }) => isSilent)) return true;
    return there
      .flatMap(({ containers }) => [...containers.values()])
      .some(({ state, ports }) => state !== 'running' && ports.some(({ hostPort }) => String(hostPort) === port));
  }

  #goesOnRunning(service: string, [was, now]: readonly [number, number], step: Step): void {
    if (was === 0 || now > 0 || this.#isStruck || this.#mayPause(service)) return;
    throw new Error(`after ${step.id}: none of ${service} runs`);
  }

  /** Whoever answers may stop only when no router leads to it, and no old worker of one may still send it anything. */
  #isOutOfUse(step: Step, { views, answering }: Moment): void {
    const { fleet, plan } = this.#task;
    const { action, host } = step;
    const replica =
      action.kind === 'stop' ? action.replica : action.kind === 'sweep' ? `${plan.app}.${action.what}` : '';
    const key = `${host}/${replica}`;
    const service = replica.split('.')[1] ?? '';
    if (this.#isReplacedInPlace(service) || this.#mayPause(service)) return;
    const user = [...views.values()].find(
      (view) =>
        !view.isEarly &&
        view.answering.includes(key) &&
        !this.#blind.has(view.router) &&
        !this.#isSurplusAtHome(view, step),
    );
    if (user !== undefined) throw new Error(`after ${step.id}: ${user.router} still sends it traffic`);
    if (!answering.has(key)) return;
    for (const [router, machine] of fleet.machines) {
      if (this.#lost.has(router) || (router === host && this.#isSingle(service))) continue;
      if (!machine.isSilent && machine.leaving.has(key) && this.#services.get(service)?.ports.length !== 0)
        throw new Error(`after ${step.id}: old workers of ${router} may still know it`);
    }
  }

  /** Singletons of a host that is back are gone before any router is switched. */
  #isFenced({ id }: Step): void {
    const { fleet } = this.#task;
    const left = [...this.#surplus].find((key) => fleet.container(key)?.state === 'running');
    if (left !== undefined && !this.#isStruck)
      throw new Error(`after ${id}: ${left} still runs, and is elsewhere by now`);
  }

  /** Known to the router beside it alone, while the others lead to one like it that works. */
  #surplusOf({ views }: Moment): string[] {
    const { fleet, plan } = this.#task;
    if (plan.intent.kind !== 'heal' || this.#lost.size > 0) return [];
    return [...views.values()].flatMap(({ router, service, answering }) => {
      const [key] = answering;
      if (key === undefined || !this.#returned.has(router) || !key.startsWith(`${router}/`)) return [];
      // By early files nobody was checked yet: of two, that one may go as well.
      const others = [...views.values()].filter(
        (view) => view.service === service && view.router !== router && !view.isEarly,
      );
      const isAlone = [...fleet.machines.keys()].every((host) => host === router || !isTold(fleet, host, key));
      // Those in higher slots are of a time when there were more of it: they go themselves.
      const isAlike = (other: string): boolean => {
        const [mine, its] = [fleet.container(key), fleet.container(other)];
        return its?.slot === 1 && its.spec === mine?.spec;
      };
      const hasSuccessor = others.some(({ working, named, router: from }) =>
        working.some((one) => one !== key && named.includes(one) && !one.startsWith(`${from}/`) && isAlike(one)),
      );
      return this.#isSingle(service) && isAlone && hasSuccessor ? [key] : [];
    });
  }

  /** A singleton whose replicas go one after the other never runs twice where that can be seen. */
  #isAlone({ id, action }: Step): void {
    const service = action.kind === 'start' || action.kind === 'adopt' ? action.service : '';
    const rollout = this.#services.get(service)?.rollout.kind;
    if (!this.#isSingle(service) || (rollout !== 'recreate' && !this.#isReplacedInPlace(service))) return;
    const now = firstsOf(this.#task.fleet, service);
    if (now > Math.max(1, this.#ran.get(service) ?? 0) && !this.#isStruck)
      throw new Error(`after ${id}: ${now} of ${service} run`);
  }

  /** What can go nowhere else is started again on a full host, too. */
  #isAdoptedFreely({ action }: Step): boolean {
    const service = action.kind === 'adopt' ? this.#services.get(action.service) : undefined;
    return service !== undefined && service.mode !== 'global' && !service.mounts.some(({ kind }) => kind === 'volume');
  }

  #fits({ id, host }: Step): void {
    const { fleet, inventory } = this.#task;
    const { containers, report } = fleet.machine(host);
    const room = inventory.hosts.find(({ name }) => name === host)?.capacity.memoryBytes ?? report.memoryBytes;
    const used = [...containers.values()]
      .filter(({ state, kind }) => kind === 'replica' && state !== 'exited')
      .reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    if (used > room) throw new Error(`after ${id}: ${used} of ${room} bytes are reserved on ${host}`);
  }
}

/** Steps after which all is as it was before, for whoever calls a service. */
const SILENT_STEPS: ReadonlySet<string> = new Set([
  'pull',
  'probe',
  'lay',
  'confirm',
  'verify',
  'commit',
  'gate',
  'hold',
]);

import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { type HealOrder, NO_ORDER } from '../../../../src/model/heal.ts';
import type { Upstream } from '../../../../src/model/observed.ts';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { host, service, world } from '../../../support/compile/worlds.ts';

const HOSTS = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2'), host('vm3'), host('vm4')];
/** Not where the records are. */
const ELSEWHERE = [{ key: 'hostname', operator: '!=', value: 'vm1' }] as const;

function heal(question: Question, fleet: Simulator, order: Partial<HealOrder> = {}): Plan {
  return planOf(asked(question, fleet, { kind: 'heal', order: { ...NO_ORDER, ...order } }));
}

function homeOf(fleet: Simulator, name: string): string {
  const found = [...fleet.machines].find(([, { containers }]) => containers.has(name));
  if (found === undefined) throw new Error(`no ${name}`);
  return found[0];
}

/** Whom the router of a host sends traffic of a service to. */
function served(fleet: Simulator, router: string, name: string): string[] {
  const upstreams: readonly Upstream[] = fleet.loaded(router, 'shop')?.services[name]?.upstreams ?? [];
  return upstreams.filter(({ away }) => away === undefined).map((one) => `${one.container}@${one.host}`);
}

function moves({ services }: Plan): string[] {
  return services.flatMap(({ starts, stops }) => [
    ...starts.map(({ replica, host: at }) => `+ ${replica}@${at}`),
    ...stops.map(({ replica, host: at }) => `- ${replica}@${at}`),
  ]);
}

/** A singleton that can not be on the keeper, so that its host can be lost. */
const COUNTER = world({
  hosts: HOSTS.slice(0, 3),
  services: [service('counter', { ports: ['9000/tcp'], constraints: ELSEWHERE })],
});

test('wherever the move of a singleton is cut off, and its host serves after all, each router leads to one of it', () => {
  const { steps } = movePlan(deployed(COUNTER));
  for (let kill = 0; kill < steps.length; kill++) {
    const fleet = deployed(COUNTER);
    const home = homeOf(fleet, 'shop.counter.1.1');
    runPlan(movePlan(fleet), fleet, { killAfter: kill });
    runPlan(heal(COUNTER, fleet, { absences: { [home]: 'serving' } }), fleet);
    for (const router of ['vm1', 'vm2', 'vm3'].filter((name) => name !== home))
      expect(served(fleet, router, 'counter'), `killed after ${kill} steps, ${router}`).toHaveLength(1);
  }
});

function movePlan(fleet: Simulator): Plan {
  const home = homeOf(fleet, 'shop.counter.1.1');
  fleet.machine(home).isSilent = true;
  runPlan(heal(COUNTER, fleet), fleet);
  return heal(COUNTER, fleet, { absences: { [home]: 'gone' } });
}

test('a service of every host keeps the slot of a host that is gone, without any traffic', () => {
  const question = world({ hosts: HOSTS, services: [service('agent', { mode: 'global', ports: ['80'] })] });
  const fleet = deployed(question);
  fleet.machine('vm3').isSilent = true;
  runPlan(heal(question, fleet, { absences: { vm3: 'gone' } }), fleet);
  const upstreams = fleet.loaded('vm1', 'shop')?.services.agent?.upstreams ?? [];
  expect(upstreams.map(({ host: at, away }) => [at, away === true])).toEqual([
    ['vm1', false],
    ['vm2', false],
    ['vm3', true],
    ['vm4', false],
  ]);
});

test('what is recreated is started again by a repair only when nobody runs in its place', () => {
  const first = world({ hosts: HOSTS, services: [service('db', { ports: ['5432/tcp'], volumes: ['data'] })] });
  const second = next(first, [service('db', { image: 'db:2', ports: ['5432/tcp'], volumes: ['data'] })]);
  const { steps } = planOf(now(second, deployed(first)));
  const commit = steps.findIndex(({ action }) => action.kind === 'commit');
  for (let kill = 0; kill < commit; kill++) {
    const fleet = deployed(first);
    runPlan(planOf(now(second, fleet)), fleet, { killAfter: kill });
    runPlan(heal(first, fleet), fleet);
    expect(runningImages(fleet), `killed after ${kill} steps`).toEqual(['db:1']);
  }
});

function runningImages({ machines }: Simulator): string[] {
  const all = [...machines.values()].flatMap(({ containers }) => [...containers.values()]);
  return all.filter(({ state }) => state === 'running').map(({ image }) => image.split('@')[0] ?? '');
}

test('with the only wanted slot on a host that is away, the surplus replica that serves stays until that one is back', () => {
  const question = world({ hosts: HOSTS, services: [service('web', { replicas: 2, ports: ['80'], maxPerHost: 1 })] });
  const fleet = deployed({ ...question, inventory: cordoned(question, ['vm1', 'vm4']) });
  const [away, other] = ['shop.web.1.1', 'shop.web.1.2'].map((name) => homeOf(fleet, name));
  if (away === undefined || other === undefined) throw new Error('nothing runs');
  fleet.machine(away).isSilent = true;
  runPlan(heal(question, fleet), fleet);
  const scale = { kind: 'scale', replicas: { web: 1 } } as const;
  runPlan(planOf(asked(question, fleet, scale)), fleet);
  expect(served(fleet, 'vm1', 'web')).toEqual([`shop.web.1.2@${other}`]);
  fleet.machine(away).isSilent = false;
  runPlan(heal(question, fleet), fleet);
  expect(served(fleet, 'vm1', 'web')).toEqual([`shop.web.1.1@${away}`]);
});

function cordoned({ inventory }: Question, names: readonly string[]): Question['inventory'] {
  return { ...inventory, hosts: inventory.hosts.map((one) => ({ ...one, cordoned: names.includes(one.name) })) };
}

const PAIR = (api: string, web: string) => [
  service('api', { image: `api:${api}`, ports: ['80'], replicas: 2, maxPerHost: 1 }),
  service('web', { image: `web:${web}`, ports: ['80'] }),
];

test('a deploy of another service brings in nobody whom a run that was cut off has left unchecked', () => {
  const first = world({ hosts: HOSTS, services: PAIR('1', '1') });
  const second = next(first, PAIR('1', '2'));
  const fleet = deployed(first);
  const plan = planOf(now(second, fleet));
  runPlan(plan, fleet, { killAfter: plan.steps.findIndex(({ action }) => action.kind === 'start') + 1 });
  const third = { ...now(next(first, PAIR('2', '2')), fleet), intent: { kind: 'deploy', services: ['api'] } } as const;
  runPlan(planOf(third), fleet);
  expect(served(fleet, 'vm1', 'web')).toEqual([`shop.web.1.1@${homeOf(fleet, 'shop.web.1.1')}`]);
});

test('a deploy of another service leaves the replicas of a silent host in the routers', () => {
  const first = world({ hosts: HOSTS, services: PAIR('1', '1') });
  const fleet = deployed(first);
  const before = served(fleet, 'vm1', 'api');
  fleet.machine([...fleet.machines].find(([name, one]) => name !== 'vm1' && hasApi(one))?.[0] ?? '').isSilent = true;
  const second = { ...now(next(first, PAIR('1', '2')), fleet), intent: { kind: 'deploy', services: ['web'] } } as const;
  runPlan(planOf(second), fleet);
  expect(served(fleet, 'vm1', 'api')).toEqual(before);
});

function hasApi({ containers }: { readonly containers: ReadonlyMap<string, unknown> }): boolean {
  return [...containers.keys()].some((name) => name.startsWith('shop.api.'));
}

test('a deploy of another service leads to one of a singleton whose host is back', () => {
  const question = world({
    hosts: HOSTS.slice(0, 3),
    services: [service('counter', { ports: ['9000/tcp'], constraints: ELSEWHERE }), service('web', { ports: ['80'] })],
  });
  const fleet = deployed(question);
  const home = homeOf(fleet, 'shop.counter.1.1');
  fleet.machine(home).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [home]: 'gone' } }), fleet);
  fleet.machine(home).isSilent = false;
  const services = question.playbook.services.map((one) => (one.name === 'web' ? { ...one, image: 'web:2' } : one));
  const deploy = now(next(question, services), fleet);
  runPlan(planOf({ ...deploy, intent: { kind: 'deploy', services: ['web'] } }), fleet);
  const [elsewhere = ''] = ['vm2', 'vm3'].filter((name) => name !== home);
  for (const router of ['vm1', 'vm2', 'vm3'])
    expect(served(fleet, router, 'counter')).toEqual([`shop.counter.1.1@${elsewhere}`]);
});

test('a singleton that a silent host ran when it was seen last starts nowhere else, though no router knows of it', () => {
  const fleet = deployed(COUNTER);
  const home = homeOf(fleet, 'shop.counter.1.1');
  const before = fleet.observed().hosts[home];
  if (before?.reachable !== true) throw new Error('no report');
  fleet.machine(home).isSilent = true;
  for (const { current } of fleet.machines.values()) current.clear();
  const question = asked(COUNTER, fleet, { kind: 'heal', order: NO_ORDER });
  const silent = { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no answer', before } as const;
  const observed = { ...question.observed, hosts: { ...question.observed.hosts, [home]: silent } };
  expect(moves(planOf({ ...question, observed }))).toEqual([]);
});

test('with no link to any router files, a singleton on a host that nobody ever saw starts nowhere else and stays in all routers', () => {
  const fleet = deployed(COUNTER);
  const home = homeOf(fleet, 'shop.counter.1.1');
  fleet.machine(home).isSilent = true;
  for (const { current } of fleet.machines.values()) current.clear();
  const plan = heal(COUNTER, fleet, { absences: { [home]: 'serving' } });
  expect(moves(plan)).toEqual([]);
  runPlan(plan, fleet);
  for (const router of ['vm1', 'vm2', 'vm3'].filter((name) => name !== home))
    expect(served(fleet, router, 'counter')).toEqual([`shop.counter.1.1@${home}`]);
});

test('what is surplus of a singleton since a scale, on a host that was away then, stops before any router is switched', () => {
  const pair = service('web', { replicas: 2, ports: ['80'], constraints: ELSEWHERE, maxPerHost: 1 });
  const question = world({ hosts: HOSTS.slice(0, 3), services: [pair] });
  const fleet = deployed(question);
  const home = homeOf(fleet, 'shop.web.1.2');
  fleet.machine(home).isSilent = true;
  runPlan(heal(question, fleet), fleet);
  runPlan(planOf(asked(question, fleet, { kind: 'scale', replicas: { web: 1 } })), fleet);
  fleet.machine(home).isSilent = false;
  const atSwitches: boolean[] = [];
  const look = (step: Step | undefined): void => {
    if (step?.action.kind === 'switch') atSwitches.push(fleet.machine(home).containers.has('shop.web.1.2'));
  };
  runPlan(heal(question, fleet), fleet, { look });
  expect(new Set(atSwitches)).toEqual(new Set([false]));
});

test('with no link to any router files, what a deploy replaces goes on serving until its successor does', () => {
  const question = world({ hosts: HOSTS.slice(0, 2), services: [service('web', { ports: ['80'] })] });
  const fleet = deployed(question);
  for (const { current } of fleet.machines.values()) current.clear();
  const plan = planOf(now(next(question, [service('web', { ports: ['80'], image: 'web:2' })]), fleet));
  const led: number[] = [];
  runPlan(plan, fleet, { look: () => led.push(served(fleet, 'vm1', 'web').filter((one) => runs(fleet, one)).length) });
  expect(Math.min(...led)).toBe(1);
});

function runs(fleet: Simulator, place: string): boolean {
  const [name = '', home = ''] = place.split('@');
  return fleet.machine(home).containers.get(name)?.state === 'running';
}

test('a singleton whose host is back stops first, though its successor serves from a host that does not answer', () => {
  const question = world({
    hosts: HOSTS,
    services: [service('counter', { ports: ['9000/tcp'], constraints: ELSEWHERE })],
  });
  const fleet = deployed(question);
  const home = homeOf(fleet, 'shop.counter.1.1');
  fleet.machine(home).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [home]: 'gone' } }), fleet);
  fleet.machine(home).isSilent = false;
  const [other = ''] = ['vm2', 'vm3', 'vm4'].filter(
    (name) => name !== home && fleet.machine(name).containers.has('shop.counter.1.1'),
  );
  fleet.machine(other).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [other]: 'serving' } }), fleet);
  expect(fleet.machine(home).containers.has('shop.counter.1.1')).toBe(false);
  for (const router of ['vm1', home]) expect(served(fleet, router, 'counter')).toEqual([`shop.counter.1.1@${other}`]);
});

test('while nothing is to be started in the only wanted slot, a surplus replica that serves stays', () => {
  const question = world({ hosts: HOSTS.slice(0, 2), services: [service('web', { ports: ['80'] })] });
  const fleet = deployed(question);
  const more = planOf(asked(question, fleet, { kind: 'scale', replicas: { web: 2 } }));
  runPlan(more, fleet, { killAfter: more.steps.findIndex(({ id }) => id === 'commit') });
  fleet.machine(homeOf(fleet, 'shop.web.1.1')).containers.delete('shop.web.1.1');
  expect(moves(heal(question, fleet, { held: ['web.1'] }))).toEqual([]);
  expect(moves(heal(question, fleet))).toHaveLength(2);
});

test('of what runs once on every host one goes where a repair that was killed left two, in two slots', () => {
  const question = world({ hosts: HOSTS.slice(0, 2), services: [service('agent', { mode: 'global' })] });
  const fleet = deployed(question);
  const { containers } = fleet.machine(homeOf(fleet, 'shop.agent.1.1'));
  const first = containers.get('shop.agent.1.1');
  if (first === undefined) throw new Error('no first one');
  for (const state of ['running', 'created'] as const) {
    containers.set('shop.agent.1.3', { ...first, name: 'shop.agent.1.3', slot: 3, state });
    const plan = heal(question, fleet);
    expect(plan.steps.filter(({ action }) => action.kind === 'start')).toEqual([]);
    runPlan(plan, fleet);
    expect([...fleet.machines.values()].map((machine) => machine.containers.size)).toEqual([1, 1]);
    expect(heal(question, fleet).steps).toEqual([]);
  }
});

test('where a router that was away leads to a former replica on a silent host, the one of most routers keeps the slot', () => {
  const question = world({ hosts: 5, services: [service('counter', { ports: ['9000/tcp'], constraints: ELSEWHERE })] });
  const fleet = deployed(question);
  const former = homeOf(fleet, 'shop.counter.1.1');
  const [behind = '', ...others] = ['vm2', 'vm3', 'vm4', 'vm5'].filter((name) => name !== former);
  for (const name of [former, behind]) fleet.machine(name).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [former]: 'gone', [behind]: 'gone' } }), fleet);
  const home = others.find((name) => fleet.machine(name).containers.has('shop.counter.1.1')) ?? '';
  fleet.machine(behind).isSilent = false;
  fleet.machine(home).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [former]: 'serving', [home]: 'serving' } }), fleet);
  for (const router of ['vm1', behind]) expect(served(fleet, router, 'counter')).toEqual([`shop.counter.1.1@${home}`]);
});

test('of two copies of a singleton the one that other routers lead to stays, the one led to by its own host alone stops', () => {
  const fleet = deployed(COUNTER);
  const home = homeOf(fleet, 'shop.counter.1.1');
  const elsewhere = returned(fleet, home);
  // Now one router leads to each.
  fleet.machine(elsewhere).current.clear();
  runPlan(heal(COUNTER, fleet), fleet);
  expect(fleet.machine(home).containers.has('shop.counter.1.1')).toBe(false);
  expect(fleet.machine(elsewhere).containers.has('shop.counter.1.1')).toBe(true);
});

test('of two copies of a singleton of an older version, the one led to by its own host alone stops before any switch', () => {
  const fleet = deployed(COUNTER);
  const home = homeOf(fleet, 'shop.counter.1.1');
  returned(fleet, home);
  const atSwitches: boolean[] = [];
  const look = (step: Step | undefined): void => {
    if (step?.action.kind === 'switch') atSwitches.push(fleet.machine(home).containers.has('shop.counter.1.1'));
  };
  for (const { containers } of fleet.machines.values())
    for (const [name, one] of containers)
      if (one.service === 'counter') containers.set(name, { ...one, spec: 'older' });
  runPlan(heal(COUNTER, fleet), fleet, { look });
  expect(new Set(atSwitches)).toEqual(new Set([false]));
});

/** The counter's host is lost, its successor starts, and the host is back: the name of the successor's host. */
function returned(fleet: Simulator, home: string): string {
  fleet.machine(home).isSilent = true;
  runPlan(heal(COUNTER, fleet, { absences: { [home]: 'gone' } }), fleet);
  const [elsewhere = ''] = ['vm2', 'vm3'].filter((name) => name !== home);
  expect(fleet.machine(elsewhere).containers.has('shop.counter.1.1')).toBe(true);
  fleet.machine(home).isSilent = false;
  return elsewhere;
}

test('where as many routers lead to a former replica on a silent host as to its successor there, the successor keeps the slot', () => {
  const hosts = [host('vm1'), host('vm2'), host('vm3'), host('vm4', { roles: ['edge'] })];
  const question = world({ hosts, services: [service('counter', { ports: ['9000/tcp'] })] });
  const fleet = deployed(question);
  const home = homeOf(fleet, 'shop.counter.1.1');
  const [behind = '', other = ''] = ['vm1', 'vm2', 'vm3'].filter((name) => name !== home);
  fleet.machine(behind).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [behind]: 'away' }, distrusted: [`${home}/shop.counter.1.1`] }), fleet);
  const there = homeOf(fleet, 'shop.counter.1.1-2');
  fleet.machine(behind).isSilent = false;
  for (const name of [home, other]) fleet.machine(name).isSilent = true;
  runPlan(heal(question, fleet, { absences: { [home]: 'serving', [other]: 'serving' } }), fleet);
  for (const router of ['vm4', behind])
    expect(served(fleet, router, 'counter')).toEqual([`shop.counter.1.1-2@${there}`]);
});

test('of two in one slot the one that is well stays, though more routers lead to the sick one', () => {
  const fleet = deployed(COUNTER);
  const home = homeOf(fleet, 'shop.counter.1.1');
  const replace = heal(COUNTER, fleet, { distrusted: [`${home}/shop.counter.1.1`] });
  runPlan(replace, fleet, { killAfter: replace.steps.findIndex(({ action }) => action.kind === 'switch') + 1 });
  const { containers } = fleet.machine(home);
  for (const [name, one] of containers)
    if (name === 'shop.counter.1.1') containers.set(name, { ...one, health: 'unhealthy' });
  runPlan(heal(COUNTER, fleet), fleet);
  const names = [...fleet.machines.values()].flatMap((one) => [...one.containers.keys()]);
  expect(names.filter((name) => name.includes('counter'))).toEqual(['shop.counter.1.1-2']);
});

test('one that Docker starts again and again makes way for another one that works in its slot', () => {
  const fleet = deployed(COUNTER);
  const { containers } = fleet.machine(homeOf(fleet, 'shop.counter.1.1'));
  const first = containers.get('shop.counter.1.1');
  if (first === undefined) throw new Error('no counter');
  // A deploy that was to replace it was killed once its successor had started.
  containers.set('shop.counter.1.1-2', { ...first, name: 'shop.counter.1.1-2' });
  containers.set('shop.counter.1.1', { ...first, state: 'restarting' });
  runPlan(heal(COUNTER, fleet), fleet);
  expect([...containers.keys()].filter((name) => name.includes('counter'))).toEqual(['shop.counter.1.1-2']);
});

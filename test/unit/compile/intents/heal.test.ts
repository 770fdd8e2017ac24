import { expect, test } from 'vitest';
import { type HealOrder, NO_ORDER } from '../../../../src/model/heal.ts';
import type { Container } from '../../../../src/model/observed.ts';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import { asked, deployed, planOf } from '../../../support/compile/deployed.ts';
import { runPlan, seeded } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { service, world } from '../../../support/compile/worlds.ts';

/** Not where the records are, so that its host can be lost. */
const ELSEWHERE = [{ key: 'hostname', operator: '!=', value: 'vm1' }] as const;

const SHOP = world({
  hosts: 4,
  services: [
    service('counter', { ports: ['9000/tcp'], constraints: ELSEWHERE }),
    service('db', { ports: ['5432/tcp'], volumes: ['data'], constraints: ELSEWHERE }),
    service('web', { replicas: 4, ports: ['80'], ingress: [{ port: 80 }] }),
    service('work', { replicas: 4 }),
  ],
});

function heal(fleet: Simulator, order: Partial<HealOrder> = {}): Plan {
  return planOf(asked(SHOP, fleet, { kind: 'heal', order: { ...NO_ORDER, ...order } }));
}

function moves({ services }: Plan): string[] {
  return services.flatMap(({ starts, stops }) => [
    ...starts.map(({ replica, host }) => `+ ${replica}@${host}`),
    ...stops.map(({ replica, host }) => `- ${replica}@${host}`),
  ]);
}

/** A host that runs a web and is neither the keeper nor the one with the volume. */
function victim(fleet: Simulator): string {
  const found = [...fleet.machines].find(([name, { containers, volumes }]) => {
    const services = [...containers.values()].map((one) => one.service);
    return name !== 'vm1' && volumes.size === 0 && services.includes('web');
  });
  return found?.[0] ?? '';
}

function on(fleet: Simulator, host: string): string[] {
  return [...fleet.machine(host).containers.keys()].sort();
}

function change(fleet: Simulator, host: string, name: string, part: Partial<Container>): void {
  const { containers } = fleet.machine(host);
  const one = containers.get(name);
  if (one === undefined) throw new Error(`no ${name} on ${host}`);
  containers.set(name, { ...one, ...part });
}

/** Live HTTP upstreams of web, as nginx has them on the host. */
function webServers(fleet: Simulator, host: string): number {
  const text = fleet.loaded(host, 'shop')?.files['http.conf'] ?? '';
  const group = /upstream shop\.web\.80 \{[^}]*\}/.exec(text)?.[0] ?? '';
  return group.split('\n').filter((line) => line.includes('max_fails=1')).length;
}

test('a fleet that is as declared needs no repair', () => {
  expect(heal(deployed(SHOP)).steps).toEqual([]);
});

test('a silent host is out of all routers at once, and nothing starts elsewhere while its place is kept', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  fleet.machine(lost).isSilent = true;
  const away = heal(fleet);
  expect(moves(away)).toEqual([]);
  expect(away.steps.some(({ action }) => action.kind === 'drain')).toBe(false);
  runPlan(away, fleet);
  for (const host of ['vm1', 'vm2', 'vm3', 'vm4']) if (host !== lost) expect(webServers(fleet, host)).toBe(3);
  expect(heal(fleet).steps).toEqual([]);
});

test('a silent host whose replicas still answer others stays in the routers', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  fleet.machine(lost).isSilent = true;
  expect(heal(fleet, { absences: { [lost]: 'serving' } }).steps).toEqual([]);
});

test('what ran on a host that is gone starts elsewhere, what is bound to a volume waits', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  const names = on(fleet, lost);
  fleet.machine(lost).isSilent = true;
  runPlan(heal(fleet), fleet);
  const plan = heal(fleet, { absences: { [lost]: 'gone' } });
  const started = moves(plan).map((text) => text.slice(2).split('@')[0]);
  expect(started.sort()).toEqual(names);
  runPlan(plan, fleet);
  expect(heal(fleet, { absences: { [lost]: 'gone' } }).steps).toEqual([]);
});

test('a host with a volume that is gone keeps its replica: nobody else has the data', () => {
  const fleet = deployed(SHOP);
  const [holder = ''] = [...fleet.machines].find(([, { volumes }]) => volumes.size > 0) ?? [];
  fleet.machine(holder).isSilent = true;
  const plan = heal(fleet, { absences: { [holder]: 'gone' } });
  expect(moves(plan).filter((text) => text.includes('.db.'))).toEqual([]);
  expect(plan.services.find((one) => one.service === 'db')?.notes.join()).toContain('waits for that host');
});

test('a host that is back before its replicas were replaced serves again after a check', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  fleet.machine(lost).isSilent = true;
  runPlan(heal(fleet), fleet);
  fleet.machine(lost).isSilent = false;
  const back = heal(fleet);
  expect(moves(back)).toEqual([]);
  expect(back.steps.map(({ action }) => action.kind)).toContain('probe');
  runPlan(back, fleet);
  expect(webServers(fleet, 'vm1')).toBe(4);
  expect(heal(fleet).steps).toEqual([]);
});

test('a host that is back too late loses what was replaced, a singleton before any router is switched', () => {
  const fleet = deployed(SHOP);
  const [home = ''] = [...fleet.machines].find(([, { containers }]) => containers.has('shop.counter.1.1')) ?? [];
  fleet.machine(home).isSilent = true;
  runPlan(heal(fleet, { absences: { [home]: 'gone' } }), fleet);
  fleet.machine(home).isSilent = false;
  const back = heal(fleet);
  expect(moves(back).filter((text) => text.startsWith('+'))).toEqual([]);
  const sweep = back.steps.findIndex(({ id }) => id === `sweep counter.1.1@${home}`);
  const first = back.steps.findIndex(({ action }) => action.kind === 'switch');
  expect(sweep).toBeGreaterThan(-1);
  expect(sweep).toBeLessThan(first);
  runPlan(back, fleet);
  expect(heal(fleet).steps).toEqual([]);
});

test('a container that is distrusted is replaced, the new one before the old one, in the same release', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  const plan = heal(fleet, { distrusted: [`${host}/${name}`] });
  expect(plan.release).toBe(1);
  const ids = plan.steps.map(({ id }) => id);
  const start = ids.findIndex((id) => id.startsWith('start web'));
  const stop = ids.findIndex((id) => id.startsWith('stop web'));
  expect(start).toBeGreaterThan(-1);
  expect(start).toBeLessThan(stop);
  expect(ids[start]).toContain('-2@');
  runPlan(plan, fleet);
  expect(heal(fleet).steps).toEqual([]);
});

test('an unhealthy container that nobody distrusts is left alone', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  change(fleet, host, name, { health: 'unhealthy' });
  expect(heal(fleet).steps).toEqual([]);
});

test('a container that ended is started again where it is, without a change of any router', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  change(fleet, host, name, { state: 'exited' });
  const plan = heal(fleet);
  expect(moves(plan)).toEqual([]);
  expect(plan.steps.map(({ action }) => action.kind)).toContain('adopt');
  expect(plan.steps.map(({ action }) => action.kind)).not.toContain('switch');
  runPlan(plan, fleet);
  expect(fleet.container(`${host}/${name}`)?.state).toBe('running');
});

test('a container that Docker starts again and again is left to Docker, and one that is held is not started', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  const slot = fleet.container(`${host}/${name}`)?.slot ?? 0;
  change(fleet, host, name, { state: 'restarting' });
  expect(heal(fleet).steps).toEqual([]);
  change(fleet, host, name, { state: 'exited' });
  expect(heal(fleet, { held: [`web.${slot}`] }).steps).toEqual([]);
});

test('a container that somebody removed is made again', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  fleet.machine(host).containers.delete(name);
  const plan = heal(fleet);
  expect(moves(plan)).toEqual([`+ ${name}@${host}`]);
  runPlan(plan, fleet);
  expect(heal(fleet).steps).toEqual([]);
});

test('a router file that was changed by hand is laid and loaded again, on that host alone', () => {
  const fleet = deployed(SHOP);
  const { current, generations } = fleet.machine('vm2');
  const folder = current.get('shop') ?? '';
  const live = generations.get(folder);
  if (live === undefined) throw new Error('no files');
  const files = { ...live.state.files, 'http.conf': '# gone\n' };
  generations.set(folder, { state: { ...live.state, files } });
  const plan = heal(fleet);
  expect(plan.steps.filter(({ action }) => action.kind === 'switch').map(({ host }) => host)).toEqual(['vm2']);
  runPlan(plan, fleet);
  expect(heal(fleet).steps).toEqual([]);
});

test('a router that is gone is made again', () => {
  const fleet = deployed(SHOP);
  fleet.machine('vm3').router = undefined;
  const plan = heal(fleet);
  expect(plan.steps.map(({ id }) => id)).toContain('router@vm3');
  runPlan(plan, fleet);
  expect(heal(fleet).steps).toEqual([]);
});

test('a host that comes and goes gets nothing new, and keeps what serves there', () => {
  const fleet = deployed(SHOP);
  const host = victim(fleet);
  const name = on(fleet, host).find((one) => one.startsWith('shop.web.')) ?? '';
  fleet.machine(host).containers.delete(name);
  const plan = heal(fleet, { avoided: [host] });
  expect(moves(plan).filter((text) => text.endsWith(`@${host}`))).toEqual([]);
  expect(moves(plan)).toHaveLength(1);
});

test('nothing starts in a slot that is held, and the other slots are filled', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  const slots = on(fleet, lost).map((name) => name.split('.').slice(1, 4));
  fleet.machine(lost).isSilent = true;
  runPlan(heal(fleet), fleet);
  const held = slots.filter(([service]) => service === 'web').map(([service, , slot]) => `${service}.${slot}`);
  expect(held).toHaveLength(1);
  const plan = heal(fleet, { absences: { [lost]: 'gone' }, held });
  expect(moves(plan).filter((text) => text.includes('.web.'))).toEqual([]);
  expect(moves(plan)).toHaveLength(slots.length - held.length);
});

test('a keeper that comes and goes gets nothing new and still keeps the records', () => {
  const fleet = deployed(SHOP);
  const [at = '', machine] = [...fleet.machines].find(([, one]) => one.containers.has('shop.web.1.1')) ?? [];
  machine?.containers.delete('shop.web.1.1');
  const plan = heal(fleet, { avoided: ['vm1', at] });
  expect(moves(plan)).toHaveLength(1);
  expect(plan.steps.map(({ id }) => id)).toContain('record release 1@vm1');
});

test('when one service can not be started, what became healthy beside it stays and only has to be switched to', () => {
  const fleet = deployed(SHOP);
  const lost = victim(fleet);
  fleet.machine(lost).isSilent = true;
  for (const { containers } of fleet.machines.values()) containers.delete('shop.counter.1.1');
  const order = { absences: { [lost]: 'gone' } } as const;
  const plan = heal(fleet, order);
  const isOf = (service: string, { action }: Step): boolean => 'service' in action && action.service === service;
  const health = plan.steps.findIndex((step) => isOf('web', step) && step.action.kind === 'health');
  const first = plan.steps.slice(0, health + 1).filter((step) => !isOf('counter', step));
  const start = plan.steps.filter((step) => isOf('counter', step)).slice(0, 1);
  const done = runPlan({ ...plan, steps: [...first, ...start] }, fleet, { failAt: first.length });
  expect(done.at(-1)).toMatch(/^health web/);
  const again = heal(fleet, { ...order, held: ['counter.1'] });
  const begun = again.steps.filter((step) => isOf('web', step)).map(({ action }) => action.kind);
  expect(begun).toEqual(['adopt', 'health']);
  runPlan(again, fleet);
  expect(webServers(fleet, 'vm1')).toBe(4);
});

test('a repair that fails at any step, early or late, leaves what the next one brings to a good end', () => {
  const lostShop = (): { fleet: Simulator; order: Partial<HealOrder> } => {
    const fleet = deployed(SHOP);
    const lost = victim(fleet);
    fleet.machine(lost).isSilent = true;
    for (const { containers } of fleet.machines.values()) containers.delete('shop.counter.1.1');
    return { fleet, order: { absences: { [lost]: 'gone' } } };
  };
  const { fleet: first, order } = lostShop();
  const { steps } = heal(first, order);
  for (let failAt = 0; failAt < steps.length; failAt++) {
    for (const failure of ['early', 'late'] as const) {
      const { fleet } = lostShop();
      const plan = heal(fleet, order);
      runPlan(plan, fleet, { failAt, failure, choose: seeded(failAt) });
      runPlan(heal(fleet, order), fleet, { choose: seeded(failAt + 1) });
      const at = `${failure} at ${failAt}`;
      expect(heal(fleet, order).steps, at).toEqual([]);
      expect(webServers(fleet, 'vm1'), at).toBe(4);
      expect(replicasOn(fleet), at).toEqual([...SLOTS]);
    }
  }
});

const SLOTS = ['counter.1', 'db.1', 'web.1', 'web.2', 'web.3', 'web.4', 'work.1', 'work.2', 'work.3', 'work.4'];

/** "SERVICE.SLOT" of all that runs on hosts that answer, sorted. */
function replicasOn({ machines }: Simulator): string[] {
  return [...machines.values()]
    .filter(({ isSilent }) => !isSilent)
    .flatMap(({ containers }) => [...containers.values()])
    .filter(({ state }) => state === 'running')
    .map(({ service: name, slot }) => `${name}.${slot}`)
    .sort();
}

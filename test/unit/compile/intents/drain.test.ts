import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { asked, deployed, now, planOf, tryPlan } from '../../../support/compile/deployed.ts';
import { Watch } from '../../../support/compile/invariants.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { host, MIB, service, world } from '../../../support/compile/worlds.ts';

const SHOP = world({
  hosts: 3,
  services: [
    service('agent', { mode: 'global' }),
    service('db', { ports: ['5432/tcp'], volumes: ['data'] }),
    service('web', { replicas: 6, ports: ['80'] }),
  ],
});

function on(fleet: Simulator, name: string): string[] {
  return [...fleet.machine(name).containers.values()].map((one) => one.service).sort();
}

function kinds({ steps }: Plan): string[] {
  return steps.map(({ action }) => action.kind);
}

test('all that may move leaves a drained host, new before old, and nobody is without service meanwhile', () => {
  const fleet = deployed(SHOP);
  const plan = planOf(asked(SHOP, fleet, { kind: 'drain', host: 'vm2' }));
  const watch = new Watch(plan, SHOP.playbook.services, fleet);
  runPlan(plan, fleet, { look: (step) => watch.look(step) });
  expect(on(fleet, 'vm2').filter((name) => name === 'web')).toEqual([]);
  expect([...on(fleet, 'vm1'), ...on(fleet, 'vm3')].filter((name) => name === 'web')).toHaveLength(6);
  expect(planOf(asked(SHOP, fleet, { kind: 'drain', host: 'vm2' })).steps).toEqual([]);
});

test('the plan says how many leave which host', () => {
  const { services } = planOf(asked(SHOP, deployed(SHOP), { kind: 'drain', host: 'vm2' }));
  expect(services.map(({ service: name, reasons }) => [name, reasons])).toEqual([
    ['agent', []],
    ['db', []],
    ['web', ['2 of 6 to leave vm2']],
  ]);
});

test('what is bound to a volume or runs on every host stays on a drained host', () => {
  const fleet = deployed(SHOP);
  const [holder = ''] = [...fleet.machines].find(([, { volumes }]) => volumes.size > 0) ?? [];
  runPlan(planOf(asked(SHOP, fleet, { kind: 'drain', host: holder })), fleet);
  expect(on(fleet, holder)).toEqual(['agent', 'db']);
});

test('what is still on a host that was marked as drained leaves it at the next deploy; a repair moves nothing', () => {
  const fleet = deployed(SHOP);
  const marks = { vm2: { kind: 'drained', at: 1, by: 'ann@laptop', why: '' } } as const;
  const isMarked = (question: Question): Question => {
    const hosts = Object.entries(question.observed.hosts).map(([name, state]) => [name, { ...state, marks }]);
    return { ...question, observed: { ...question.observed, hosts: Object.fromEntries(hosts) } };
  };
  expect(planOf(isMarked(asked(SHOP, fleet, { kind: 'heal', order: NO_ORDER }))).steps).toEqual([]);
  const plan = planOf(isMarked(now(SHOP, fleet)));
  const watch = new Watch(plan, SHOP.playbook.services, fleet);
  runPlan(plan, fleet, { look: (step) => watch.look(step) });
  expect(on(fleet, 'vm2').filter((name) => name === 'web')).toEqual([]);
  expect(planOf(isMarked(now(SHOP, fleet))).steps).toEqual([]);
});

test('a drain that does not fit is refused with numbers', () => {
  const question = world({
    hosts: 2,
    services: [service('web', { replicas: 4, reservation: { cpus: 0, memoryBytes: 3000 * MIB } })],
  });
  const fleet = deployed(question);
  const refused = asked(question, fleet, { kind: 'drain', host: 'vm2' });
  expect(tryPlan(refused)).toBeUndefined();
  expect(() => planOf(refused)).toThrow('web: 2 of 4 replicas fit nowhere');
});

test('a host that is not in the inventory can not be drained', () => {
  expect(() => planOf(asked(SHOP, deployed(SHOP), { kind: 'drain', host: 'vm9' }))).toThrow('host vm9 is not');
});

test('a repair does what can be done, and says with numbers what does not fit', () => {
  const question = world({
    hosts: 2,
    services: [
      service('big', { replicas: 2, reservation: { cpus: 0, memoryBytes: 6000 * MIB } }),
      service('web', { replicas: 2, ports: ['80'] }),
    ],
  });
  const fleet = deployed(question);
  fleet.machine('vm2').isSilent = true;
  const plan = planOf(asked(question, fleet, { kind: 'heal', order: { ...NO_ORDER, absences: { vm2: 'gone' } } }));
  expect(plan.services.find((one) => one.service === 'web')?.starts).toHaveLength(1);
  const [said] = plan.warnings.filter(({ code }) => code === 'W_UNPLACED');
  expect(said?.message).toContain('big: 1 of 2 replicas fits nowhere');
  expect(said?.message).toContain('vm1 has 2192 MiB free');
});

test('a sick replica that has nowhere to be replaced goes on as it is', () => {
  const question = world({
    hosts: [host('vm1', { roles: ['edge', 'worker'] }), host('vm2')],
    services: [service('web', { replicas: 1, ports: ['80'], constraints: [] })],
  });
  const fleet = deployed(question);
  const [at = '', machine] = [...fleet.machines].find(([, { containers }]) => containers.size > 0) ?? [];
  const name = [...(machine?.containers.keys() ?? [])][0] ?? '';
  const hosts = question.inventory.hosts.map((one) => ({ ...one, cordoned: true }));
  const cordoned = { ...question, inventory: { ...question.inventory, hosts } };
  const order = { ...NO_ORDER, distrusted: [`${at}/${name}`] };
  const plan = planOf(asked(cordoned, fleet, { kind: 'heal', order }));
  expect(kinds(plan)).not.toContain('stop');
  expect(plan.warnings.map(({ code }) => code)).toContain('W_UNPLACED');
});

test('a rebalance moves replicas to a host that joined, and a second one does nothing', () => {
  const fleet = deployed(SHOP);
  const joined = world({ hosts: 4, services: SHOP.playbook.services });
  const report = joined.observed.hosts.vm4;
  if (!report?.reachable) throw new Error('vm4 is there');
  fleet.join('vm4', report, '10.0.0.4');
  runPlan(planOf(asked(joined, fleet, { kind: 'heal', order: NO_ORDER })), fleet);
  const plan = planOf(asked(joined, fleet, { kind: 'rebalance', maxMoves: 5 }));
  const watch = new Watch(plan, SHOP.playbook.services, fleet);
  runPlan(plan, fleet, { look: (step) => watch.look(step) });
  expect(on(fleet, 'vm4').filter((name) => name === 'web').length).toBeGreaterThan(0);
  expect(planOf(asked(joined, fleet, { kind: 'rebalance', maxMoves: 5 })).steps).toEqual([]);
});

/** Networks of services on hosts: their names, subnets and reach, and what happens when those change. */
import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import type { Observed } from '../../../../src/model/observed.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { Watch } from '../../../support/compile/invariants.ts';
import { runPlan, seeded } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { emptyHost, service, world } from '../../../support/compile/worlds.ts';

const SERVICES = [
  service('web', { ports: ['80'], networks: ['front', 'back'], replicas: 2 }),
  service('db', { ports: ['5432/tcp'], networks: ['back'] }),
];
const OPEN = world({ services: SERVICES });
const CLOSED = { ...OPEN, playbook: { ...OPEN.playbook, internalNetworks: ['back'] } };

/** Network -> subnet over all hosts. */
function networksOf(fleet: Simulator): Record<string, string> {
  return Object.fromEntries([...fleet.machines.values()].flatMap(({ networks }) => [...networks]).sort());
}

function carryOut(question: Question, fleet: Simulator): void {
  const plan = planOf(now(question, fleet));
  const watch = new Watch(plan, question.playbook.services, fleet);
  runPlan(plan, fleet, { choose: seeded(3), look: (step) => watch.look(step) });
  expect(planOf(now(question, fleet)).steps.map(({ id }) => id)).toEqual([]);
}

test('a service on internal networks only has a subnet of the upper half, all others one of the lower half', () => {
  expect(networksOf(deployed(CLOSED))).toEqual({
    'fleet-shop.db.internal': expect.stringMatching(/^10\.97\.(12[89]|1[3-9]\d|2\d\d)\./),
    'fleet-shop.web': expect.stringMatching(/^10\.97\.(\d|\d\d|1[01]\d|12[0-7])\./),
  });
});

test('a service without any network is not internal', () => {
  const alone = world({ services: [{ ...service('web'), networks: {} }], playbook: { internalNetworks: ['back'] } });
  expect(Object.keys(networksOf(deployed(alone)))).toEqual(['fleet-shop.web']);
});

test('a network that becomes internal is a move from blue to green, and callers are let in from the first check on', () => {
  const fleet = deployed(OPEN);
  const before = networksOf(fleet);
  carryOut(CLOSED, fleet);
  expect(Object.keys(networksOf(fleet))).toEqual(['fleet-shop.db.internal', 'fleet-shop.web']);
  carryOut(OPEN, fleet);
  expect(networksOf(fleet)).toEqual(before);
});

test('a caller in a new subnet is let in to services that stay as they are', () => {
  const callers = (networks: readonly string[]) =>
    world({
      services: [service('a', { ports: ['80'], networks }), service('b', { ports: ['80'], networks: ['back'] })],
    });
  const fleet = deployed(callers(['front']));
  carryOut(callers(['back']), fleet);
  carryOut(callers(['back', 'front']), fleet);
});

test('shop with eu-web and shop-eu with web have networks, subnets and addresses of their own', () => {
  const shop = world({ services: [service('eu-web', { ports: ['80'] })] });
  const fleet = deployed(shop);
  const eu = world({ services: [service('web', { ports: ['80'] })], playbook: { app: 'shop-eu' } });
  runPlan(planOf(now(eu, fleet)), fleet);
  expect(Object.keys(networksOf(fleet))).toEqual(['fleet-shop-eu.web', 'fleet-shop.eu-web']);
  expect(new Set(Object.values(networksOf(fleet))).size).toBe(2);
  runPlan(planOf({ ...now(shop, fleet), intent: { kind: 'remove', volumes: true } }), fleet);
  expect(Object.keys(networksOf(fleet))).toEqual(['fleet-shop-eu.web']);
  expect(planOf(now(eu, fleet)).steps).toEqual([]);
});

test('a network with a name of old is left for a new one, and goes when nobody is in it', () => {
  const fleet = deployed(OPEN);
  for (const machine of fleet.machines.values()) {
    for (const [name, subnet] of [...machine.networks]) {
      machine.networks.delete(name);
      machine.networks.set(name.replace('.', '-'), subnet);
    }
    for (const [container, name] of machine.attached) machine.attached.set(container, name.replace('.', '-'));
  }
  const before = Object.values(networksOf(fleet));
  carryOut(OPEN, fleet);
  expect(Object.keys(networksOf(fleet))).toEqual(['fleet-shop.db', 'fleet-shop.web']);
  for (const subnet of Object.values(networksOf(fleet))) expect(before).not.toContain(subnet);
});

test('a deploy of one service leaves the networks of the others, which may still be in use', () => {
  const fleet = deployed(OPEN);
  const one: Question = { ...now(CLOSED, fleet), intent: { kind: 'deploy', services: ['web'] } };
  runPlan(planOf(one), fleet);
  expect(Object.keys(networksOf(fleet))).toContain('fleet-shop.db');
  carryOut(CLOSED, fleet);
  expect(Object.keys(networksOf(fleet))).not.toContain('fleet-shop.db');
});

test('a subnet that any network on any host has is not given to a service', () => {
  const mine = planOf(OPEN).steps.flatMap(({ commands }) =>
    commands.flatMap((one) =>
      one.kind === 'run' ? [...one.line.matchAll(/--subnet (\S+)/g)].map(([, at = '']) => at) : [],
    ),
  );
  const taken = Object.fromEntries(mine.map((subnet, index) => [`bridge${index}`, subnet]));
  const observed: Observed = {
    ...OPEN.observed,
    hosts: { ...OPEN.observed.hosts, vm3: emptyHost({ networks: taken }) },
  };
  const fleet = deployed({ ...OPEN, observed });
  const own = Object.entries(networksOf(fleet)).filter(([name]) => name.startsWith('fleet-'));
  for (const [, subnet] of own) expect(mine).not.toContain(subnet);
});

import { expect, test } from 'vitest';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { asked, deployed, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { emptyHost, MIB, running, type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

const gib = (count: number) => count * 1024 * MIB;
const large: ServiceShape = { reservation: { cpus: 0, memoryBytes: gib(1) } };

const room = emptyHost({ memoryBytes: gib(2) });
const ONE = world({ hosts: 2, reports: { vm1: room, vm2: room }, services: [service('one', large)] });
const PAIR = world({
  hosts: 2,
  reports: { vm1: room, vm2: room },
  services: [service('db', { ...large, volumes: ['data'] }), service('one', large)],
});

function heal(question: typeof ONE, fleet: Simulator): Plan {
  return planOf(asked(question, fleet, { kind: 'heal', order: NO_ORDER }));
}

/** All on the host has ended, and another app got so much of its room. */
function crowd(fleet: Simulator, host: string, memoryBytes: number): void {
  const { containers } = fleet.machine(host);
  for (const [name, one] of containers) containers.set(name, { ...one, state: 'exited', exitCode: 137 });
  const guest = running('guest', { app: 'other', memoryBytes });
  containers.set(guest.name, guest);
}

/** What runs of the app, and where. */
function runs(fleet: Simulator): string[] {
  const all = [...fleet.machines].flatMap(([host, { containers }]) =>
    [...containers.values()].map((container) => ({ host, container })),
  );
  const own = all.filter(({ container: { app, state } }) => app === 'shop' && state === 'running');
  return own.map(({ host, container }) => `${container.name}@${host}`).sort();
}

test('what has ended starts on another host when others got its room meanwhile', () => {
  const fleet = deployed(ONE);
  expect(runs(fleet)).toEqual(['shop.one.1.1@vm1']);
  crowd(fleet, 'vm1', gib(1.5));
  runPlan(heal(ONE, fleet), fleet);
  expect(runs(fleet)).toEqual(['shop.one.1.1-2@vm2']);
  expect(heal(ONE, fleet).steps).toEqual([]);
});

test('what has ended is started again where it is while its room is there', () => {
  const fleet = deployed(ONE);
  crowd(fleet, 'vm1', gib(1));
  runPlan(heal(ONE, fleet), fleet);
  expect(runs(fleet)).toEqual(['shop.one.1.1@vm1']);
});

test('where two have ended and one fits, the one that is bound to its volume is started again there', () => {
  const [vm1, vm2] = PAIR.inventory.hosts;
  if (vm1 === undefined || vm2 === undefined) throw new Error('no hosts');
  const fleet = deployed({ ...PAIR, inventory: { ...PAIR.inventory, hosts: [vm1, { ...vm2, cordoned: true }] } });
  expect(runs(fleet)).toEqual(['shop.db.1.1@vm1', 'shop.one.1.1@vm1']);
  crowd(fleet, 'vm1', gib(1));
  runPlan(heal(PAIR, fleet), fleet);
  expect(runs(fleet)).toEqual(['shop.db.1.1@vm1', 'shop.one.1.1-2@vm2']);
});

test('what is bound to its volume is started again there, however full the host is by now', () => {
  const fleet = deployed(PAIR);
  const holder = runs(fleet).find((one) => one.startsWith('shop.db.'));
  crowd(fleet, 'vm1', gib(1.5));
  crowd(fleet, 'vm2', gib(1.5));
  runPlan(heal(PAIR, fleet), fleet);
  expect(runs(fleet)).toEqual([holder]);
});

test('what has ended and fits nowhere any more is reported, and its host is given no more than it has', () => {
  const fleet = deployed(ONE);
  crowd(fleet, 'vm1', gib(1.5));
  crowd(fleet, 'vm2', gib(1.5));
  const plan = heal(ONE, fleet);
  runPlan(plan, fleet);
  expect(runs(fleet)).toEqual([]);
  expect(plan.warnings.map(({ code }) => code)).toEqual(['W_UNPLACED']);
});

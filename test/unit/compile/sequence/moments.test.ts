import { expect, test } from 'vitest';
import { type HealOrder, NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { service, world } from '../../../support/compile/worlds.ts';

const SHOP = world({
  hosts: 3,
  services: [
    service('counter', { ports: ['80'] }),
    service('web', { replicas: 2, ports: ['80'] }),
    service('work', { replicas: 1 }),
  ],
});

function heal(fleet: Simulator): Plan {
  return planOf(asked(SHOP, fleet, { kind: 'heal', order: NO_ORDER }));
}

/** The file that nginx on the host has read. */
function read(fleet: Simulator, host: string): string {
  return fleet.loaded(host, 'shop')?.files['http.conf'] ?? '';
}

/** What nginx on the host knows of those who serve a service. */
function groupOf(fleet: Simulator, host: string, name: string): string {
  return new RegExp(`upstream shop\\.${name}\\.80 \\{[^}]*\\}`).exec(read(fleet, host))?.[0] ?? '';
}

/** To how many of a service nginx on the host leads. */
function serversOf(fleet: Simulator, host: string, name: string): number {
  return groupOf(fleet, host, name)
    .split('\n')
    .filter((line) => line.includes('max_fails=1')).length;
}

function remove(fleet: Simulator, prefix: string): void {
  for (const { containers } of fleet.machines.values())
    for (const name of [...containers.keys()]) if (name.startsWith(prefix)) containers.delete(name);
}

/** How many of web each nginx led to at least, while the plan ran. */
function fewest(plan: Plan, fleet: Simulator): number {
  let least = Number.POSITIVE_INFINITY;
  const look = () => {
    for (const host of fleet.machines.keys()) least = Math.min(least, serversOf(fleet, host, 'web'));
  };
  runPlan(plan, fleet, { look });
  return least;
}

test('where the link to the files is gone, names for what starts take nobody who serves out of that router', () => {
  const fleet = deployed(SHOP);
  remove(fleet, 'shop.counter.');
  remove(fleet, 'shop.work.');
  fleet.machine('vm2').current.delete('shop');
  expect(fewest(heal(fleet), fleet)).toBe(2);
  expect(heal(fleet).steps).toEqual([]);
});

test('where no router has files, names for what starts take nobody out whose host nobody ever saw', () => {
  const question = world({
    hosts: 2,
    services: [service('web', { replicas: 2, ports: ['80'], maxPerHost: 1 }), service('work')],
  });
  const fleet = deployed(question);
  fleet.machine('vm2').isSilent = true;
  remove(fleet, 'shop.work.');
  fleet.machine('vm1').current.clear();
  const order = { ...NO_ORDER, absences: { vm2: 'serving' } } as const;
  const plan = planOf(asked(question, fleet, { kind: 'heal', order }));
  const left = `server ${fleet.machine('vm2').address}:`;
  const led: boolean[] = [];
  runPlan(plan, fleet, { look: () => led.push(groupOf(fleet, 'vm1', 'web').includes(left)) });
  expect(new Set(led)).toEqual(new Set([true]));
});

test('where no router has files, those that run are led to before they are checked', () => {
  const fleet = deployed(SHOP);
  remove(fleet, 'shop.counter.');
  remove(fleet, 'shop.work.');
  for (const { current } of fleet.machines.values()) current.delete('shop');
  expect(fewest(heal(fleet), fleet)).toBe(2);
  expect(heal(fleet).steps).toEqual([]);
});

test('where no router has files, one that runs is led to before it is checked, though another waits for its host', () => {
  const question = world({ hosts: 2, services: [service('web', { mode: 'global', ports: ['80'] })] });
  const fleet = deployed(question);
  fleet.machine('vm2').isSilent = true;
  fleet.machine('vm1').current.clear();
  const plan = planOf(asked(question, fleet, { kind: 'heal', order: NO_ORDER }));
  expect(fewest(plan, fleet)).toBe(1);
});

test('where the link to the files is gone, nginx forgets TCP ports that are no more', () => {
  const question = world({ hosts: 2, services: [service('store', { ports: ['5432/tcp'] }), service('web')] });
  const fleet = deployed(question);
  for (const { current } of fleet.machines.values()) current.clear();
  runPlan(planOf(now(next(question, [service('web')]), fleet)), fleet);
  for (const { loaded } of fleet.machines.values())
    expect(loaded.stream.get('shop')?.files['stream.conf']).not.toContain('store');
});

test('files that were changed by hand are no ground for the names of what starts', () => {
  const fleet = deployed(SHOP);
  remove(fleet, 'shop.counter.');
  remove(fleet, 'shop.work.');
  edit(fleet, 'vm2', '# gone\n');
  expect(fewest(heal(fleet), fleet)).toBe(2);
  expect(heal(fleet).steps).toEqual([]);
});

function edit(fleet: Simulator, host: string, text: string): void {
  const { current, generations } = fleet.machine(host);
  const folder = current.get('shop') ?? '';
  const live = generations.get(folder);
  if (live === undefined) throw new Error('no files');
  generations.set(folder, { state: { ...live.state, files: { ...live.state.files, 'http.conf': text } } });
}

test('files that were changed by hand and read are put right and read again, wherever the repair was cut off before', () => {
  const right = read(deployed(SHOP), 'vm2');
  const changed = (): Simulator => {
    const fleet = deployed(SHOP);
    edit(fleet, 'vm2', '# gone\n');
    const { loaded, current, generations } = fleet.machine('vm2');
    const edited = generations.get(current.get('shop') ?? '');
    if (edited !== undefined) loaded.http.set('shop', edited.state);
    return fleet;
  };
  const { steps } = heal(changed());
  for (let kill = 0; kill < steps.length; kill++) {
    const fleet = changed();
    runPlan(heal(fleet), fleet, { killAfter: kill });
    runPlan(heal(fleet), fleet);
    expect(read(fleet, 'vm2'), `killed after ${kill} steps`).toBe(right);
  }
});

test('a deploy that counts a silent host as gone leads to what is left there until somebody else serves', () => {
  const question = world({
    hosts: 5,
    services: [
      service('api', { ports: ['80'], image: 'api:1' }),
      service('web', { replicas: 2, ports: ['80'], maxPerHost: 1 }),
    ],
  });
  const fleet = deployed(question);
  const [first = '', second = ''] = [...fleet.machines].filter(([, one]) => hasWeb(one)).map(([name]) => name);
  fleet.machine(first).isSilent = true;
  fleet.machine(second).isSilent = true;
  const services = question.playbook.services.map((one) => (one.name === 'api' ? { ...one, image: 'api:2' } : one));
  const left = [first, second].map((name) => `server ${fleet.machine(name).address}:`);
  const opened: string[] = [];
  const look = (step: Step | undefined): void => {
    if (step?.id.startsWith('switch opening@') !== true) return;
    opened.push(...left.filter((server) => groupOf(fleet, step.host, 'web').includes(server)));
  };
  runPlan(planOf(now(next(question, services), fleet)), fleet, { look });
  expect(opened).toEqual([...left, ...left, ...left]);
});

function hasWeb({ containers }: { readonly containers: ReadonlyMap<string, unknown> }): boolean {
  return [...containers.keys()].some((name) => name.startsWith('shop.web.'));
}

test('a singleton of a host that is back too late has stopped before the names of what starts are opened', () => {
  const elsewhere = [{ key: 'hostname', operator: '!=', value: 'vm1' }] as const;
  const question = world({
    hosts: 3,
    services: [
      service('counter', { ports: ['80'], constraints: elsewhere }),
      service('web', { ports: ['80'] }),
      service('work'),
    ],
  });
  const fleet = deployed(question);
  const repair = (absences: HealOrder['absences']): Plan =>
    planOf(asked(question, fleet, { kind: 'heal', order: { ...NO_ORDER, absences } }));
  const [home = ''] = [...fleet.machines].find(([, { containers }]) => containers.has('shop.counter.1.1')) ?? [];
  fleet.machine(home).isSilent = true;
  runPlan(repair({ [home]: 'gone' }), fleet);
  fleet.machine(home).isSilent = false;
  remove(fleet, 'shop.web.');
  remove(fleet, 'shop.work.');
  const ready = repair({}).steps.find(({ id }) => id === 'ready opening');
  expect(ready?.needs).toContain(`sweep counter.1.1@${home}`);
});

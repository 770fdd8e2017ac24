import { expect, test, vi } from 'vitest';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf, tryPlan } from '../../../support/compile/deployed.ts';
import { Watch } from '../../../support/compile/invariants.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import { Simulator } from '../../../support/compile/simulator.ts';
import { container, emptyHost, host, MIB, service, world } from '../../../support/compile/worlds.ts';

// A busy machine may take its time; what is tested is not speed.
vi.setConfig({ testTimeout: 120_000 });

const CHECK = { test: ['CMD', 'check'], intervalMs: 1000, timeoutMs: 1000, retries: 3, startPeriodMs: 0 };

/** An API on a database with a migration job: names must work before anybody serves. */
const SHOP = world({
  services: [
    service('api', { ports: ['8080'], dependsOn: { db: 'healthy', migrate: 'completed' } }),
    service('db', { ports: ['5432/tcp'], volumes: ['data'], healthcheck: CHECK }),
    service('migrate', { job: 'pre-deploy', dependsOn: { db: 'healthy' } }),
  ],
});

/** Ids of all steps that must be done before. */
function before(plan: Plan, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: Step | undefined): void => {
    for (const need of one?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      visit(plan.steps.find((step) => step.id === need));
    }
  };
  visit(plan.steps.find((step) => step.id === id));
  return found;
}

function idsOf(plan: Plan, kind: Step['action']['kind']): string[] {
  return plan.steps.filter(({ action }) => action.kind === kind).map(({ id }) => id);
}

test('images are everywhere before anything starts, and what depends starts after what it needs', () => {
  const plan = planOf(SHOP);
  const [db = '', api = ''] = ['db', 'api'].map((name) => idsOf(plan, 'start').find((id) => id.includes(name)) ?? '');
  const [job = ''] = idsOf(plan, 'job');
  for (const pull of idsOf(plan, 'pull')) expect([...before(plan, db)]).toContain(pull);
  expect([...before(plan, job)]).toContain(idsOf(plan, 'health').find((id) => id.includes('db')));
  expect([...before(plan, api)]).toContain(job);
});

test('no router switches before every router has the tested files and has reached every new replica', () => {
  const plan = planOf(SHOP);
  for (const id of idsOf(plan, 'switch').filter((one) => one.includes('cutover-1'))) {
    const needed = [...before(plan, id)];
    for (const other of [...idsOf(plan, 'lay'), ...idsOf(plan, 'probe'), ...idsOf(plan, 'health')])
      expect(needed).toContain(other);
  }
  for (const id of idsOf(plan, 'confirm')) expect([...before(plan, 'commit')]).toContain(id);
});

test('killed after the opening cutover, the next run checks every new replica, and jobs reach what they need', () => {
  const plan = planOf(SHOP);
  for (let kill = 0; kill < plan.steps.length; kill++) {
    const fleet = new Simulator(SHOP);
    runPlan(plan, fleet, { killAfter: kill });
    const again = planOf(now(SHOP, fleet));
    const watch = new Watch(again, SHOP.playbook.services, fleet);
    runPlan(again, fleet, { look: (step) => watch.look(step) });
    for (const { host: at, replica, service: name } of again.placements)
      if (name !== 'migrate') expect([...fleet.checked], `killed after ${kill} steps`).toContain(`${at}/${replica}`);
  }
});

test('a database that died is reached again by the job of the next release', () => {
  const fleet = deployed(SHOP);
  const [machine] = [...fleet.machines.values()].filter(({ containers }) => containers.has('shop.db.1.1'));
  const dead = machine?.containers.get('shop.db.1.1');
  if (dead !== undefined) machine?.containers.set(dead.name, { ...dead, state: 'exited' });
  const services = SHOP.playbook.services.map((one) => (one.name === 'migrate' ? { ...one, image: 'migrate:2' } : one));
  const question = now(next(SHOP, services), fleet);
  const plan = planOf(question);
  const watch = new Watch(plan, services, fleet);
  runPlan(plan, fleet, { look: (step) => watch.look(step) });
  expect(fleet.jobs.at(-1)).toBe('shop.migrate.2.1');
});

test('a replica whose volume is on a host that is silent waits for that host, and nothing is said to be missing', () => {
  const question = world({
    hosts: [host('vm1', { roles: ['edge', 'worker'] }), host('vm2'), host('vm3')],
    services: [
      service('db', {
        ports: ['5432/tcp'],
        volumes: ['data'],
        constraints: [{ key: 'hostname', operator: '==', value: 'vm2' }],
      }),
      service('web', { ports: ['80'] }),
    ],
  });
  const fleet = deployed(question);
  fleet.machine('vm2').isSilent = true;
  const plan = planOf(now(next(question, [...question.playbook.services, service('extra')]), fleet));
  expect(plan.services.find(({ service: name }) => name === 'db')?.notes).toEqual([
    'shop.db.1.1 is bound to its volume on vm2, which does not answer: it waits for that host',
  ]);
  expect(plan.warnings.map(({ code }) => code)).toEqual(['W_HOST_SILENT']);
  runPlan(plan, fleet);
  expect(fleet.loaded('vm1', 'shop')?.services.db?.upstreams.map(({ container: name }) => name)).toEqual([
    'shop.db.1.1',
  ]);
});

test('a host that comes back with a name that is in use elsewhere takes nobody out of the routers', () => {
  const question = world({ services: [service('web', { replicas: 3, ports: ['80'] })] });
  const fleet = deployed(question);
  fleet.machine('vm2').isSilent = true;
  runPlan(planOf(now(question, fleet)), fleet);
  fleet.machine('vm2').isSilent = false;
  const back = planOf(now(question, fleet));
  expect(back.services[0]?.starts).toEqual([]);
  runPlan(back, fleet);
  expect(fleet.loaded('vm1', 'shop')?.services.web?.upstreams.length).toBe(3);
  expect(fleet.machine('vm2').containers.size).toBe(0);
});

test('global replicas keep their slots while a host is away and another one comes', () => {
  const services = [service('agent', { mode: 'global', ports: ['80'] })];
  const question = world({ hosts: 3, services });
  const fleet = deployed(question);
  const larger = world({ hosts: 4, services });
  const grown = new Simulator({
    ...larger,
    observed: { ...larger.observed, hosts: { ...larger.observed.hosts, ...fleet.observed().hosts } },
  });
  for (const key of fleet.checked) grown.checked.add(key);
  grown.machine('vm3').isSilent = true;
  runPlan(planOf(now(larger, grown)), grown);
  grown.machine('vm3').isSilent = false;
  const slots = planOf(now(larger, grown)).placements.map(({ slot, host: at, change }) => `${slot} ${at} ${change}`);
  expect(slots).toEqual(['1 vm1 stays', '2 vm2 stays', '3 vm3 stays', '4 vm4 stays']);
});

test('a service that leaves goes out of the routers, is stopped, removed, and its networks go, too', () => {
  const first = world({
    services: [service('old', { replicas: 2, ports: ['80'] }), service('web', { ports: ['80'] })],
  });
  const fleet = deployed(first);
  const second = next(first, [service('web', { ports: ['80'] })]);
  runPlan(planOf(now(second, fleet)), fleet);
  for (const { containers, networks } of fleet.machines.values()) {
    expect([...containers.keys()].filter((name) => name.includes('old'))).toEqual([]);
    expect([...networks.keys()]).not.toContain('fleet-shop.old');
  }
  expect(tryPlan(now(second, fleet))?.steps).toEqual([]);
});

test('a worker without ports that was left over by a kill after the record is stopped by the next run', () => {
  const first = world({ hosts: 1, services: [service('work')] });
  const fleet = deployed(first);
  const second = next(first, [service('work', { image: 'work:2' })]);
  const plan = planOf(now(second, fleet));
  const record = plan.steps.findIndex(({ action }) => action.kind === 'record');
  runPlan(plan, fleet, { killAfter: record + 1 });
  expect(fleet.machine('vm1').containers.size).toBe(2);
  runPlan(planOf(now(second, fleet)), fleet);
  expect([...fleet.machine('vm1').containers.keys()]).toEqual(['shop.work.2.1']);
});

test('a long grace is given to a replica that stops', () => {
  const first = world({
    hosts: 1,
    services: [service('db', { volumes: ['data'], container: container({ stopGraceMs: 90_000 }) })],
  });
  const fleet = deployed(first);
  const plan = planOf({ ...now(first, fleet), intent: { kind: 'remove', volumes: false } });
  const [stop] = plan.steps.filter(({ action }) => action.kind === 'stop');
  expect(stop?.commands).toMatchObject([
    { line: expect.stringContaining('docker stop --time 90 shop.db.1.1'), timeoutMs: 150_000 },
  ]);
});

test('killed while some routers have green and some still blue, no router is left with an empty group', () => {
  const web = (image: string): ReturnType<typeof service> =>
    service('web', {
      image,
      replicas: 2,
      ports: ['80'],
      rollout: { kind: 'rolling', parallelism: 1, order: 'stop-first' },
    });
  const first = world({ services: [web('web:1')] });
  const steps = planOf(now(next(first, [web('web:2')]), deployed(first))).steps.length;
  for (let kill = 0; kill < steps; kill++) {
    const fleet = deployed(first);
    const second = next(first, [web('web:2')]);
    runPlan(planOf(now(second, fleet)), fleet, { killAfter: kill });
    const again = planOf(now(second, fleet));
    const watch = new Watch(again, second.playbook.services, fleet);
    runPlan(again, fleet, { look: (step) => watch.look(step) });
  }
});

test('a recreated service that moves is reached at its new place by the job that needs it', () => {
  const pinned = (value: string): ReturnType<typeof service> =>
    service('db', {
      ports: ['5432/tcp'],
      rollout: { kind: 'recreate' },
      constraints: [{ key: 'hostname', operator: '==', value }],
    });
  const job = service('migrate', { job: 'pre-deploy', dependsOn: { db: 'healthy' } });
  const first = world({ services: [pinned('vm2'), job] });
  const fleet = deployed(first);
  const second = now(next(first, [pinned('vm3'), { ...job, image: 'migrate:2' }]), fleet);
  const plan = planOf(second);
  const watch = new Watch(plan, second.playbook.services, fleet);
  runPlan(plan, fleet, { look: (step) => watch.look(step) });
  expect(fleet.jobs.length).toBe(2);
});

test('a plan grows with its steps: twice the replicas on twice the hosts have twice the needs', () => {
  const sized = (size: number) =>
    planOf(
      world({
        hosts: Array.from({ length: size }, (_, index) => host(`vm${index}`)),
        services: [
          service('api', { ports: ['8080'], replicas: size * 3 }),
          service('web', { ports: ['80'], replicas: size }),
        ],
      }),
    );
  const needs = (plan: Plan) => plan.steps.reduce((sum, { needs: own }) => sum + own.length, 0);
  const [small, large] = [sized(8), sized(16)];
  expect(large.steps.length / small.steps.length).toBeLessThan(2.1);
  expect(needs(large) / needs(small)).toBeLessThan(2.3);
});

test('what starts in the room of a replica of another service waits until that one has stopped', () => {
  const large = { reservation: { cpus: 0, memoryBytes: 300 * MIB }, ports: ['80'] } as const;
  const shop = (version: string) => [
    service('db', { ...large, image: `db:${version}`, volumes: ['data'] }),
    service('web', { ...large, image: `web:${version}` }),
  ];
  const hosts = [host('vm1', { roles: ['edge', 'worker'] })];
  const first = world({ hosts, reports: { vm1: emptyHost({ memoryBytes: 768 * MIB }) }, services: shop('1') });
  const plan = planOf(now(next(first, shop('2')), deployed(first)));
  expect([...before(plan, 'start web.2.1@vm1')]).toContain('stop db.1.1@vm1');
});

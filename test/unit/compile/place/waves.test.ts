import { expect, test } from 'vitest';
import { compile } from '../../../../src/compile/index.ts';
import { NO_ORDER } from '../../../../src/model/heal.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import type { Rollout } from '../../../../src/model/playbook.ts';
import { asked, deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { emptyHost, host, MIB, running, type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

/** The plan that brings image 2 of a service to a fleet that runs image 1. */
function update(shape: ServiceShape, memoryMib = 8192, changed: ServiceShape = {}): Plan {
  const hosts = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2')];
  const reports = {
    vm1: emptyHost({ memoryBytes: memoryMib * MIB }),
    vm2: emptyHost({ memoryBytes: memoryMib * MIB }),
  };
  const first = world({ hosts, reports, services: [service('web', { ports: ['8080'], ...shape })] });
  const fleet = deployed(first);
  const second = world({
    hosts,
    services: [service('web', { ports: ['8080'], ...shape, image: 'web:2', ...changed })],
  });
  return planOf(now(second, fleet));
}

/** What happens to containers and traffic, in the order of the plan, without hosts. */
function story({ steps }: Plan): string {
  const words = steps.flatMap(({ id, action }) => {
    const [verb = '', what = ''] = (id.split('@')[0] ?? '').split(' ');
    if (action.kind === 'commit') return ['commit'];
    return ['start', 'stop', 'switch', 'drain', 'hold'].includes(action.kind) ? [`${verb} ${what}`] : [];
  });
  return [...new Set(words)].join(', ');
}

function notes({ services }: Plan): readonly string[] {
  return services.flatMap((change) => change.notes);
}

const rolling = (parallelism: number, order: 'start-first' | 'stop-first'): Rollout => ({
  kind: 'rolling',
  parallelism,
  order,
});

test('blue-green starts all, switches once, and stops blue after the commit', () => {
  const plan = update({ replicas: 2 });
  expect(story(plan)).toBe(
    'start web.2.1, start web.2.2, switch cutover-1, commit, drain last, stop web.1.1, stop web.1.2',
  );
  expect(notes(plan)).toEqual([]);
});

test('rolling goes replica by replica, each with its own cutover and drain', () => {
  expect(story(update({ replicas: 3, rollout: rolling(1, 'start-first') }))).toBe(
    'start web.2.1, switch cutover-1, drain cutover-1, stop web.1.1, start web.2.2, switch cutover-2, drain cutover-2, ' +
      'stop web.1.2, start web.2.3, switch cutover-3, commit, drain last, stop web.1.3',
  );
});

test('stop-first stops one for one, each out of the routers and drained before', () => {
  const plan = update({ replicas: 3, rollout: rolling(1, 'stop-first') });
  expect(story(plan)).toBe(
    'switch opening, drain opening, stop web.1.1, start web.2.1, switch cutover-1, drain cutover-1, stop web.1.2, ' +
      'start web.2.2, switch cutover-2, drain cutover-2, stop web.1.3, start web.2.3, switch cutover-3, commit, drain last',
  );
  expect(notes(plan)).toEqual([]);
});

test('stop-first of all replicas at once announces its pause', () => {
  expect(notes(update({ replicas: 2, rollout: rolling(0, 'stop-first') }))).toEqual([
    'stop-first: a pause of a few seconds without web',
  ]);
});

test('a canary takes its share of traffic, holds, and then the rest follows', () => {
  const plan = update({ replicas: 4, rollout: { kind: 'canary', percent: 30, holdMs: 60_000 } });
  expect(story(plan)).toBe(
    'start web.2.1, switch cutover-1, hold cutover-1, drain cutover-1, stop web.1.1, start web.2.2, start web.2.3, ' +
      'start web.2.4, switch cutover-2, commit, drain last, stop web.1.2, stop web.1.3, stop web.1.4',
  );
});

test('recreate stops first and starts at the same host port, and announces its pause', () => {
  const plan = update({ volumes: ['data'], ports: ['5432/tcp'] });
  expect(story(plan)).toBe('stop web.1.1, start web.2.1, switch cutover-1, commit, drain last');
  expect(notes(plan)).toEqual(['recreate: a pause of a few seconds without web, volume data stays on vm1']);
  const [start] = plan.services[0]?.starts ?? [];
  const stream = plan.routers.find(({ file }) => file === 'stream.conf');
  expect(stream?.after.replaceAll('web.2.1', 'web.1.1')).toContain(`10.0.0.1:${start?.ports[0]} `);
  expect(stream?.before).toContain(`10.0.0.1:${start?.ports[0]} `);
});

test('where both colours do not fit together, the plan goes in batches and says so', () => {
  const plan = update({ replicas: 3, reservation: { cpus: 0, memoryBytes: 512 * MIB } }, 1024);
  expect(notes(plan)).toEqual(['no room for both colours at once: goes in batches']);
  expect(story(plan)).toMatch(/^start web\.2\.\d, switch cutover-1, drain cutover-1, stop web\.1\.1, start web/);
});

test('where not one more replica fits, one stops first and the plan says so', () => {
  const plan = update({ replicas: 2, reservation: { cpus: 0, memoryBytes: 1024 * MIB } }, 1024);
  expect(notes(plan)).toEqual([
    'no room for a second colour: a replica stops before its successor starts',
    'no room for both colours at once: goes in batches',
  ]);
  expect(story(plan)).toBe(
    'switch opening, drain opening, stop web.1.1, start web.2.1, switch cutover-1, drain cutover-1, stop web.1.2, ' +
      'start web.2.2, switch cutover-2, commit, drain last',
  );
});

test('the delay of update_config is a pause between two waves', () => {
  const delay = { delayMs: 5000, monitorMs: 0, maxFailureRatio: 0, onFailure: 'rollback' } as const;
  const plan = update({ replicas: 2, rollout: rolling(1, 'start-first'), update: delay });
  const holds = plan.steps.flatMap(({ id, action }) => (action.kind === 'hold' ? [`${id} ${action.ms}`] : []));
  expect(holds).toEqual(['hold cutover-1 5000']);
});

test('failure_action pause takes nothing back', () => {
  const pause = { delayMs: 0, monitorMs: 0, maxFailureRatio: 0, onFailure: 'pause' } as const;
  expect(update({ update: pause }).steps.filter(({ undo }) => undo.length > 0)).toEqual([]);
  expect(update({}).steps.filter(({ undo }) => undo.length > 0).length).toBeGreaterThan(0);
});

test('replicas spread over zones first, then over hosts', () => {
  const hosts = ['a', 'a', 'b', 'b'].map((zone, index) => host(`vm${index + 1}`, { labels: { zone } }));
  const plan = planOf(world({ hosts, services: [service('web', { replicas: 3, spread: ['zone'] })] }));
  expect(plan.placements.map(({ host: at }) => at)).toEqual(['vm1', 'vm3', 'vm2']);
});

test('services that reserve nothing go where the fewest replicas are, not all to the host with the least reserved', () => {
  const big = service('a', { reservation: { cpus: 0.5, memoryBytes: MIB } });
  const small = ['b', 'c', 'd', 'e', 'f'].map((name) => service(name, {}));
  const { placements } = planOf(world({ hosts: [host('vm1'), host('vm2')], services: [big, ...small] }));
  expect(placements.map(({ host: at }) => at).sort()).toEqual(['vm1', 'vm1', 'vm1', 'vm2', 'vm2', 'vm2']);
});

test('where room is short, a new database comes before the job that needs it; where there is none, that is said', () => {
  const web = (mib: number, image: string): ReturnType<typeof service> =>
    service('web', { image, replicas: 2, reservation: { cpus: 0, memoryBytes: mib * MIB } });
  const report = emptyHost({ memoryBytes: 1024 * MIB });
  const hosts = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2')];
  const first = world({ hosts, reports: { vm1: report, vm2: report }, services: [web(400, 'web:1')] });
  const job = service('migrate', { job: 'pre-deploy', dependsOn: { db: 'healthy' } });
  const withDb = (mib: number, webMib: number): ReturnType<typeof compile> => {
    const db = service('db', { ports: ['5432/tcp'], reservation: { cpus: 0, memoryBytes: mib * MIB } });
    return compile(now(world({ hosts, services: [web(webMib, 'web:2'), db, job] }), deployed(first)));
  };
  const fits = withDb(300, 500);
  expect(fits.ok ? story(fits.plan) : '').toMatch(/^switch opening, start db\.2\.1, start web\.2\.1, switch cutover-1/);
  const full = withDb(700, 250);
  expect(full.ok ? [] : full.problems.map(({ message }) => message)).toContain(
    'db: no room beside what runs now, and migrate needs it first',
  );
});

test('stop-first begins with the replica that does not work, so that the one that works is never the only one to go', () => {
  const shape: ServiceShape = { ports: ['8080'], replicas: 2, rollout: rolling(1, 'stop-first') };
  const first = world({ services: [service('web', shape)] });
  const fleet = deployed(first);
  const [machine] = [...fleet.machines.values()].filter(({ containers }) => containers.has('shop.web.1.2'));
  const sick = machine?.containers.get('shop.web.1.2');
  if (sick !== undefined) machine?.containers.set(sick.name, { ...sick, state: 'restarting' });
  const second = world({ services: [service('web', { ...shape, image: 'web:2' })] });
  const stops = planOf(now(second, fleet)).steps.filter(({ action }) => action.kind === 'stop');
  expect(stops.map(({ id }) => id.split('@')[0])).toEqual(['stop web.1.2', 'stop web.1.1']);
});

test('a replica that has ended and is started again keeps its room', () => {
  const big = { reservation: { cpus: 0, memoryBytes: 300 * MIB } };
  const question = world({
    hosts: [host('vm1', { roles: ['edge', 'worker'] }), host('vm2'), host('vm3', { roles: ['edge'] })],
    reports: { vm1: emptyHost({ memoryBytes: 512 * MIB }), vm2: emptyHost({ memoryBytes: 512 * MIB }) },
    services: [service('api', { ports: ['80'], ...big }), service('web', { ports: ['80'], ...big })],
  });
  const fleet = deployed(question);
  const { containers } = fleet.machine('vm1');
  const [one] = containers.values();
  if (one === undefined) throw new Error('nothing runs');
  containers.set(one.name, { ...one, state: 'exited' });
  fleet.machine('vm2').isSilent = true;
  const order = { ...NO_ORDER, absences: { vm2: 'gone' } } as const;
  const plan = planOf(asked(question, fleet, { kind: 'heal', order }));
  expect(plan.services.flatMap(({ starts }) => starts)).toEqual([]);
  expect(plan.warnings.map(({ code }) => code)).toContain('W_UNPLACED');
});

test('a repair in which nothing fits anywhere stops the second one of a slot all the same', () => {
  const hosts = [host('vm1', { roles: ['edge', 'worker'] }), host('vm2')];
  const question = world({ hosts, services: [service('work', { replicas: 2, maxPerHost: 1 })] });
  const fleet = deployed(question);
  const { containers } = fleet.machine('vm1');
  const slot = [...containers.values()].map((one) => one.slot)[0] ?? 0;
  containers.set(`shop.work.2.${slot}`, running(`shop.work.2.${slot}`, { spec: 'other' }));
  fleet.machine('vm2').isSilent = true;
  const order = { ...NO_ORDER, absences: { vm2: 'gone' } } as const;
  const plan = planOf(asked(question, fleet, { kind: 'heal', order }));
  expect(plan.services.flatMap(({ stops }) => stops.map(({ replica }) => replica))).toEqual([`shop.work.2.${slot}`]);
});

test('stop-first announces its pause where all others that stay are sick', () => {
  const shape: ServiceShape = { ports: ['8080'], replicas: 2, maxPerHost: 1, rollout: rolling(1, 'stop-first') };
  const question = world({ services: [service('web', shape)] });
  const fleet = deployed(question);
  const [machine] = [...fleet.machines.values()].filter(({ containers }) => containers.has('shop.web.1.2'));
  const [drained = ''] = [...fleet.machines].find(([, { containers }]) => containers.has('shop.web.1.1')) ?? [];
  const drain = { kind: 'drain', host: drained } as const;
  expect(notes(planOf(asked(question, fleet, drain)))).toEqual([]);
  const sick = machine?.containers.get('shop.web.1.2');
  if (sick !== undefined) machine?.containers.set(sick.name, { ...sick, health: 'unhealthy' });
  expect(notes(planOf(asked(question, fleet, drain)))).toEqual(['stop-first: a pause of a few seconds without web']);
});

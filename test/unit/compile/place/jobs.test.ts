import { expect, test } from 'vitest';
import { compile, type Question } from '../../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { emptyHost, host, numbered, type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

const JOB: ServiceShape = { job: 'pre-deploy' };

/** "SLOT@HOST" of each run of the job. */
function runsOf(question: Question, job = 'migrate'): string[] {
  return planOf(question).steps.flatMap(({ action, host: at }) =>
    action.kind === 'job' && action.service === job ? [`${action.replica.split('.').at(-1)}@${at}`] : [],
  );
}

test('a job runs as often as it has replicas, spread like any service, and all runs end before others start', () => {
  const question = world({
    services: [service('migrate', { ...JOB, replicas: 3 }), service('web', { dependsOn: { migrate: 'completed' } })],
  });
  const plan = planOf(question);
  expect(runsOf(question)).toEqual(['1@vm2', '2@vm3', '3@vm1']);
  const start = plan.steps.find(({ action }) => action.kind === 'start');
  expect(start?.needs).toEqual(
    expect.arrayContaining(['job migrate.1.1@vm2', 'job migrate.1.2@vm3', 'job migrate.1.3@vm1']),
  );
  expect(plan.services.find((one) => one.service === 'migrate')).toMatchObject({
    reasons: ['runs 3 times before the new release starts'],
    starts: [{ host: 'vm2' }, { host: 'vm3' }, { host: 'vm1' }],
  });
  const fleet = deployed(question);
  expect([...fleet.jobs].sort()).toEqual(['shop.migrate.1.1', 'shop.migrate.1.2', 'shop.migrate.1.3']);
  expect(planOf(now(question, fleet)).steps).toEqual([]);
});

test('a global job runs once on every host that it may run on', () => {
  const [first, second, ...others] = numbered(4);
  if (first === undefined || second === undefined) throw new Error('no hosts');
  const hosts = [first, { ...second, cordoned: true }, ...others, host('vm9', { roles: ['edge'] })];
  const job = { ...JOB, mode: 'global' as const };
  expect(runsOf(world({ hosts, services: [service('migrate', job)] }))).toEqual(['1@vm1', '2@vm3', '3@vm4']);
});

test('a job goes to the host that holds its volume', () => {
  const reports = { vm2: emptyHost({ volumes: ['data'] }) };
  const services = [service('migrate', { ...JOB, replicas: 2, volumes: ['data'] })];
  expect(runsOf(world({ reports, services }))).toEqual(['1@vm2', '2@vm2']);
});

test('a job goes to where the service that it shares a new volume with starts, and jobs to each other', () => {
  const db = service('db', { volumes: ['data'], constraints: [{ key: 'hostname', operator: '==', value: 'vm3' }] });
  const job = service('migrate', { ...JOB, volumes: ['data'] });
  expect(runsOf(world({ services: [db, job] }))).toEqual(['1@vm3']);
  const first = service('a-first', { ...JOB, volumes: ['data'], constraints: db.constraints });
  expect(runsOf(world({ services: [first, job] }))).toEqual(['1@vm3']);
  expect(runsOf(world({ services: [service('migrate', { ...JOB, replicas: 3, volumes: ['data'] })] }))).toEqual([
    '1@vm1',
    '2@vm1',
    '3@vm1',
  ]);
});

test('a job whose volume is on a host without room says so, and how many of its runs do not fit', () => {
  const reports = { vm2: emptyHost({ volumes: ['data'], memoryBytes: 100 }) };
  const room = { cpus: 0, memoryBytes: 70 };
  const job = service('migrate', { ...JOB, replicas: 2, volumes: ['data'], reservation: room });
  const compiled = compile(world({ reports, services: [job] }));
  expect(compiled.ok ? [] : compiled.problems.map(({ message }) => message)).toEqual([
    'migrate: 1 of 2 replicas fits nowhere',
  ]);
});

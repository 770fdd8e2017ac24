import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

const NEEDS: ServiceShape = { dependsOn: { db: 'started', migrate: 'completed' } };

const services = (version: string): ReturnType<typeof service>[] => [
  service('db', { image: `db:${version}`, ports: ['5432/tcp'] }),
  service('api', { image: `api:${version}`, ports: ['8080'], ...NEEDS }),
  service('web', { image: `web:${version}`, ports: ['80'] }),
  service('migrate', { image: `migrate:${version}`, job: 'pre-deploy', dependsOn: { db: 'healthy' } }),
];

function selecting(question: Question, ...names: readonly string[]): Question {
  return { ...question, intent: { kind: 'deploy', services: names } };
}

function starts({ steps }: Plan): string[] {
  return steps.flatMap(({ action }) => (action.kind === 'start' || action.kind === 'job' ? [action.replica] : []));
}

function version2(fleet: Simulator): Question {
  const question = next(world({ services: services('1') }), services('2'));
  return now(question, fleet);
}

test('deploy web touches web only, and records the others as they run', () => {
  const fleet = deployed(world({ services: services('1') }));
  const plan = planOf(selecting(version2(fleet), 'web'));
  expect(starts(plan)).toEqual(['shop.web.2.1']);
  runPlan(plan, fleet);
  const record = fleet.machine('vm1').releases.get('shop')?.at(-1);
  const images = Object.values(record?.images ?? {}).map(({ image }) => image);
  expect(images.sort()).toEqual(['api:1', 'db:1', 'migrate:1', 'web:2']);
  expect(starts(planOf(version2(fleet))).sort()).toEqual(['shop.api.3.1', 'shop.db.3.1', 'shop.migrate.3.1']);
});

test('a service that is named brings its jobs, and services that it needs and that do not run', () => {
  const first = world({ services: services('1') });
  expect(starts(planOf(selecting(first, 'api'))).sort()).toEqual(['shop.api.1.1', 'shop.db.1.1', 'shop.migrate.1.1']);
  const fleet = deployed(first);
  expect(starts(planOf(selecting(version2(fleet), 'api'))).sort()).toEqual(['shop.api.2.1', 'shop.migrate.2.1']);
});

test('a job runs once; later it runs only when something changes', () => {
  const fleet = deployed(world({ services: services('1') }));
  expect(fleet.jobs).toEqual(['shop.migrate.1.1']);
  const [web] = services('1').filter(({ name }) => name === 'web');
  const more = services('1').map((one) => (one === web ? one : one.name === 'web' ? { ...one, replicas: 2 } : one));
  const grown = planOf(now(next(world({ services: services('1') }), more), fleet));
  expect(starts(grown)).toEqual(['shop.web.2.2']);
  runPlan(planOf(version2(fleet)), fleet);
  expect(fleet.jobs).toEqual(['shop.migrate.1.1', 'shop.migrate.2.1']);
});

test('what was never deployed and is not named is no part of the plan, and waits for its turn', () => {
  const exposed = service('web', { ports: ['80'], ingress: [{}] });
  const question = world({
    services: [service('api', { ports: ['8080'] }), exposed, service('job', { job: 'pre-deploy' })],
  });
  const fleet = deployed(selecting(question, 'api'));
  expect(Object.keys(fleet.machine('vm1').releases.get('shop')?.at(-1)?.specs ?? {})).toEqual(['api']);
  expect(starts(planOf(now(question, fleet))).sort()).toEqual(['shop.job.2.1', 'shop.web.2.1']);
});

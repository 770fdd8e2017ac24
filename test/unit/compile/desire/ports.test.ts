import { expect, test } from 'vitest';
import type { Question } from '../../../../src/compile/index.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { facts, type ServiceShape, service, type WorldShape, world } from '../../../support/compile/worlds.ts';

function shop(exposed: readonly string[] | undefined, cache: ServiceShape = {}, shape: WorldShape = {}): Question {
  const { exposed: _, ...unread } = facts('cache:1');
  const image = exposed === undefined ? unread : facts('cache:1', { exposed });
  const services = [service('api', { ports: ['8080'], dependsOn: { cache: 'started' } }), service('cache', cache)];
  return world({ hosts: 2, services, images: { 'cache:1': image }, ...shape });
}

function portsOf(question: Question): string[] {
  return planOf(question)
    .placements.filter((one) => one.service === 'cache')
    .flatMap(({ ports }) => ports.map(({ port, protocol }) => `${port}/${protocol}`));
}

function warnings(question: Question): string[] {
  return planOf(question)
    .warnings.filter(({ code }) => code === 'W_NO_PORT')
    .map(({ message }) => message);
}

test('a service that names no port has those that its image exposes', () => {
  const question = shop(['6379/tcp', '53/udp', '80', '9/sctp']);
  expect(portsOf(question)).toEqual(['53/udp', '80/tcp', '6379/tcp']);
  expect(Object.keys(planOf(question).vips)).toEqual(['api', 'cache']);
  expect(JSON.stringify(planOf(question).steps)).toContain('--add-host=cache:');
  expect(warnings(question)).toEqual([]);
});

test('ports that the playbook names win over the image, and a job has none', () => {
  expect(portsOf(shop(['6379/tcp'], { ports: ['7000/tcp'] }))).toEqual(['7000/tcp']);
  const job = world({
    services: [service('migrate', { job: 'pre-deploy' })],
    images: { 'migrate:1': facts('migrate:1', { exposed: ['80/tcp'] }) },
  });
  expect(planOf(job).vips).toEqual({});
  expect(JSON.stringify(planOf(job).steps)).not.toContain('--publish');
});

test('x-fleet.protocol says what is spoken on them', () => {
  expect(portsOf(shop(['80/tcp', '53/udp'], { protocol: 'http' }))).toEqual(['53/udp', '80/http']);
});

test('an image that exposes other ports makes another spec', () => {
  const fleet = deployed(shop(['6379/tcp']));
  expect(planOf(now(shop(['6379/tcp']), fleet)).steps).toEqual([]);
  const changed = planOf(now(shop(['6380/tcp']), fleet));
  expect(changed.services.find((one) => one.service === 'cache')?.reasons).toEqual(['ports changed']);
});

test('when nobody can tell what the image exposes, its containers keep the ports they have', () => {
  const fleet = deployed(shop(['6379/tcp', '53/udp']));
  const unread = shop(undefined);
  expect(planOf({ ...unread, observed: { ...unread.observed, hosts: fleet.observed().hosts } }).steps).toEqual([]);
});

test('a service that is not deployed keeps the ports of its containers, whatever its new image exposes', () => {
  const fleet = deployed(shop(['6379/tcp']));
  const later = shop([], { image: 'cache:2' }, {});
  const images = { ...later.observed.images, 'cache:2': facts('cache:2', { exposed: ['9/tcp'] }) };
  const question = {
    ...later,
    observed: fleet.observed(images),
    intent: { kind: 'deploy', services: ['api'] } as const,
  };
  expect(planOf(question).steps).toEqual([]);
});

test('a service that another one names and that has no known port is named with the line to add', () => {
  expect(warnings(shop([]))).toEqual([
    'cache: no port is known (cache:1 exposes none), so no other service (api names it) can reach it. If it listens, add to it: expose: ["PORT"]',
  ]);
  const many = Array.from({ length: 40 }, (_, index) => `${index + 1}/udp`);
  expect(warnings(shop(many))[0]).toContain('cache:1 exposes 40, which is too many to take them all');
  expect(warnings(shop(undefined))[0]).toContain('nobody could tell which ports cache:1 has');
});

test('a worker that nobody names is no matter for a warning, unless its image could not be looked at', () => {
  const worker = (image: ReturnType<typeof facts>, networks = ['default']) =>
    world({
      services: [service('api', { ports: ['80'] }), service('work', { networks })],
      images: { 'work:1': image },
    });
  const { exposed: _, ...unread } = facts('work:1');
  expect(warnings(worker(facts('work:1')))).toEqual([]);
  expect(warnings(worker(unread))).toHaveLength(1);
  expect(warnings(worker(unread, ['alone']))).toEqual([]);
});

test('ports of an image are asked before traffic comes, but need not answer: the service may listen on none of them', () => {
  const plan = planOf(shop(['6379/tcp', '6380/tcp']));
  const [probe] = plan.steps.filter(({ action }) => action.kind === 'probe').flatMap(({ commands }) => commands);
  const targets = probe?.kind === 'probe' ? probe.targets : [];
  expect(targets.map(({ name, maybe }) => `${name} ${maybe?.group ?? 'must'} ${maybe?.ms ?? ''}`)).toEqual([
    'api.1.1:8080 must ',
    'cache.1.1:6379 shop.cache.1.1 60000',
    'cache.1.1:6380 shop.cache.1.1 60000',
  ]);
  expect(plan.services.find((one) => one.service === 'cache')?.notes).toEqual([
    'port 6379, 6380 is known from the image alone: expose it to have it checked before traffic comes',
  ]);
});

test('of several ports that a file names, those that the world reaches must answer, of the others any one', () => {
  const web = service('web', { ports: ['80', '9229/tcp'], published: ['8080:80'] });
  const db = service('db', { ports: ['3306/tcp', '33060/tcp'] });
  const plan = planOf(world({ services: [web, db, service('one', { ports: ['80'] })] }));
  const [probe] = plan.steps.filter(({ action }) => action.kind === 'probe').flatMap(({ commands }) => commands);
  const targets = probe?.kind === 'probe' ? probe.targets : [];
  expect(targets.map(({ name, beside }) => `${name} ${beside?.group ?? ''} ${beside?.ms ?? 'must'}`)).toEqual([
    'db.1.1:3306 shop.db.1.1 5000',
    'db.1.1:33060 shop.db.1.1 5000',
    'one.1.1:80  must',
    'web.1.1:80 shop.web.1.1 must',
    'web.1.1:9229 shop.web.1.1 5000',
  ]);
});

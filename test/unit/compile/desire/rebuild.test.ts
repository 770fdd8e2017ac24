import { expect, test } from 'vitest';
import { lostRelease, REBUILT_BY, rebuiltRecord } from '../../../../src/compile/desire/rebuild.ts';
import type { Container, Observed } from '../../../../src/model/observed.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { next } from '../../../support/compile/arbitrary-worlds.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { runPlan } from '../../../support/compile/run-plan.ts';
import type { Simulator } from '../../../support/compile/simulator.ts';
import { emptyHost, running, service, world } from '../../../support/compile/worlds.ts';
import { aRecord } from '../../../support/releases.ts';

const FIRST = world({ services: [service('web', { replicas: 2, ports: ['80'] }), service('db')] });
const SECOND = next(FIRST, [service('web', { replicas: 2, ports: ['80'], image: 'web:2' }), service('db')]);

function seen(...containers: readonly Container[]): Observed {
  return { hosts: { vm1: emptyHost({ containers }) }, images: {} };
}

function loseRecords(fleet: Simulator): void {
  for (const { releases } of fleet.machines.values()) releases.clear();
}

function summary({ previous, release, steps }: Plan): unknown {
  return [`${previous} -> ${release}`, steps.map(({ id }) => id)];
}

test('the greatest release is rebuilt with specs, images and the jobs that its own replicas saw', () => {
  const observed = seen(
    running('shop.db.5.1', { spec: 'd', jobs: { migrate: 'old' }, startedAt: 10, imageDigest: 'sha256:1' }),
    running('shop.web.7.1', { spec: 'w', jobs: { migrate: 'new' }, startedAt: 40 }),
    running('shop.web.7.2', { spec: 'w', startedAt: 30 }),
    running('shop.migrate.7.1', { spec: 'new', kind: 'job', state: 'exited' }),
  );
  expect(rebuiltRecord('shop', observed, undefined)).toEqual({
    app: 'shop',
    release: 7,
    at: 30,
    by: REBUILT_BY,
    planDigest: '',
    specs: { db: 'd', migrate: 'new', web: 'w' },
    images: { db: { image: 'db:1', digest: 'sha256:1' }, web: { image: 'web:1' } },
  });
});

test('nothing is rebuilt where a record is as new, and where containers of one service differ', () => {
  const observed = seen(running('shop.web.7.1', { spec: 'w' }));
  expect(rebuiltRecord('shop', observed, aRecord(7, { web: 'other' }))).toBeUndefined();
  const mixed = seen(running('shop.web.6.1', { spec: 'v' }), running('shop.web.7.1', { spec: 'w' }));
  expect(rebuiltRecord('shop', mixed, aRecord(6, { web: 'v' }))).toBeUndefined();
});

test('with all records lost, the deploy of what runs writes the record again, and starts and stops nothing', () => {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(SECOND, fleet)), fleet);
  loseRecords(fleet);
  const plan = planOf(now(SECOND, fleet));
  expect(summary(plan)).toEqual(['2 -> 2', ['commit', 'record release 2@vm1']]);
  expect(plan.steps.at(-1)?.reason).toBe('rebuilt from containers: no keeper has a record of it that can be read');
  runPlan(plan, fleet);
  expect(fleet.machine('vm1').releases.get('shop')).toMatchObject([{ release: 2, by: REBUILT_BY }]);
  expect(planOf(now(SECOND, fleet)).steps).toEqual([]);
});

test('with only the newest record lost, it is rebuilt and the one before it does not come back', () => {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(SECOND, fleet)), fleet);
  const { releases } = fleet.machine('vm1');
  releases.set('shop', releases.get('shop')?.slice(0, 1) ?? []);
  expect(summary(planOf(now(SECOND, fleet)))).toEqual(['2 -> 2', ['commit', 'record release 2@vm1']]);
});

test('with all records lost, a changed playbook makes the release after the one that containers carry', () => {
  const fleet = deployed(FIRST);
  runPlan(planOf(now(SECOND, fleet)), fleet);
  loseRecords(fleet);
  const plan = planOf(now(next(FIRST, [...FIRST.playbook.services, service('cache')]), fleet));
  expect(`${plan.previous} -> ${plan.release}`).toBe('2 -> 3');
  expect(plan.services.find(({ service: name }) => name === 'web')?.reasons).toEqual(['image web:2 -> web:1']);
});

test('an update that was cut off goes on as the release that it was', () => {
  const fleet = deployed(FIRST);
  const plan = planOf(now(SECOND, fleet));
  const killAfter = plan.steps.findIndex(({ action }) => action.kind === 'commit');
  runPlan(plan, fleet, { killAfter });
  const again = planOf(now(SECOND, fleet));
  expect(`${again.previous} -> ${again.release}`).toBe('1 -> 2');
});

test('a job whose run is told by a replica does not run again, one that is not told does', () => {
  const migrate = service('migrate', { job: 'pre-deploy', dependsOn: { db: 'started' } });
  const told = world({ services: [service('db'), migrate, service('web')] });
  const untold = world({ services: [service('db'), migrate] });
  for (const [question, jobs] of [
    [told, []],
    [untold, ['migrate.1.1']],
  ] as const) {
    const fleet = deployed(question);
    loseRecords(fleet);
    const { steps } = planOf(now(question, fleet));
    const ran = steps.filter(({ action }) => action.kind === 'job').map(({ id }) => id.slice(4, -4));
    expect(ran).toEqual(jobs);
    expect(steps.filter(({ action }) => ['start', 'stop', 'remove'].includes(action.kind))).toEqual([]);
  }
});

test('a release whose record is lost is told where a service runs in it alone; one that was cut off is not', () => {
  const kept = aRecord(6, { db: 'd', web: 'v', migrate: 'm' });
  const [db, blue, green] = [
    running('shop.db.5.1', { spec: 'd' }),
    running('shop.web.6.1', { spec: 'v' }),
    running('shop.web.7.1', { spec: 'w' }),
  ];
  expect(lostRelease('shop', seen(db, green), kept)).toBe(7);
  expect(lostRelease('shop', seen(db, blue, green), kept)).toBeUndefined();
  expect(lostRelease('shop', seen(db, blue, running('shop.cache.7.1', { spec: 'c' })), kept)).toBeUndefined();
  expect(lostRelease('shop', seen(db, blue), kept)).toBeUndefined();
});

test('replicas that a run which was cut off has left in place, alike in all, are no release whose record is lost', () => {
  const fleet = deployed(FIRST);
  const [machine] = [...fleet.machines.values()].filter(({ containers }) => containers.has('shop.web.1.2'));
  const one = machine?.containers.get('shop.web.1.2');
  if (one !== undefined) machine?.containers.set(one.name, { ...one, release: 2 });
  expect(planOf(now(FIRST, fleet)).steps.map(({ id }) => id)).toEqual([]);
});

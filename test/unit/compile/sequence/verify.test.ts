import { expect, test } from 'vitest';
import type { Plan, Step } from '../../../../src/model/plan.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { type ServiceShape, service, world } from '../../../support/compile/worlds.ts';

const MONITORED = { delayMs: 0, monitorMs: 5000, maxFailureRatio: 0.05, onFailure: 'rollback' } as const;

const shop = (web: ServiceShape, api: ServiceShape = {}) =>
  world({
    hosts: 3,
    services: [
      service('web', { ports: ['8080'], ingress: [{ host: 'shop.test', port: 8080, probe: '/up' }], ...web }),
      service('api', { ports: ['9000', '9001/tcp'], ...api }),
    ],
  });

/** The plan for the second world on hosts that run the first one. */
const update = (first: ReturnType<typeof shop>, second: ReturnType<typeof shop>): Plan =>
  planOf(now(second, deployed(first)));

const verifies = ({ steps }: Plan): readonly Step[] => steps.filter(({ action }) => action.kind === 'verify');

/** What is counted on each host, as host -> words behind "count". */
const counts = (plan: Plan): Record<string, string> =>
  Object.fromEntries(
    verifies(plan).flatMap(({ host, commands }) =>
      commands.flatMap((command) =>
        command.kind === 'probe' && command.watch !== undefined
          ? [[host, command.watch.line.replace(/^.* count /, '').replaceAll(/10\.\d+\.\d+\.\d+:\d+/g, 'PLACE')]]
          : [],
      ),
    ),
  );

test('every router counts what replicas of a new version answer, from a mark on, while the edge is asked too', () => {
  const plan = update(shop({ update: MONITORED }), shop({ update: MONITORED, image: 'web:2', replicas: 2 }));
  const asked = "shop.2.cutover-1 'web=0.05=web.2.1@PLACE,web.2.2@PLACE'";
  expect(counts(plan)).toEqual({ vm1: asked, vm2: asked, vm3: asked });
  const [edge, other] = verifies(plan);
  expect(edge?.commands[0]).toMatchObject({
    kind: 'run',
    line: 'sh /home/deploy/.fleet/router/answers.sh mark shop.2.cutover-1',
  });
  expect(edge?.commands[1]).toMatchObject({ monitorMs: 5000, targets: [{ name: 'shop.test/up' }] });
  expect(other?.commands[1]).toMatchObject({ monitorMs: 5000, targets: [] });
  expect(other?.action).toEqual({ kind: 'verify', what: ['real requests'] });
});

test('the commit waits for all of them', () => {
  const { steps } = update(shop({ update: MONITORED }), shop({ update: MONITORED, image: 'web:2' }));
  const needs = steps.find(({ id }) => id === 'commit')?.needs ?? [];
  expect(needs.filter((id) => id.startsWith('verify'))).toEqual([
    'verify cutover-1@vm1',
    'verify cutover-1@vm2',
    'verify cutover-1@vm3',
  ]);
});

test('of a service behind others the HTTP ports alone are counted', () => {
  const plan = update(shop({}, { update: MONITORED }), shop({}, { update: MONITORED, image: 'api:2' }));
  expect(counts(plan).vm3).toBe("shop.2.cutover-1 'api=0.05=api.2.1@PLACE'");
});

test('a later wave counts the replicas of earlier ones too', () => {
  const rolling = { kind: 'rolling', parallelism: 1, order: 'start-first' } as const;
  const shape = { update: MONITORED, replicas: 2, rollout: rolling };
  const plan = update(shop(shape), shop({ ...shape, image: 'web:2' }));
  const lines = verifies(plan)
    .filter(({ host }) => host === 'vm2')
    .map(({ commands }) => JSON.stringify(commands).match(/web\.2\.\d/g));
  expect(lines).toEqual([['web.2.1'], ['web.2.1', 'web.2.2']]);
});

test('without monitor nothing is counted, and the edge alone is asked', () => {
  const plan = update(shop({}), shop({ image: 'web:2' }));
  expect(verifies(plan).map(({ id }) => id)).toEqual(['verify cutover-1@vm1']);
  expect(counts(plan)).toEqual({});
});

test('replicas that are only more, or come again, are not taken back for errors', () => {
  const first = shop({ update: MONITORED, replicas: 2 });
  expect(counts(update(first, shop({ update: MONITORED, replicas: 4 })))).toEqual({});
  const fleet = deployed(first);
  for (const machine of fleet.machines.values()) machine.containers.clear();
  const healing = planOf(now(first, fleet));
  expect(healing.steps.some(({ action }) => action.kind === 'start')).toBe(true);
  expect(counts(healing)).toEqual({});
});

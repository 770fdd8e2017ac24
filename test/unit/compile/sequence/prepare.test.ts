import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/model/plan.ts';
import { deployed, now, planOf } from '../../../support/compile/deployed.ts';
import { facts, service, world } from '../../../support/compile/worlds.ts';

const SERVICES = [service('web', { ports: ['80'], ingress: [{}] })];

function routerSteps(plan: Plan): { id: string; needs: readonly string[] }[] {
  return plan.steps.filter(({ id }) => id.startsWith('router@')).map(({ id, needs }) => ({ id, needs }));
}

test('a router tag that moved in the registry restarts no router', () => {
  const first = world({ services: SERVICES });
  const fleet = deployed(first);
  const router = first.inventory.network.routerImage;
  const moved = { ...facts(router), digest: `sha256:${'f'.repeat(64)}` };
  const { observed } = now(first, fleet);
  const plan = planOf({ ...first, observed: { ...observed, images: { ...observed.images, [router]: moved } } });
  expect(plan.steps).toEqual([]);
});

test('another router image restarts one host after the other, and it is said', () => {
  const first = world({ services: SERVICES });
  const fleet = deployed(first);
  const second = world({ services: SERVICES, network: { routerImage: 'nginx:1.31' } });
  const plan = planOf({ ...second, observed: { ...now(first, fleet).observed, images: second.observed.images } });
  expect(routerSteps(plan)).toEqual([
    { id: 'router@vm1', needs: ['pull nginx:1.31@vm1'] },
    { id: 'router@vm2', needs: ['pull nginx:1.31@vm2', 'router@vm1'] },
    { id: 'router@vm3', needs: ['pull nginx:1.31@vm3', 'router@vm2'] },
  ]);
  expect(plan.warnings.map(({ code }) => code)).toContain('W_ROUTER_RESTART');
});

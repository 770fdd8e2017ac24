import { expect, test } from 'vitest';
import { compileHosts } from '../../../../src/compile/index.ts';
import { routerSpec } from '../../../../src/compile/nginx/swap.ts';
import type { HostUp } from '../../../../src/model/observed.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { emptyHost, facts, host, inventory, ROUTER_IMAGE } from '../../../support/compile/worlds.ts';

const DIGEST = facts(ROUTER_IMAGE).digest;

/** A host whose router runs this image and serves app shop. */
function withRouter(image: string, spec = routerSpec(image.split('@')[0] ?? '')): HostUp {
  const shop = { app: 'shop', generation: 'g1', services: {}, files: {} };
  const images = [`nginx@${DIGEST}`];
  return emptyHost({
    images,
    router: { container: { running: true, spec, image }, mainDigest: 'old', apps: { shop } },
  });
}

function planFor(hosts: Record<string, HostUp>, edges: readonly string[] = ['vm1', 'vm2']): Plan {
  const list = Object.keys(hosts).map((name) =>
    host(name, { roles: edges.includes(name) ? ['edge', 'worker'] : ['worker'] }),
  );
  const compiled = compileHosts({
    inventory: inventory(list),
    observed: { hosts, images: { [ROUTER_IMAGE]: facts(ROUTER_IMAGE) } },
    bare: {},
    intent: { kind: 'routers' },
  });
  if (!compiled.ok) throw compiled.problems[0];
  return compiled.plan;
}

const old = withRouter('nginx:1.28@sha256:0');
const order = (plan: Plan): unknown[] => plan.steps.map(({ id, needs }) => [id, needs]);

test('host by host, edges last, and each waits until the one before it serves', () => {
  expect(order(planFor({ vm1: old, vm2: old, vm3: old }))).toEqual([
    ['router@vm3', []],
    ['confirm router@vm3', ['router@vm3']],
    ['router@vm1', ['confirm router@vm3']],
    ['confirm router@vm1', ['router@vm1']],
    ['router@vm2', ['confirm router@vm1']],
    ['confirm router@vm2', ['router@vm2']],
    ['audit@vm1', ['confirm router@vm2']],
    ['audit@vm2', ['confirm router@vm2']],
  ]);
});

test('a new router counts when it answers with what the old one served, and an edge on its port too', () => {
  const plan = planFor({ vm1: old, vm2: old, vm3: old });
  const asked = (id: string): unknown =>
    plan.steps.find((one) => one.id === id)?.commands.flatMap((one) => (one.kind === 'probe' ? one.targets : []));
  const shop = {
    name: 'shop g1',
    address: '10.96.0.1',
    port: 80,
    http: { path: '/generation/shop', tls: false, status: [200, 200], body: 'g1' },
  };
  expect(asked('confirm router@vm3')).toEqual([shop]);
  expect(asked('confirm router@vm1')).toEqual([shop, { name: 'port 80', address: '127.0.0.1', port: 80 }]);
});

test('a tag that moved is another image here, though no deploy restarts a router for it', () => {
  const moved = withRouter(`${ROUTER_IMAGE}@sha256:0`);
  const plan = planFor({ vm1: moved, vm2: moved });
  expect(order(plan).slice(0, 1)).toEqual([['router@vm1', []]]);
  const swap = plan.steps[0]?.commands.flatMap((one) => (one.kind === 'run' ? [one.line] : []))[1];
  expect(swap).toContain(` fleet-router ${routerSpec(ROUTER_IMAGE)} ${ROUTER_IMAGE}@${DIGEST} 32 `);
});

test('routers of this image get new main files by a reload, without a new container', () => {
  const right = withRouter(`${ROUTER_IMAGE}@${DIGEST}`);
  const plan = planFor({ vm1: right });
  expect(plan.steps[0]?.commands.map((one) => (one.kind === 'run' ? one.line : ''))).not.toContain(
    expect.stringContaining('docker run'),
  );
  expect(plan.warnings).toEqual([]);
});

test('what it costs is said, and with one edge that there is no other', () => {
  const restart = {
    code: 'W_ROUTER_RESTART',
    message:
      'one host after the other: HTTP goes on without a gap, TCP connections through it that are open after 32 s are cut',
  };
  expect(planFor({ vm1: old, vm2: old }).warnings).toEqual([restart]);
  expect(planFor({ vm1: old, vm2: old }, ['vm1']).warnings).toEqual([
    restart,
    {
      code: 'W_ONLY_EDGE',
      message: 'vm1 is the only edge: a client whose connection is cut has no other one to go to',
    },
  ]);
});

/** A fleet to make records of: a shop on vm1 and vm2; vm3 is silent, and routers lead to one replica there. */
import type { Inventory } from '../../src/model/inventory.ts';
import type { Observed, RoutedService, Upstream } from '../../src/model/observed.ts';
import { host, inventory } from './compile/worlds.ts';
import { aContainer, hostUp } from './fake-stages.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** Two edges and a worker; vm2 is dialled from outside at another address than its private one. */
export function recordsInventory(): Inventory {
  const outside = { ...host('vm2').ssh, address: '203.0.113.2', port: 2222 };
  const vm2 = host('vm2', { roles: ['edge'], ssh: outside });
  return inventory([host('vm1', { roles: ['edge', 'worker'] }), vm2, host('vm3')]);
}

/** What the hosts report. */
export function recordsObserved(): Observed['hosts'] {
  const router = { mainDigest: '', apps: { shop: { app: 'shop', generation: 'g', services: services(), files } } };
  const job = aContainer('migrate', { kind: 'job', state: 'exited', health: 'none', ports: [] });
  const failed = aContainer('backend', {
    slot: 2,
    state: 'exited',
    health: 'none',
    exitCode: 3,
    startedAt: 0,
    ports: [],
  });
  return {
    vm1: hostUp({
      containers: [aContainer('backend', { imageDigest: DIGEST, startedAt: Date.UTC(2026, 10, 22, 21, 15, 29) }), job],
      networks: { 'fleet-shop.cache.internal': '10.97.200.0/26' },
      listening: ['tcp/22', 'tcp/9100'],
      router,
    }),
    vm2: hostUp({ containers: [failed, aContainer('cache', { image: 'cache,"x"|y:1', ports: [] })], router }),
    vm3: { reachable: false, code: 'E_HOST_UNREACHABLE', message: 'no route to host', hint: 'ping 10.0.0.3' },
  };
}

function services(): Readonly<Record<string, RoutedService>> {
  const upstreams = [upstream('shop.backend.6.1', 1, 'vm1'), upstream('shop.backend.6.3', 3, 'vm3')];
  const claims = ['5432/tcp', 'plain.example/', 'shop.example/api'];
  return {
    backend: { vip: '10.96.0.5', subnet: '10.97.0.64/26', former: '10.97.0.128/26', upstreams, claims },
    cache: { vip: '10.96.0.9', subnet: '', upstreams: [], claims: [] },
  };
}

function upstream(container: string, slot: number, name: string): Upstream {
  const ports = [{ port: 8080, protocol: 'http', hostPort: 20011 }] as const;
  return { container, slot, host: name, address: host(name).private, ports };
}

const files = {
  'http.conf': `server {
  listen 80;
  server_name plain.example;
}
server {
  listen 443 ssl;
  server_name shop.example;
}
`,
};

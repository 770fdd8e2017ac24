import { expect, test } from 'vitest';
import { inventoryFrom } from '../support/memory.ts';

test('a host needs no more than its name', async () => {
  expect(await inventoryFrom('hosts: { vm1: }')).toEqual({
    name: 'hosts',
    hosts: [
      {
        name: 'vm1',
        ssh: {
          address: 'vm1',
          port: 22,
          user: 'ann',
          identities: [],
          identitiesOnly: false,
          knownHosts: [
            '/nobody/home/.ssh/known_hosts',
            '/nobody/home/.ssh/known_hosts2',
            '/etc/ssh/ssh_known_hosts',
            '/etc/ssh/ssh_known_hosts2',
          ],
          jumps: [],
        },
        private: 'vm1',
        labels: {},
        roles: ['worker'],
        capacity: {},
        reserve: {},
        cordoned: false,
      },
    ],
    network: {
      vipRange: '10.96.0.0/16',
      subnetRange: '10.97.0.0/16',
      portRange: [20_000, 29_999],
      routerImage: 'nginx:1.30',
      shutdownTimeoutMs: 30_000,
      keepaliveMinMs: 3000,
    },
  });
});

test('what a host says wins over defaults, and labels and capacity are joined', async () => {
  const { hosts } = await inventoryFrom(`
defaults: { user: deploy, port: 2222, labels: { dc: x, zone: a }, capacity: { cpus: 4, memory: 8g }, roles: worker }
hosts:
  vm1: { user: root, labels: { zone: b }, capacity: { cpus: 2.5 }, roles: [worker, edge], cordoned: true }
`);
  expect(hosts[0]).toMatchObject({
    ssh: { user: 'root', port: 2222 },
    labels: { dc: 'x', zone: 'b' },
    capacity: { cpus: 2.5, memoryBytes: 8_589_934_592 },
    roles: ['edge', 'worker'],
    cordoned: true,
  });
});

test('the n-th name of a range gets the n-th address', async () => {
  const { hosts } = await inventoryFrom(
    'hosts: { "web[09:11]": { address: "192.0.2.[1:3]", private: "10.0.0.[21:23]" }, db: { address: 10.0.0.5 } }',
  );
  expect(hosts.map((host) => [host.name, host.ssh.address, host.private])).toEqual([
    ['db', '10.0.0.5', '10.0.0.5'],
    ['web09', '192.0.2.1', '10.0.0.21'],
    ['web10', '192.0.2.2', '10.0.0.22'],
    ['web11', '192.0.2.3', '10.0.0.23'],
  ]);
});

test('jump chains are flattened, the first one is dialled first', async () => {
  const { hosts } = await inventoryFrom(`
hosts:
  outer: { address: 192.0.2.1 }
  inner: { address: 10.0.0.1, jump: outer }
  vm1: { address: 10.1.0.1, jump: inner }
  vm2: { address: 10.1.0.2, jump: "ann@192.0.2.9:2222, inner" }
  vm3: { address: 10.1.0.3, jump: none }
`);
  const jumps = hosts.map(({ name, ssh }) => [
    name,
    ...ssh.jumps.map((jump) => `${jump.user}@${jump.address}:${jump.port}`),
  ]);
  expect(jumps).toEqual([
    ['inner', 'ann@192.0.2.1:22'],
    ['outer'],
    ['vm1', 'ann@192.0.2.1:22', 'ann@10.0.0.1:22'],
    ['vm2', 'ann@192.0.2.9:2222', 'ann@192.0.2.1:22', 'ann@10.0.0.1:22'],
    ['vm3'],
  ]);
});

test('the same address behind another jump host is another machine', async () => {
  const { hosts } = await inventoryFrom(`
hosts:
  vm1: { address: 10.0.0.1, private: 10.8.0.1, jump: a@192.0.2.1 }
  vm2: { address: 10.0.0.1, private: 10.8.0.2, jump: a@192.0.2.2 }
`);
  expect(hosts).toHaveLength(2);
});

test('paths start at home or at the inventory file', async () => {
  const { hosts } = await inventoryFrom('hosts: { vm1: { identity: [~/.ssh/a, /etc/b], known_hosts: /etc/known } }');
  expect(hosts[0]?.ssh).toMatchObject({ identities: ['/nobody/home/.ssh/a', '/etc/b'], knownHosts: ['/etc/known'] });
});

test('an executable inventory is refused with what to do instead', async () => {
  await expect(inventoryFrom('#!/bin/sh\necho hosts:\n')).rejects.toMatchObject({
    exitCode: 2,
    problems: [{ code: 'E_UNSUPPORTED', hint: 'run it yourself: hosts.yaml > inventory.yaml, then use that file' }],
  });
});

test('network and router can be set', async () => {
  const { network } = await inventoryFrom(`
hosts: { vm1: }
network: { vips: 172.20.0.0/20, subnets: 172.21.0.0/16, ports: 31000-31999 }
router: { image: "registry.example:5000/nginx:1.30", shutdown_timeout: 1m, keepalive_min_timeout: 500ms }
`);
  expect(network).toEqual({
    vipRange: '172.20.0.0/20',
    subnetRange: '172.21.0.0/16',
    portRange: [31_000, 31_999],
    routerImage: 'registry.example:5000/nginx:1.30',
    shutdownTimeoutMs: 60_000,
    keepaliveMinMs: 500,
  });
});

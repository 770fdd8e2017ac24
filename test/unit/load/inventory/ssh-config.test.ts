import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadInventory } from '../../../../src/load/index.ts';
import { inventoryFrom } from '../support/memory.ts';

const CONFIG = '/nobody/home/.ssh/config';

test('what the inventory leaves out comes from ~/.ssh/config', async () => {
  const config = `
Host vm1
  HostName 10.0.0.1
  User deploy
  Port 2222
  IdentityFile ~/.ssh/fleet
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_fleet
  HostKeyAlias first
Host *
  User nobody
`;
  const { hosts } = await inventoryFrom('hosts: { vm1: , vm2: { user: root } }', { [CONFIG]: config });
  expect(hosts[0]?.ssh).toEqual({
    address: '10.0.0.1',
    port: 2222,
    user: 'deploy',
    identities: ['/nobody/home/.ssh/fleet'],
    identitiesOnly: true,
    knownHosts: ['/nobody/home/.ssh/known_fleet', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    hostKeyAlias: 'first',
    jumps: [],
  });
  expect(hosts[1]?.ssh.user).toBe('root');
});

test('a block for the address counts where the one for the name says nothing', async () => {
  const config = 'Host 10.0.0.*\n  User deploy\n  Port 2200\nHost vm1\n  Port 2222\n';
  const { hosts } = await inventoryFrom('hosts: { vm1: { address: 10.0.0.1 } }', { [CONFIG]: config });
  expect(hosts[0]?.ssh).toMatchObject({ address: '10.0.0.1', user: 'deploy', port: 2222 });
});

test('ProxyJump names a host of the inventory, of ~/.ssh/config or an address', async () => {
  const config = `
Host bastion
  HostName 192.0.2.1
  User jump
Host vm1
  ProxyJump bastion
Host vm2
  ProxyJump vm1,ann@192.0.2.7:2200
Host vm3
  ProxyJump none
`;
  const { hosts } = await inventoryFrom('hosts: { vm1: , vm2: , vm3: }', { [CONFIG]: config });
  const ways = hosts.map(({ ssh }) => ssh.jumps.map((jump) => `${jump.user}@${jump.address}:${jump.port}`));
  expect(ways).toEqual([['jump@192.0.2.1:22'], ['jump@192.0.2.1:22', 'ann@vm1:22', 'ann@192.0.2.7:2200'], []]);
});

test('a jump host for all hosts is not its own jump host', async () => {
  const { hosts } = await inventoryFrom('hosts: { bastion: , vm1: }', { [CONFIG]: 'Host *\n  ProxyJump bastion\n' });
  expect(hosts.map(({ name, ssh }) => [name, ssh.jumps.length])).toEqual([
    ['bastion', 0],
    ['vm1', 1],
  ]);
});

test('Match exec runs nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-load-'));
  const config = `Match exec "touch ${folder}/ran"\n  User evil\n`;
  const { hosts } = await inventoryFrom('hosts: { vm1: }', { [CONFIG]: config });
  expect(hosts[0]?.ssh.user).toBe('ann');
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('included files count, with wildcards, and usual keys that exist are offered', async () => {
  const home = mkdtempSync(join(tmpdir(), 'fleet-load-'));
  mkdirSync(join(home, '.ssh', 'config.d'), { recursive: true });
  writeFileSync(join(home, '.ssh', 'config'), 'Include config.d/*.conf\nHost vm1\n  User late\n');
  writeFileSync(join(home, '.ssh', 'config.d', 'a.conf'), 'Host vm1\n  User early\n');
  writeFileSync(join(home, '.ssh', 'id_ed25519'), '');
  const file = join(home, 'fleet.yaml');
  writeFileSync(file, 'hosts: { vm1: }\n');
  const { hosts } = await loadInventory(file, { env: {}, home });
  expect(hosts[0]?.ssh).toMatchObject({ user: 'early', identities: [join(home, '.ssh', 'id_ed25519')] });
});

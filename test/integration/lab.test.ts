import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  bootHost,
  cutHost,
  killHost,
  type LabStatus,
  labDown,
  labStatus,
  labUp,
  leftovers,
  mendHost,
  rootExec,
} from '../../src/lab/index.ts';

/** A lab beside the one that the other tests share: its own name, network and folders. */
const NAME = 'trial';
let status: LabStatus;

beforeAll(async () => {
  await labDown({ name: NAME });
  await labUp({ name: NAME, hosts: 2, edges: 1 });
  status = await labStatus(NAME);
}, 120_000);

afterAll(async () => {
  await labDown({ name: NAME });
}, 60_000);

it('all hosts are ready, with an address, a role and a zone each', () => {
  expect(status.hosts.map((host) => [host.name, host.roles, host.zone, host.state])).toEqual([
    ['vm1', ['edge', 'worker'], 'a', 'ready'],
    ['vm2', ['worker'], 'b', 'ready'],
  ]);
});

it('a second up in the same shape changes nothing', async () => {
  expect((await labUp({ name: NAME, hosts: 2, edges: 1 })).outcome).toBe('unchanged');
});

it('the ordinary user may use docker, and finds nothing of this machine', async () => {
  expect(await ssh('vm1', 'id -nG; hostname; docker ps -q; ls -A /root /home')).toBe(
    "deploy docker\nvm1\n/home:\ndeploy\nls: cannot open directory '/root': Permission denied\n",
  );
});

it('a command over an open connection does not pay for shell files', async () => {
  expect(await ssh('vm1', 'echo "$BASH_ENV$PS1" "$PATH"')).toBe(' /usr/local/bin:/usr/bin:/bin:/usr/games\n');
});

it('a host that lost its power is silent, and comes back with its disk, its key and its containers', async () => {
  await ssh(
    'vm2',
    'docker run -d --name cache --restart always -p 6379:6379 redis:7 && docker exec cache redis-cli set a kept',
  );
  await ssh('vm2', 'docker exec cache redis-cli save && echo kept > note');
  await killHost('vm2', NAME);
  expect(await isOpen('vm2', 22)).toBe(false);
  await expect(rootExec('vm2', ['true'], { labName: NAME })).rejects.toThrow('vm2 is off');
  await bootHost('vm2', NAME);
  expect(await ssh('vm2', 'cat note; until docker exec cache redis-cli get a; do sleep 0.1; done')).toContain(
    'kept\nkept\n',
  );
  expect(await isOpen('vm2', 6379)).toBe(true);
}, 60_000);

it('a host that runs can not be booted once more', async () => {
  await expect(bootHost('vm1', NAME)).rejects.toThrow('vm1 already runs');
});

it('a host whose cable is cut runs on unheard', async () => {
  await cutHost('vm1', NAME);
  expect(await isOpen('vm1', 22)).toBe(false);
  expect((await rootExec('vm1', ['docker', 'ps', '--quiet'], { labName: NAME })).exitCode).toBe(0);
  expect((await labStatus(NAME)).hosts[0]?.state).toBe('cut');
  await mendHost('vm1', NAME);
  expect(await isOpen('vm1', 22)).toBe(true);
});

it('a published port is reached from another host', async () => {
  await ssh('vm1', 'docker run -d --name web -p 8080:80 nginx:1.30');
  expect(await ssh('vm2', `docker run --rm busybox:1 wget -qO- http://${addressOf('vm1')}:8080`)).toContain(
    'Welcome to nginx!',
  );
});

it('nothing of the lab is left after down', async () => {
  await labDown({ name: NAME });
  expect(await leftovers(NAME)).toEqual([]);
}, 60_000);

function addressOf(hostName: string): string {
  return status.hosts.find((host) => host.name === hostName)?.address ?? '';
}

function ssh(hostName: string, command: string): Promise<string> {
  const options = ['-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${status.knownHosts}`, '-i', status.identity];
  return new Promise((resolve) => {
    const argv = [...options, `deploy@${addressOf(hostName)}`, command];
    execFile('ssh', argv, { timeout: 40_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

function isOpen(hostName: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: addressOf(hostName), port, timeout: 1_500 });
    const answer = (isConnected: boolean) => () => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

/** What is seen of real hosts, whichever way their Docker is asked. */
import { afterEach, expect, test } from 'vitest';
import { loadInventory } from '../../src/load/index.ts';
import type { HostUp } from '../../src/model/observed.ts';
import { observe } from '../../src/observe/observe.ts';
import { onEachHost, onLabOk, removeApp, theLab } from '../support/real/lab.ts';
import { openShellOn, otherwise, WALL_CLOCK } from '../support/real/shell.ts';

const PLAYBOOK = 'test/integration/playbooks/answers.yaml';

afterEach(() => removeApp(PLAYBOOK));

/** The same host at two times: clocks, free disk and the ports of the observing itself differ. */
function comparable(host: HostUp): object {
  return { ...host, clockSkewMs: 0, diskFreeBytes: 0 };
}

test('over its socket a Docker says the same of itself as its command does', async () => {
  const { inventory } = theLab();
  await onLabOk(PLAYBOOK, ['deploy', '--yes']);
  await onEachHost([
    'sh',
    '-c',
    'docker create --name other --publish 10.0.0.9:1:1 busybox:1 false || docker create --name other busybox:1 false',
  ]);
  const shell = await openShellOn(inventory);
  const hosts = await loadInventory(inventory, { env: process.env, home: '/root' });
  const withoutSocket = otherwise(shell, {
    connectSocket: () => shell.connectSocket('vm1', '/nowhere', 1_000),
  });
  const now = WALL_CLOCK.now;
  try {
    const direct = await observe(shell, hosts, [], { now });
    const byCommand = await observe(withoutSocket, hosts, [], { now });
    let containers = 0;
    for (const [name, host] of Object.entries(byCommand.hosts)) {
      const other = direct.hosts[name];
      if (!host.reachable || other?.reachable !== true) throw new Error(`${name} is not reachable`);
      expect(comparable(other)).toEqual(comparable(host));
      containers += host.containers.length;
    }
    expect(containers).toBeGreaterThan(0);
  } finally {
    await shell.close();
    await onEachHost(['docker', 'rm', '--force', 'other']);
  }
});

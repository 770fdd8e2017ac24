import { appendFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadInventory } from '../../../src/load/index.ts';
import type { Inventory, SshTarget } from '../../../src/model/inventory.ts';
import type { Shell } from '../../../src/model/shell.ts';
import type { Limits } from '../../../src/ssh/limits.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { type SimulatedFleet, simulate } from '../../support/simulate/fleet.ts';
import { makeKey } from '../../support/ssh-key.ts';
import { startServer } from '../../support/ssh-server.ts';

const RUN = { timeoutMs: 30_000 };
let fleet: SimulatedFleet;
let inventory: Inventory;

beforeAll(async () => {
  fleet = await simulate({ hosts: 40, containers: 1, workers: 1 });
  inventory = await loadInventory(fleet.inventory, { env: {}, home: homedir() });
});
afterAll(() => fleet[Symbol.asyncDispose]());

function shellOn(hosts: Inventory, limits: Partial<Limits>): Shell & AsyncDisposable {
  const shell = createShell(hosts, { home: homedir(), now: Date.now, limits });
  return Object.assign(shell, { [Symbol.asyncDispose]: () => shell.close() });
}

/** Asks all hosts at once; their names in the order in which they answered or failed, those that failed with a "!". */
async function asked(shell: Shell, hosts: readonly string[]): Promise<string[]> {
  const order: string[] = [];
  const ask = (host: string) =>
    shell.run(host, ':', RUN).then(
      () => order.push(host),
      () => order.push(`${host}!`),
    );
  await Promise.all(hosts.map(ask));
  return order;
}

test('no more handshakes are under way than allowed', async () => {
  await using shell = shellOn(inventory, { handshakes: 3, handshakeQuietMs: 30_000, connectMs: 30_000 });
  await asked(shell, fleet.hosts);
  const { logins, mostUnderWay } = await fleet.counts();
  expect(logins).toBe(fleet.hosts.length);
  expect(mostUnderWay).toBeLessThanOrEqual(3);
});

test('hosts that hang, before or after their greeting, cost their own deadline and delay nobody', async () => {
  const bad = fleet.hosts.slice(0, 20);
  for (const [index, host] of bad.entries()) await fleet.behave(host, index % 2 === 0 ? 'hang' : 'stall');
  await using shell = shellOn(inventory, { handshakes: 4, handshakeQuietMs: 100, connectMs: 8_000 });
  const order = await asked(shell, fleet.hosts);
  const firstBad = order.findIndex((text) => text.endsWith('!'));
  expect(order.slice(0, firstBad).sort()).toEqual(fleet.hosts.slice(20));
  expect(order.slice(firstBad).sort()).toEqual(bad.map((host) => `${host}!`));
  for (const host of bad) await fleet.behave(host, 'ordinary');
});

test('a login that waits for its turn survives a reset; one that hangs does not', async () => {
  const [hung = '', waiting = ''] = fleet.hosts;
  await fleet.behave(hung, 'hang');
  const before = (await fleet.counts()).taken;
  await using shell = shellOn(inventory, { handshakes: 1, handshakeQuietMs: 30_000, connectMs: 30_000 });
  const [lost, later] = [shell.run(hung, ':', RUN), shell.run(waiting, ':', RUN)];
  const rejected = expect(lost).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  while ((await fleet.counts()).taken === before) await setImmediate();
  shell.reset(waiting);
  shell.reset(hung);
  await rejected;
  expect(await later).toMatchObject({ code: 0 });
  await fleet.behave(hung, 'ordinary');
});

test('many hosts behind a jump host share its one connection, even where one handshake is allowed at a time', async () => {
  const key = makeKey();
  const jump = await startServer({ hostKeys: [key], authorized: { ...key, publicText: fleet.publicKey } });
  appendFileSync(fleet.knownHosts, `[127.0.0.1]:${jump.port} ${key.publicText}\n`);
  await using shell = shellOn(behind(jump.port), { handshakes: 1, handshakeQuietMs: 30_000 });
  expect((await asked(shell, fleet.hosts)).sort()).toEqual(fleet.hosts);
  expect(jump.counts.connections).toBe(1);
  await shell.close();
  await jump.close();
});

/** The inventory, with all hosts behind a jump host on the loopback. */
function behind(port: number): Inventory {
  const jumpOf = (ssh: SshTarget): SshTarget => ({ ...ssh, port, jumps: [] });
  return {
    ...inventory,
    hosts: inventory.hosts.map((host) => ({ ...host, ssh: { ...host.ssh, jumps: [jumpOf(host.ssh)] } })),
  };
}

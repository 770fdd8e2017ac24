import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { loadInventory } from '../../../src/load/index.ts';
import type { HostUp } from '../../../src/model/observed.ts';
import { observe } from '../../../src/observe/observe.ts';
import { parseReport } from '../../../src/observe/parse-host.ts';
import { createShell } from '../../../src/ssh/shell.ts';
import { deployed } from '../../support/compile/deployed.ts';
import { emptyHost, host, service, world } from '../../support/compile/worlds.ts';
import { simulate } from '../../support/simulate/fleet.ts';
import { ownFilesOf, reportText } from '../../support/simulate/report-text.ts';
import { simulatedReport } from '../../support/simulate/sim-host.ts';

/** What observing makes of what the simulated host prints. */
async function observed(up: HostUp): Promise<unknown> {
  const stdout = await reportText(up, ownFilesOf(up), 1_000);
  return parseReport(host('vm1'), { code: 0, stdout, stderr: '' }, 1_000, new Map()).state;
}

/** As reported, but for what is not printed: main files of the router. Ports that containers have bound are listening, too. */
function expected({ recordFiles = {}, ...up }: HostUp): HostUp {
  const bound = up.containers.flatMap(({ ports }) =>
    ports.map(({ hostPort, protocol }) => `${protocol === 'udp' ? 'udp' : 'tcp'}/${hostPort}`),
  );
  return {
    ...up,
    listening: [...new Set([...up.listening, ...bound])].sort(),
    router: { ...up.router, mainDigest: '' },
    ...(Object.keys(recordFiles).length === 0 ? {} : { recordFiles }),
  };
}

test('an empty simulated host is observed as it is', async () => {
  const up = emptyHost();
  expect(await observed(up)).toEqual(expected(up));
});

test('a simulated host with containers is observed as it is', async () => {
  const up = simulatedReport(7, 12);
  expect(await observed(up)).toEqual(expected(up));
});

test('a host of the compiler tests, with routers, records and volumes, is observed as it is', async () => {
  const services = [
    service('web', { replicas: 3, ports: ['8080'], ingress: [{ host: 'shop.example', port: 8080 }] }),
    service('db', { ports: ['5432/tcp'], volumes: ['data'] }),
  ];
  const { machines } = deployed(world({ services }));
  const fleet = deployed(world({ services })).observed().hosts;
  expect(machines.size).toBeGreaterThan(1);
  for (const state of Object.values(fleet)) {
    if (!state.reachable) throw new Error('a simulated host is silent');
    expect(await observed(state)).toEqual(expected(state));
  }
});

test('a look at a simulated fleet sees what the hosts are made of', async () => {
  await using fleet = await simulate({ hosts: 3, containers: 2, workers: 1 });
  const inventory = await loadInventory(fleet.inventory, { env: {}, home: homedir() });
  const shell = createShell(inventory, { home: homedir(), now: Date.now });
  const seen = await observe(shell, inventory, [], { now: Date.now });
  await shell.close();
  const made = fleet.hosts.map((name, index) => [name, expected(simulatedReport(index, 2))]);
  const still = Object.entries(seen.hosts).map(([name, state]) => [name, { ...state, clockSkewMs: 0 }]);
  expect(still).toEqual(made);
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostUsage } from '../../../../src/model/load.ts';
import { parseUsage } from '../../../../src/observe/metrics/parse.ts';
import { metricsLine } from '../../../../src/observe/metrics/script.ts';

/** Seconds by the made host's clock. */
const NOW = 1_700_000_100.5;

let folder = '';

function put(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Two containers on the made host: one in cgroups of version 1, one of version 2. */
const DOCKER = `#!/bin/sh
case $1 in
  ps) echo aaa bbb ;;
  inspect) printf '/shop.web.1.1 41\\n/shop.api.1.1 42\\n' ;;
  exec) cat "$FOLDER/fleet.log" ;;
esac
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-metrics-'));
  put('bin/docker', DOCKER);
  put('bin/date', `#!/bin/sh\necho ${NOW}\n`);
  for (const name of ['docker', 'date']) chmodSync(join(folder, 'bin', name), 0o755);
  put('proc/uptime', '3406.05 5000.00\n');
  put('proc/41/cgroup', '12:memory:/docker/aaa\n4:cpu,cpuacct:/docker/aaa\n0::/system.slice\n');
  put('sys/cpu,cpuacct/docker/aaa/cpuacct.usage', '2500000000\n');
  put('proc/42/cgroup', '0::/system.slice/docker-bbb.scope\n');
  put('sys/system.slice/docker-bbb.scope/cpu.stat', 'usage_usec 750000\nuser_usec 1\nsystem_usec 2\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The script itself runs, on a host that is this folder. */
function read(log: readonly string[], windowSeconds = 10): HostUsage | undefined {
  put('fleet.log', log.map((line) => `${line}\n`).join(''));
  const script = metricsLine(windowSeconds)
    .replaceAll('/proc/', `${folder}/proc/`)
    .replaceAll('/sys/fs/cgroup/', `${folder}/sys/`)
    .replaceAll('/sys/fs/cgroup$', `${folder}/sys$`);
  const { stdout } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: `${folder}/bin:${process.env.PATH}`, FOLDER: folder },
  });
  return parseUsage(stdout);
}

const at = (secondsAgo: number): string => (NOW - secondsAgo).toFixed(3);

test('cpu time is read from cgroups of both versions, and the time from the host itself', () => {
  expect(read(['cut|1700000000'])).toEqual({
    uptimeMs: 3_406_050,
    cpuMs: { 'shop.api.1.1': 750, 'shop.web.1.1': 2500 },
    requests: { coveredMs: 10_000, byAddress: {} },
  });
});

test('requests of the window count by replica, each try for itself, without the second that may not be whole', () => {
  const log = [
    'cut|1700000000',
    `${at(11.1)}|10.0.0.1:20000|200`,
    `${at(11)}|10.0.0.1:20000|200`,
    'mark|shop.2.cutover-1',
    `${at(5)}|10.0.0.1:20000|500`,
    `${at(4)}|10.0.0.1:20000, 10.0.0.2:20000|502, 200`,
    `${at(3)}|10.0.0.1:20000 : 10.0.0.2:20000, 10.0.0.3:20000|200 : 504, 404`,
    `${at(2)}|shop.web.80|502`,
    `${at(1.2)}|10.0.0.2:20000|-`,
    `${at(1)}|10.0.0.2:20000|200`,
  ];
  expect(read(log)?.requests).toEqual({
    coveredMs: 10_000,
    byAddress: {
      '10.0.0.1:20000': { requests: 4, errors: 2 },
      '10.0.0.2:20000': { requests: 3, errors: 1 },
      '10.0.0.3:20000': { requests: 1, errors: 0 },
    },
  });
});

test('a log that was cut within the window counts for the time since then', () => {
  const busy = Array.from({ length: 50 }, (_, index) => `${at(6 - index * 0.1)}|10.0.0.1:20000|200`);
  expect(read(['cut|1700000094', `${at(7)}|10.0.0.1:20000|200`, ...busy])?.requests).toEqual({
    coveredMs: 5000,
    byAddress: { '10.0.0.1:20000': { requests: 50, errors: 0 } },
  });
  expect(read(['cut|1700000094', `${at(2)}|10.0.0.1:20000|200`])?.requests?.coveredMs).toBe(4500);
});

test('without a log, or one that does not say since when it is, requests are not known; cpu is', () => {
  for (const log of [[], [`${at(2)}|10.0.0.1:20000|200`]]) {
    expect(read(log)).toEqual({ uptimeMs: 3_406_050, cpuMs: { 'shop.api.1.1': 750, 'shop.web.1.1': 2500 } });
  }
});

test('a container that went away while it was looked at is left out', () => {
  rmSync(join(folder, 'proc/41'), { recursive: true });
  expect(read(['cut|1700000000'])?.cpuMs).toEqual({ 'shop.api.1.1': 750 });
});

test('a host whose Docker does not answer has told nothing', () => {
  put('bin/docker', '#!/bin/sh\nexit 1\n');
  expect(read(['cut|1700000000'])).toBeUndefined();
});

import { expect, test } from 'vitest';
import { attribute, complaints } from './read.ts';

test.each([
  ['stop_grace_period: 90s', '1m30s'],
  ['mem_limit: 1.5g', '1610612736'],
  ['mem_limit: 100', '100'],
  ['memswap_limit: -1', '-1'],
  ['shm_size: 64M', '67108864'],
  ['cpus: "0.50"', 0.5],
  ['cpu_shares: "10"', 10],
  ['pids_limit: -1', -1],
  ['oom_score_adj: "-5"', -5],
  ['scale: "3"', 3],
  ['init: "yes"', true],
  ['read_only: "FALSE"', false],
  ['group_add: [1, staff]', ['1', 'staff']],
  ['pull_policy: if_not_present', 'missing'],
  ['ulimits: { nofile: "1024", nproc: { soft: 1, hard: "2" } }', { nofile: 1024, nproc: { soft: 1, hard: 2 } }],
  ['logging: { driver: syslog, options: { n: 3 } }', { driver: 'syslog', options: { n: '3' } }],
  [
    'blkio_config: { device_read_bps: [{ path: /a, rate: 1mb }] }',
    { device_read_bps: [{ path: '/a', rate: '1048576' }] },
  ],
])('%s is written in one way', (text, long) => {
  expect(attribute(text)).toEqual(long);
});

test('deploy has numbers, sizes and durations of one kind', () => {
  const text = [
    'deploy:',
    '  replicas: "3"',
    '  labels: [a=b]',
    '  update_config: { delay: 90s, parallelism: "2", max_failure_ratio: "0.5" }',
    '  restart_policy: { delay: 5s, max_attempts: "3", window: 2m }',
    '  placement: { max_replicas_per_node: "2" }',
    '  resources:',
    '    limits: { cpus: "0.50", memory: 64M, pids: "5" }',
    '    reservations: { devices: [{ capabilities: [gpu], count: all, options: [a=b] }, { capabilities: [tpu] }] }',
  ].join('\n');
  expect(attribute(text)).toEqual({
    replicas: 3,
    labels: { a: 'b' },
    update_config: { delay: '1m30s', parallelism: 2, max_failure_ratio: 0.5 },
    restart_policy: { delay: '5s', max_attempts: 3, window: '2m0s' },
    placement: { max_replicas_per_node: 2 },
    resources: {
      limits: { cpus: 0.5, memory: '67108864', pids: 5 },
      reservations: {
        devices: [
          { capabilities: ['gpu'], count: -1, options: { a: 'b' } },
          { capabilities: ['tpu'], count: -1 },
        ],
      },
    },
  });
});

test.each([
  [
    'stop_grace_period: "10"',
    '3:24 E_VALUE services.web.stop_grace_period: "10" is not a duration (a duration such as 30s, 1m30s or 500ms; write 10s for seconds)',
  ],
  ['mem_limit: 12q', '3:16 E_VALUE services.web.mem_limit: "12q" is not a size (a size such as 512m, 1.5g or 64MiB)'],
  ['cpus: many', '3:11 E_VALUE services.web.cpus: "many" is not a number (a number such as 0.5 or 2)'],
  ['scale: -1', '3:12 E_VALUE services.web.scale: "-1" is not a whole number from 0 (a whole number from 0)'],
  ['pids_limit: 1.5', '3:17 E_VALUE services.web.pids_limit: "1.5" is not a whole number (a whole number)'],
  ['init: maybe', '3:11 E_VALUE services.web.init: "maybe" is not true or false (true or false)'],
  ['init: constructor', '3:11 E_VALUE services.web.init: "constructor" is not true or false (true or false)'],
  ['ulimits: { nofile: x }', '3:24 E_VALUE services.web.ulimits.nofile: "x" is not a whole number (a whole number)'],
])('%s is refused', (text, complaint) => {
  expect(complaints(text)).toEqual([complaint]);
});

test('empty values stay empty', () => {
  expect(attribute('command:')).toBeNull();
  expect(attribute('deploy:')).toBeNull();
  expect(attribute('ports:')).toBeNull();
});

import { expect, test } from 'vitest';
import { planOf } from '../../support/compile/deployed.ts';
import { commandsOf } from '../../support/compile/words.ts';
import { host, imagesOf, world } from '../../support/compile/worlds.ts';
import { playbookFrom } from '../load/support/memory.ts';

/** Words of `docker run` or `docker create` for the service `web` with these keys, on one host. */
async function wordsFor(keys: string): Promise<string[]> {
  const text = `name: shop\nservices:\n  web:\n    image: web:1\n${keys}\nvolumes: { data: }\nconfigs: { page: { content: x } }\n`;
  const { playbook } = await playbookFrom(text, { more: { 'a.labels': 'tier=front\nteam=other\n' } });
  const question = world({ hosts: [host('vm1', { roles: ['edge', 'worker'] })] });
  const observed = { ...question.observed, images: imagesOf(playbook.services) };
  const lines = planOf({ ...question, playbook, observed }).steps.flatMap(({ commands }) =>
    commands.flatMap((command) => (command.kind === 'run' ? [command.line] : [])),
  );
  const runs = lines.flatMap((line) => [...commandsOf(line, 'docker', 'run'), ...commandsOf(line, 'docker', 'create')]);
  return runs.find((words) => words.includes('shop.web.1.1')) ?? [];
}

/** The words that the keys add to those of a service without them. */
async function added(keys: string): Promise<string[]> {
  const plain = new Set(await wordsFor(''));
  return (await wordsFor(keys)).filter((word) => !plain.has(word) && !word.startsWith('--label=fleet.'));
}

test.each<readonly [string, readonly string[]]>([
  ['hostname: box', ['--hostname=box']],
  ['domainname: shop.example', ['--domainname=shop.example']],
  ['platform: linux/amd64', ['--platform=linux/amd64']],
  ['runtime: runsc', ['--runtime=runsc']],
  ['privileged: true', ['--privileged']],
  ['privileged: false', []],
  ['tty: true', ['--tty']],
  ['stdin_open: true', ['--interactive']],
  ['group_add: [audio, 1000]', ['--group-add=audio', '--group-add=1000']],
  ['security_opt: ["no-new-privileges:true"]', ['--security-opt=no-new-privileges:true']],
  ['dns: [10.0.0.53, 10.0.0.54]', ['--dns=10.0.0.53', '--dns=10.0.0.54']],
  ['dns_opt: ["ndots:2"]', ['--dns-option=ndots:2']],
  ['dns_search: shop.example', ['--dns-search=shop.example']],
  ['sysctls: { net.core.somaxconn: 1024 }', ['--sysctl=net.core.somaxconn=1024']],
  ['sysctls: ["net.ipv4.ip_local_port_range=1024 65000"]', ['--sysctl=net.ipv4.ip_local_port_range=1024 65000']],
  ['storage_opt: { size: 1G }', ['--storage-opt=size=1G']],
  ['shm_size: 64m', ['--shm-size=67108864']],
  ['ipc: shareable', ['--ipc=shareable']],
  ['pid: host', ['--pid=host']],
  ['uts: host', ['--uts=host']],
  ['userns_mode: host', ['--userns=host']],
  ['cgroup: private', ['--cgroupns=private']],
  ['cgroup_parent: m-executor', ['--cgroup-parent=m-executor']],
  ['devices: ["/dev/a:/dev/b:r", /dev/fuse]', ['--device=/dev/a:/dev/b:r', '--device=/dev/fuse:/dev/fuse:rwm']],
  ['device_cgroup_rules: ["c 1:3 mr"]', ['--device-cgroup-rule=c 1:3 mr']],
  ['gpus: all', ['--gpus=count=all']],
  ['gpus: [{ driver: nvidia, device_ids: ["0", "1"] }]', ['--gpus=driver=nvidia,"device=0,1"']],
  [
    'deploy: { resources: { reservations: { devices: [{ capabilities: [gpu, compute, utility], count: 1, options: { a: b } }] } } }',
    ['--gpus=count=1,"capabilities=compute,utility",options=a=b'],
  ],
  ['oom_kill_disable: true', ['--oom-kill-disable']],
  ['oom_score_adj: -500', ['--oom-score-adj=-500']],
  ['mem_limit: 512m', ['--memory=536870912']],
  ['{ mem_limit: 512m, memswap_limit: 1g }', ['--memory-swap=1073741824', '--memory=536870912']],
  ['memswap_limit: -1', ['--memory-swap=-1']],
  ['mem_reservation: 1k', ['--memory-reservation=1024']],
  ['mem_swappiness: 0', ['--memory-swappiness=0']],
  ['mem_swappiness: -1', []],
  ['cpus: 1.5', ['--cpus=1.5']],
  ['cpu_shares: 512', ['--cpu-shares=512']],
  ['{ cpu_quota: 50000, cpu_period: 100000 }', ['--cpu-quota=50000', '--cpu-period=100000']],
  ['{ cpu_rt_runtime: 400, cpu_rt_period: 1000 }', ['--cpu-rt-period=1000', '--cpu-rt-runtime=400']],
  ['{ cpu_quota: 0, cpu_period: 0, cpu_shares: 0, blkio_config: { weight: 0 } }', []],
  ['{ hostname: "", platform: "", user: "", restart: "", ipc: "", working_dir: "", stop_signal: "" }', []],
  ['cpuset: 0-2,4', ['--cpuset-cpus=0-2,4']],
  ['pids_limit: 10', ['--pids-limit=10']],
  ['pids_limit: -1', ['--pids-limit=-1']],
  [
    'deploy: { resources: { limits: { cpus: "0.5", memory: 1k, pids: 7 } } }',
    ['--cpus=0.5', '--memory=1024', '--pids-limit=7'],
  ],
  [
    'blkio_config: { weight: 300, weight_device: [{ path: /dev/sda, weight: 400 }], device_read_bps: [{ path: /dev/sdb, rate: 12mb }] }',
    ['--blkio-weight=300', '--blkio-weight-device=/dev/sda:400', '--device-read-bps=/dev/sdb:12582912'],
  ],
  [
    'blkio_config: { device_read_iops: [{ path: /dev/b, rate: 1 }], device_write_bps: [{ path: /dev/b, rate: 2 }], device_write_iops: [{ path: /dev/b, rate: 3 }] }',
    ['--device-read-iops=/dev/b:1', '--device-write-bps=/dev/b:2', '--device-write-iops=/dev/b:3'],
  ],
  ['{ label_file: a.labels, labels: { team: shop } }', ['--label=team=shop', '--label=tier=front']],
  ['annotations: { a: b }', []],
  ['extra_hosts: ["gate=host-gateway", "six:[::1]"]', ['--add-host=gate:host-gateway', '--add-host=six:::1']],
  ['cap_drop: [ALL]', ['--cap-drop=ALL']],
  ['read_only: true', ['--read-only']],
  ['init: true', ['--init']],
  ['restart: "no"', ['--restart=no']],
  ['restart: on-failure:3', ['--restart=on-failure:3']],
  [
    'deploy: { restart_policy: { condition: on-failure, delay: 5s, max_attempts: 2, window: 1m } }',
    ['--restart=on-failure:2'],
  ],
  ['stop_signal: SIGINT', ['--stop-signal=SIGINT']],
  ['stop_grace_period: 1m30s', ['--stop-timeout=90']],
  ['ulimits: { nofile: 100, nproc: { soft: 1, hard: 2 } }', ['--ulimit=nofile=100:100', '--ulimit=nproc=1:2']],
  ['logging: { options: { max-size: 1m } }', ['--log-driver=json-file', '--log-opt=max-size=1m']],
  ['volumes: ["data:/d:ro,nocopy"]', ['--mount=type=volume,source=shop_data,target=/d,readonly,volume-nocopy']],
  ['volumes: ["/etc/a b:/d:rshared"]', ['--mount=type=bind,source=/etc/a b,target=/d,bind-propagation=rshared']],
  ['volumes: [/data]', ['--mount=type=volume,target=/data']],
  [
    'volumes: [{ type: tmpfs, target: /t, tmpfs: { size: 1m, mode: 0o1777 } }]',
    ['--mount=type=tmpfs,target=/t,tmpfs-size=1048576,tmpfs-mode=1777'],
  ],
  ['tmpfs: ["/run:size=1m,mode=755"]', ['--mount=type=tmpfs,target=/run,tmpfs-size=1048576,tmpfs-mode=755']],
  ['tmpfs: ["/run:size=50%,noexec,uid=70"]', ['--tmpfs=/run:size=50%,noexec,uid=70']],
  ['healthcheck: { disable: true }', ['--no-healthcheck']],
  ['healthcheck: { interval: 2s, start_interval: 1s }', ['--health-interval=2000ms']],
  [
    'healthcheck: { test: [CMD, a, "b c"], start_period: 1m }',
    [
      "--health-cmd=a 'b c'",
      '--health-interval=30000ms',
      '--health-timeout=30000ms',
      '--health-retries=3',
      '--health-start-period=60000ms',
    ],
  ],
])('%s', async (keys, words) => {
  const lines = keys.startsWith('{') ? `    <<: ${keys}` : `    ${keys}`;
  expect(await added(lines)).toEqual(words);
});

test('values keep their blanks, quotes and commas', async () => {
  const nasty = `it's "a, b" $$(touch /tmp/x) \`id\` \\ ; && é`;
  const quoted = JSON.stringify(nasty);
  const read = nasty.replace('$$', '$');
  expect(
    await added(`
    command: [serve, ${quoted}]
    environment: { A: ${quoted} }
    labels: { team: ${quoted} }
    security_opt: [${quoted}]
    cgroup_parent: ${quoted}
    sysctls: { net.x: ${quoted} }
    healthcheck: { test: ${quoted} }`),
  ).toEqual([
    `--label=team=${read}`,
    `--env=A=${read}`,
    `--security-opt=${read}`,
    `--sysctl=net.x=${read}`,
    `--cgroup-parent=${read}`,
    `--health-cmd=${read}`,
    ...['--health-interval=30000ms', '--health-timeout=30000ms', '--health-retries=3', '--health-start-period=0ms'],
    'serve',
    read,
  ]);
});

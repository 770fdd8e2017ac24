import { expect, test } from 'vitest';
import { compile, type Question } from '../../../src/compile/index.ts';
import { DOCKER_OPTIONS, type DockerOptions } from '../../../src/model/docker-options.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Mount, VolumeOrigin } from '../../../src/model/playbook.ts';
import { planOf } from '../../support/compile/deployed.ts';
import { commandsOf } from '../../support/compile/words.ts';
import { container, emptyHost, facts, host, type ServiceShape, service, world } from '../../support/compile/worlds.ts';

function asked(shape: ServiceShape, rest: Parameters<typeof world>[0] = {}): Question {
  return world({ hosts: [host('vm1', { roles: ['edge', 'worker'] })], services: [service('web', shape)], ...rest });
}

/** Words of all commands of that kind in the plan. */
function allWords(plan: Plan, ...command: string[]): string[][] {
  const lines = plan.steps.flatMap(({ commands }) => commands.flatMap((one) => (one.kind === 'run' ? [one.line] : [])));
  return lines.flatMap((text) => commandsOf(text, ...command));
}

/** Words of `docker run` of a service's first replica. */
function runOf(plan: Plan, name = 'web'): string[] {
  return allWords(plan, 'docker', 'run').find((words) => words.includes(`shop.${name}.1.1`)) ?? [];
}

/** What the shape adds to the words of a plain service. */
function added(shape: ServiceShape): string[] {
  const plain = new Set(runOf(planOf(asked({}))));
  return runOf(planOf(asked(shape))).filter((word) => !plain.has(word) && !word.startsWith('--label=fleet.'));
}

const nasty = `it's "quoted", $(touch /tmp/x) \`id\` \\ ; && é`;

const ONE_TO_ONE: readonly (readonly [DockerOptions, readonly string[]])[] = [
  [{ hostname: nasty }, [`--hostname=${nasty}`]],
  [{ domainname: 'shop.example' }, ['--domainname=shop.example']],
  [{ platform: 'linux/amd64' }, ['--platform=linux/amd64']],
  [{ runtime: 'runsc' }, ['--runtime=runsc']],
  [{ privileged: true }, ['--privileged']],
  [{ tty: true }, ['--tty']],
  [{ stdin_open: true }, ['--interactive']],
  [{ group_add: ['audio', '1000'] }, ['--group-add=audio', '--group-add=1000']],
  [
    { security_opt: ['no-new-privileges:true', nasty] },
    ['--security-opt=no-new-privileges:true', `--security-opt=${nasty}`],
  ],
  [{ dns_opt: ['use-vc', 'ndots:2'] }, ['--dns-option=use-vc', '--dns-option=ndots:2']],
  [{ dns_search: ['shop.example'] }, ['--dns-search=shop.example']],
  [{ sysctls: ['net.core.somaxconn=1024'] }, ['--sysctl=net.core.somaxconn=1024']],
  [{ storage_opt: ['size=1G'] }, ['--storage-opt=size=1G']],
  [{ shm_size: 67_108_864 }, ['--shm-size=67108864']],
  [{ ipc: 'shareable' }, ['--ipc=shareable']],
  [{ pid: 'host' }, ['--pid=host']],
  [{ uts: 'host' }, ['--uts=host']],
  [{ userns_mode: 'host' }, ['--userns=host']],
  [{ cgroup: 'private' }, ['--cgroupns=private']],
  [{ cgroup_parent: '/m executor' }, ['--cgroup-parent=/m executor']],
  [{ devices: ['/dev/a:/dev/b:rwm'] }, ['--device=/dev/a:/dev/b:rwm']],
  [
    { device_cgroup_rules: ['c 1:3 mr', 'a 7:* rmw'] },
    ['--device-cgroup-rule=c 1:3 mr', '--device-cgroup-rule=a 7:* rmw'],
  ],
  [{ gpus: ['driver=nvidia,"device=0,1"'] }, ['--gpus=driver=nvidia,"device=0,1"']],
  [{ oom_kill_disable: true }, ['--oom-kill-disable']],
  [{ oom_score_adj: -500 }, ['--oom-score-adj=-500']],
  [{ mem_reservation: 1024 }, ['--memory-reservation=1024']],
  [{ memswap_limit: -1 }, ['--memory-swap=-1']],
  [{ mem_swappiness: 0 }, ['--memory-swappiness=0']],
  [{ cpu_shares: 512 }, ['--cpu-shares=512']],
  [{ cpu_quota: 50_000 }, ['--cpu-quota=50000']],
  [{ cpu_period: 100_000 }, ['--cpu-period=100000']],
  [{ cpu_rt_period: 10_000 }, ['--cpu-rt-period=10000']],
  [{ cpu_rt_runtime: 400 }, ['--cpu-rt-runtime=400']],
  [{ cpuset: '0-2,4' }, ['--cpuset-cpus=0-2,4']],
  [{ blkio_weight: 300 }, ['--blkio-weight=300']],
  [{ blkio_weight_device: ['/dev/sda:400'] }, ['--blkio-weight-device=/dev/sda:400']],
  [{ device_read_bps: ['/dev/sdb:1', '/dev/sdc:2'] }, ['--device-read-bps=/dev/sdb:1', '--device-read-bps=/dev/sdc:2']],
  [{ device_read_iops: ['/dev/sdb:1'] }, ['--device-read-iops=/dev/sdb:1']],
  [{ device_write_bps: ['/dev/sdb:1'] }, ['--device-write-bps=/dev/sdb:1']],
  [{ device_write_iops: ['/dev/sdb:1'] }, ['--device-write-iops=/dev/sdb:1']],
];

test.each(ONE_TO_ONE)('%j is one option of docker run', (options, words) => {
  expect(added({ container: container({ options }) })).toEqual(words);
});

test('every option that the playbook can hold is tried above', () => {
  expect(ONE_TO_ONE.flatMap(([options]) => Object.keys(options))).toEqual([...DOCKER_OPTIONS]);
});

test('the names of the options are those that docker knows', () => {
  // `docker create --help` of 20.10, as far as it is used.
  const known =
    'hostname domainname platform runtime privileged tty interactive group-add security-opt dns-option dns-search sysctl storage-opt shm-size ipc pid uts userns cgroupns cgroup-parent device device-cgroup-rule gpus oom-kill-disable oom-score-adj memory-reservation memory-swap memory-swappiness cpu-shares cpu-quota cpu-period cpu-rt-period cpu-rt-runtime cpuset-cpus blkio-weight blkio-weight-device device-read-bps device-read-iops device-write-bps device-write-iops';
  expect(ONE_TO_ONE.map(([, [word = '']]) => word.replace(/^--([^=]*).*$/s, '$1'))).toEqual(known.split(' '));
});

const MOUNTS: readonly (readonly [Mount, string])[] = [
  [
    { kind: 'volume', volume: 'data', target: '/d', readOnly: false, noCopy: true },
    '--mount=type=volume,source=data,target=/d,volume-nocopy',
  ],
  [{ kind: 'nameless', target: '/d"1' }, '--mount=type=volume,"target=/d""1"'],
  [
    { kind: 'bind', source: '/a, b', target: '/d', readOnly: true, propagation: 'rslave' },
    '--mount=type=bind,"source=/a, b",target=/d,readonly,bind-propagation=rslave',
  ],
  [{ kind: 'tmpfs', target: '/t', mode: 0o1777 }, '--mount=type=tmpfs,target=/t,tmpfs-mode=1777'],
  [
    { kind: 'tmpfs', target: '/t', sizeBytes: 4096, mode: 0o700 },
    '--mount=type=tmpfs,target=/t,tmpfs-size=4096,tmpfs-mode=700',
  ],
  [
    { kind: 'tmpfs', target: '/t', sizeBytes: 4096, mode: 0o700, flags: ['noexec', 'uid=70'] },
    '--tmpfs=/t:size=4096,mode=700,noexec,uid=70',
  ],
];

test.each(MOUNTS)('the mount %j is one word', (mount, word) => {
  expect(added({ mounts: [mount] })).toEqual([word]);
});

const specOf = (shape: ServiceShape): string | undefined =>
  runOf(planOf(asked(shape))).find((word) => word.startsWith('--label=fleet.spec='));

test('every option is part of the spec; options that are absent add nothing to it', () => {
  const plain = specOf({});
  const all = ONE_TO_ONE.map(([options]) => specOf({ container: container({ options }) }));
  expect(new Set([plain, ...all]).size).toBe(ONE_TO_ONE.length + 1);
  expect(specOf({ container: container({ options: {} }), links: [] })).toBe(plain);
});

test('a volume is made with its driver, options and labels', () => {
  const origin: VolumeOrigin = {
    driver: 'local',
    options: { device: ':/export/a b', o: 'addr=10.0.0.9,rw', type: 'nfs' },
    labels: { team: 'shop' },
    isExternal: false,
  };
  const plan = planOf(asked({ volumes: ['data'] }, { playbook: { volumeOrigins: { data: origin } } }));
  expect(allWords(plan, 'docker', 'volume', 'create').flat()).toEqual([
    ...['--driver=local', '--opt=device=:/export/a b', '--opt=o=addr=10.0.0.9,rw', '--opt=type=nfs'],
    ...['--label=team=shop', '--label=fleet.app=shop', 'data'],
  ]);
});

const EXTERNAL = { playbook: { volumeOrigins: { data: { options: {}, labels: {}, isExternal: true } } } };

test('an external volume must be on a host, and its service runs there', () => {
  const shape = { volumes: ['data'] };
  const refused = compile(asked(shape, { ...EXTERNAL, hosts: 2 }));
  expect(refused.ok ? [] : refused.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'E_REFERENCE web needs the volume data, which is external, and no host has it',
  ]);
  const plan = planOf(asked(shape, { ...EXTERNAL, hosts: 2, reports: { vm2: emptyHost({ volumes: ['data'] }) } }));
  expect(plan.placements.map(({ host }) => host)).toEqual(['vm2']);
  expect(allWords(plan, 'docker', 'volume', 'create')).toEqual([]);
});

test('a further volume does not take a service away from the host of its first one', () => {
  const reports = { vm2: emptyHost({ volumes: ['data'] }) };
  const plan = planOf(asked({ volumes: ['data', 'more'] }, { hosts: 3, reports }));
  expect(plan.placements.map(({ host }) => host)).toEqual(['vm2']);
});

test('a platform leaves the hosts of its architecture', () => {
  const arm = emptyHost({ architecture: 'arm64' });
  const images = { 'web:1': facts('web:1', { architectures: ['amd64', 'arm64'] }) };
  const shape = { container: container({ options: { platform: 'linux/arm64/v8' } }) };
  const plan = planOf(asked(shape, { hosts: 3, reports: { vm3: arm }, images }));
  expect(plan.placements.map(({ host }) => host)).toEqual(['vm3']);
});

test('a link is a further name for its own service alone', () => {
  const services = [
    service('db', { ports: ['5432/tcp'] }),
    service('other'),
    service('web', { links: [{ service: 'db', alias: 'database' }] }),
  ];
  const plan = planOf(world({ hosts: 1, services }));
  const hostsOf = (name: string) =>
    runOf(plan, name).flatMap((word) => (word.startsWith('--add-host=') ? [word.replace(/:.*/, '')] : []));
  expect([hostsOf('other'), hostsOf('web')]).toEqual([
    ['--add-host=db', '--add-host=other'],
    ['--add-host=database', '--add-host=db', '--add-host=web'],
  ]);
});

import { expect, test } from 'vitest';
import { compile, type Question } from '../../../../src/compile/index.ts';
import type { FleetError } from '../../../../src/model/error.ts';
import { emptyHost, facts, host, MIB, running, service, world } from '../../../support/compile/worlds.ts';

function problemsOf(question: Question): readonly FleetError[] {
  const compiled = compile(question);
  return compiled.ok ? [] : compiled.problems;
}

const room = (mebibytes: number): ReturnType<typeof emptyHost> => emptyHost({ memoryBytes: mebibytes * MIB });

test('a replica that fits nowhere is explained with numbers per host and the smallest way out', () => {
  const [problem] = problemsOf(
    world({
      hosts: [
        host('vm1', { roles: ['edge', 'worker'], labels: { zone: 'a' } }),
        host('vm2', { labels: { zone: 'a' } }),
        host('vm3', { labels: { zone: 'b' } }),
        host('vm4', { labels: { zone: 'b' } }),
        host('vm5', { labels: { zone: 'a' }, cordoned: true }),
        host('vm6', { roles: ['edge'], labels: { zone: 'a' } }),
      ],
      reports: { vm1: room(812), vm2: room(300) },
      services: [
        service('backend', {
          replicas: 2,
          reservation: { cpus: 0.5, memoryBytes: 512 * MIB },
          constraints: [{ key: 'labels.zone', operator: '==', value: 'a' }],
        }),
      ],
      playbook: {
        locations: { 'services.backend.deploy.replicas': { file: 'playbooks/shop.yaml', line: 18, column: 7 } },
      },
    }),
  );
  expect({ ...problem, message: problem?.message }).toMatchObject({
    code: 'E_UNPLACEABLE',
    message: 'backend: 1 of 2 replicas fits nowhere',
    expected: 'each needs 0.5 cpu and 512 MiB',
    notes: [
      '6 hosts: 2 lack memory: vm1 has 300 MiB free, vm2 has 300 MiB free, 2 lack zone=a (vm3, vm4), 1 cordoned (vm5), 1 is no worker (vm6)',
    ],
    hint: 'smallest change that would do: 212 MiB more on vm1, or replicas: 1, or uncordon vm5',
    location: { file: 'playbooks/shop.yaml', line: 18 },
  });
});

test('too little cpu, a wrong architecture and a limit per host are told apart', () => {
  const [problem] = problemsOf(
    world({
      hosts: 3,
      reports: { vm2: emptyHost({ architecture: 'arm64' }), vm3: emptyHost({ cpus: 1 }) },
      services: [service('web', { replicas: 2, maxPerHost: 1, reservation: { cpus: 2, memoryBytes: 0 } })],
      images: { 'web:1': facts('web:1', { architectures: ['amd64'] }) },
    }),
  );
  expect(problem?.notes).toEqual([
    '3 hosts: 1 has 1 already (vm1), 1 runs arm64, the image is for amd64 (vm2), 1 lack cpu: vm3 has 1 cpu free',
  ]);
  expect(problem?.hint).toBe('smallest change that would do: 1 cpu more on vm3, or replicas: 1');
});

test('what other apps reserve counts, what is stopped does not', () => {
  const others = [
    running('blog.web.1.1', { memoryBytes: 6000 * MIB }),
    running('blog.web.1.2', { memoryBytes: 6000 * MIB, state: 'exited' }),
  ];
  const reports = { vm1: emptyHost({ containers: others }) };
  const fits = (mebibytes: number): boolean => {
    const web = service('web', { reservation: { cpus: 0, memoryBytes: mebibytes * MIB } });
    return problemsOf(world({ hosts: 1, reports, services: [web] })).length === 0;
  };
  expect([fits(2192), fits(2193)]).toEqual([true, false]);
});

test('a declared capacity is taken as it stands, else the reserve is taken off what docker reports', () => {
  const web = service('web', { reservation: { cpus: 3, memoryBytes: 0 } });
  const fits = (overrides: Parameters<typeof host>[1]): boolean =>
    problemsOf(world({ hosts: [host('vm1', overrides)], services: [web] })).length === 0;
  expect(fits({ reserve: { cpus: 1 } })).toBe(true);
  expect(fits({ reserve: { cpus: 1.5 } })).toBe(false);
  expect(fits({ reserve: { cpus: 1.5 }, capacity: { cpus: 3 } })).toBe(true);
});

test('a host that has no port left to publish on is a problem, not a replica without ports', () => {
  const [problem] = problemsOf(
    world({
      hosts: 1,
      network: { portRange: [20_000, 20_001] },
      services: [service('web', { replicas: 3, ports: ['8080'] })],
    }),
  );
  expect(problem?.message).toBe('web: vm1 has no free port in 20000-20001 to publish a replica on');
});

test('of many hosts that fell for one reason all are counted and the nearest are named', () => {
  const hosts = Array.from({ length: 14 }, (_, index) => host(`vm${String(index + 1).padStart(2, '0')}`));
  const reports = Object.fromEntries(hosts.map(({ name }, index) => [name, room(100 + index)]));
  const [problem] = problemsOf(
    world({ hosts, reports, services: [service('web', { reservation: { cpus: 0, memoryBytes: 512 * MIB } })] }),
  );
  expect(problem?.notes).toEqual([
    '14 hosts: 14 lack memory: vm14 has 113 MiB free, vm13 has 112 MiB free, vm12 has 111 MiB free, vm11 has 110 MiB free, vm10 has 109 MiB free, 9 more',
  ]);
});

import { expect, test } from 'vitest';
import { compileHosts } from '../../../../src/compile/index.ts';
import type { BareHost } from '../../../../src/model/bare-host.ts';
import { sha256 } from '../../../../src/model/digest.ts';
import type { HostDown, HostUp } from '../../../../src/model/observed.ts';
import type { Plan } from '../../../../src/model/plan.ts';
import { aBareHost, emptyHost, facts, host, inventory, ROUTER_IMAGE, SILENT } from '../../../support/compile/worlds.ts';

const NO_DOCKER: HostDown = { reachable: false, code: 'E_HOST_DOCKER', message: 'vm2: Docker is not installed' };

const READY = aBareHost({ docker: 'running', mayUseDocker: true, isMember: true, lacks: [] });

function compile(machine: BareHost | HostDown, state: HostUp | HostDown = NO_DOCKER) {
  return compileHosts({
    inventory: inventory([host('vm1', { roles: ['edge'] }), host('vm2')]),
    observed: { hosts: { vm1: emptyHost(), vm2: state }, images: { [ROUTER_IMAGE]: facts(ROUTER_IMAGE) } },
    bare: { vm2: machine },
    intent: { kind: 'bootstrap', hosts: ['vm2'] },
  });
}

function planFor(machine: BareHost | HostDown, state?: HostUp | HostDown): Plan {
  const compiled = compile(machine, state);
  if (!compiled.ok) throw compiled.problems[0];
  return compiled.plan;
}

const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);

test('a bare machine gets its packages, the daemon, the group, a new login, and then the router', () => {
  const plan = planFor(aBareHost());
  expect(plan.steps.map(({ id, needs }) => [id, needs])).toEqual([
    ['install@vm2', []],
    ['docker@vm2', ['install@vm2']],
    ['group@vm2', ['docker@vm2']],
    ['login@vm2', ['group@vm2']],
    ['pull nginx:1.30@vm2', ['login@vm2']],
    ['router@vm2', ['pull nginx:1.30@vm2']],
    ['audit@vm1', ids(plan).slice(0, -1)],
  ]);
  expect(plan.steps[0]?.commands).toMatchObject([
    { line: expect.stringMatching(/^sudo -n sh -c '.* install --yes docker.io iptables'$/) },
  ]);
  expect(plan.warnings.map(({ code }) => code)).toEqual(['W_GROUP_DOCKER']);
});

test('a machine that has all needs nothing', () => {
  const first = planFor(READY, emptyHost());
  expect(ids(first)).toEqual(['pull nginx:1.30@vm2', 'router@vm2', 'audit@vm1']);
  const container = { running: true, image: ROUTER_IMAGE, spec: specIn(first) };
  const done = emptyHost({ router: { container, mainDigest: mainDigestIn(first), apps: {} } });
  expect(ids(planFor(READY, done))).toEqual([]);
});

test('a daemon that does not run is started, and nothing is installed', () => {
  const stopped = aBareHost({ docker: 'stopped', isMember: true, lacks: [] });
  expect(ids(planFor(stopped)).slice(0, 2)).toEqual(['docker@vm2', 'login@vm2']);
});

test('who is in no group and may use Docker all the same stays out of it', () => {
  expect(ids(planFor({ ...READY, isMember: false }))).not.toContain('group@vm2');
});

test('a member whom the socket keeps out, because it is older than the group, is let in', () => {
  const plan = planFor({ ...READY, mayUseDocker: false });
  expect(ids(plan).slice(0, 2)).toEqual(['group@vm2', 'login@vm2']);
  expect(plan.steps[0]?.commands).toMatchObject([{ line: expect.stringContaining('chgrp docker /run/docker.sock') }]);
});

test('root uses no sudo and needs no group', () => {
  const plan = planFor(aBareHost({ user: 'root', home: '/root', rights: 'root' }));
  expect(ids(plan)).not.toContain('group@vm2');
  expect(plan.steps[0]?.commands).toMatchObject([{ line: expect.stringMatching(/^sh -c /) }]);
});

test('another system than Debian and Ubuntu is refused, with what is missing there', () => {
  const fedora = aBareHost({ distribution: ['fedora'], system: 'Fedora Linux 43' });
  expect(compile(fedora)).toMatchObject({
    ok: false,
    problems: [
      {
        code: 'E_BOOTSTRAP',
        message: 'vm2 runs Fedora Linux 43: fleet installs Docker on Debian and Ubuntu only',
        notes: ['missing: docker, iptables', expect.stringContaining('docs.docker.com')],
      },
    ],
  });
  const withDocker = { ...fedora, docker: 'running', lacks: [] } as const;
  expect(ids(planFor(withDocker))[0]).toBe('group@vm2');
  expect(ids(planFor(aBareHost({ distribution: ['linuxmint', 'ubuntu', 'debian'] })))[0]).toBe('install@vm2');
});

test('without root there are the lines to type by hand', () => {
  const refusal = 'sudo: a password is required';
  expect(compile(aBareHost({ rights: 'none', refusal }))).toMatchObject({
    ok: false,
    problems: [
      {
        code: 'E_RIGHTS',
        message: 'vm2: user deploy may not become root without a password (sudo: a password is required)',
        notes: [
          'as root on that machine:',
          'apt-get update && apt-get install --yes docker.io iptables',
          'systemctl enable --now docker',
          'usermod --append --groups docker deploy',
        ],
      },
    ],
  });
  expect(compile({ ...READY, rights: 'none' })).toMatchObject({ ok: true });
});

test('a machine that can not be reached is told as it is', () => {
  expect(compile(SILENT)).toMatchObject({ ok: false, problems: [{ code: 'E_HOST_UNREACHABLE' }] });
});

function specIn(plan: Plan): string {
  const lines = plan.steps.flatMap(({ commands }) => commands.flatMap((one) => (one.kind === 'run' ? [one.line] : [])));
  return /fleet\.spec=([0-9a-f]+)/.exec(lines.join('\n'))?.[1] ?? '';
}

function mainDigestIn(plan: Plan): string {
  const stdin = plan.steps
    .flatMap(({ commands }) => commands)
    .flatMap((one) => (one.kind === 'run' && one.stdin?.kind === 'archive' ? one.stdin.entries : []));
  const text = (path: string): string => {
    const content = stdin.find((entry) => entry.path === path)?.content;
    return content?.kind === 'text' ? content.text : '';
  };
  return sha256(['http.conf', 'stream.conf', 'start.sh'].map(text).join('\0'));
}

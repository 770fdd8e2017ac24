import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseBare } from '../../../../src/observe/bare/bare.ts';
import { BARE_PROBE } from '../../../../src/observe/bare/probe.ts';
import { host } from '../../../support/compile/worlds.ts';

const [vm1] = [host('vm1')];
const FINDABLE = ['sh', 'cat', 'base64', 'flock', 'tar'];

/** The report of a machine with these programs alone: name -> shell text. */
function machine(programs: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'fleet-unit-bare-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'bin'));
  for (const name of FINDABLE) {
    const [path] = execFileSync('which', [name]).toString().split('\n');
    symlinkSync(path ?? '', join(root, 'bin', name));
  }
  for (const [name, text] of Object.entries({ ...programs })) {
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  }
  // The machine's own administrators' programs are out of sight.
  const probe = BARE_PROBE.replace(':/usr/local/sbin:/usr/sbin:/sbin', '');
  const stdout = execFileSync('/bin/sh', ['-c', probe], { env: { HOME: '/home/deploy', PATH: join(root, 'bin') } });
  return parseBare(vm1, { code: 0, stdout: stdout.toString(), stderr: '' });
}

const DEPLOY = { id: 'case $* in -u) echo 1000 ;; -un) echo deploy ;; *) echo deploy users ;; esac' };

test('a machine without Docker tells what it lacks and who may do what', () => {
  const sudo = 'echo "sudo: a password is required" >&2; exit 1';
  expect(machine({ ...DEPLOY, sudo })).toMatchObject({
    reachable: true,
    user: 'deploy',
    home: '/home/deploy',
    rights: 'none',
    refusal: 'sudo: a password is required',
    docker: 'missing',
    mayUseDocker: false,
    isMember: false,
    lacks: ['docker', 'dockerd', 'ip', 'iptables', 'pgrep'],
  });
});

test('sudo that does not ask gives root; root itself needs none', () => {
  expect(machine({ ...DEPLOY, sudo: 'exit 0' })).toMatchObject({ rights: 'sudo', refusal: '' });
  expect(machine({ id: 'case $* in -u) echo 0 ;; *) echo root ;; esac' })).toMatchObject({ rights: 'root' });
  expect(machine(DEPLOY)).toMatchObject({ rights: 'none', refusal: 'there is no sudo' });
});

const STOPPED = 'echo "Cannot connect to the Docker daemon" >&2; exit 1';

test.each([
  ['runs and may be used', { docker: 'echo 28.5' }, { docker: 'running', mayUseDocker: true }],
  [
    'runs for others',
    { docker: 'echo "permission denied while trying to connect" >&2; exit 1' },
    { docker: 'running', mayUseDocker: false },
  ],
  ['does not run', { docker: STOPPED, dockerd: '' }, { docker: 'stopped', mayUseDocker: false }],
  ['is not there, though its client is', { docker: STOPPED }, { docker: 'missing', mayUseDocker: false }],
])('a daemon that %s', (_, programs, expected) => {
  expect(machine({ ...DEPLOY, ...programs })).toMatchObject(expected);
});

test('a daemon that runs need not be in anybody’s PATH', () => {
  expect(machine({ ...DEPLOY, docker: 'echo 28.5' })).toMatchObject({ lacks: ['ip', 'iptables', 'pgrep'] });
});

test('a member of the group is one by name, before the login knows', () => {
  const id =
    'case $* in -u) echo 1000 ;; -un) echo deploy ;; "-nG deploy") echo deploy docker ;; *) echo deploy ;; esac';
  expect(machine({ id })).toMatchObject({ isMember: true });
});

test('os-release is read with and without quotes', () => {
  const text =
    '@@begin user\ndeploy\n@@end user 0\n@@begin home\n/h\n@@end home 0\n@@begin system\nID=ubuntu\nID_LIKE="debian"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n@@end system 0\n@@begin daemon\n@@end daemon 1\n';
  expect(parseBare(vm1, { code: 0, stdout: text, stderr: '' })).toMatchObject({
    distribution: ['ubuntu', 'debian'],
    system: 'Ubuntu 24.04 LTS',
  });
});

test('a report that was cut off is a host that does not answer', () => {
  expect(parseBare(vm1, { code: 1, stdout: '@@begin user\nde', stderr: 'This account is locked\n' })).toMatchObject({
    reachable: false,
    code: 'E_HOST_DOCKER',
    message: expect.stringContaining('This account is locked'),
  });
});

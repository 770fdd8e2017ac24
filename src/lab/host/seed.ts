/** The files in which a practice host differs from the machine it is made from: users, keys, names, settings. */

import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';
import { type HostPaths, hostPaths, type LabPaths } from '../paths.ts';
import { type LabHost, type LabShape, labCgroup, REGISTRY_PORT } from '../shape.ts';
import { DOCKERD_SERVICE, INITTAB, REBOOT_PROGRAM, SSHD_CONFIG, SSHD_SERVICE, SUDO_RULE } from './boot-script.ts';

const DEPLOY_ID = 2000;
const DOCKER_GROUP_ID = 2001;

/** A file of the seed. */
export interface SeedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** Writes all seed files of a host, its keys among them, below its home. */
export async function writeSeed(shape: LabShape, host: LabHost, paths: LabPaths): Promise<void> {
  const files = hostPaths(paths, host.name);
  const authorized = readFileSync(`${paths.identity}.pub`, 'utf8');
  for (const file of seedFiles(shape, host, authorized)) {
    const target = join(files.seed, file.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, file.text, { mode: file.mode });
  }
  for (const path of ['root', 'root/.ssh', 'home/deploy/.ssh']) chmodSync(join(files.seed, path), 0o700);
  for (const path of ['home/deploy', 'home/deploy/.ssh', 'home/deploy/.ssh/authorized_keys']) {
    chownSync(join(files.seed, path), DEPLOY_ID, DEPLOY_ID);
  }
  mkdirSync(files.log, { recursive: true });
  mkdirSync(files.docker, { recursive: true });
  await makeHostKey(host, files);
}

/** The public half of a host's key, as known_hosts wants it. */
export function readHostKey(paths: LabPaths, hostName: string): string {
  const key = readFileSync(join(hostPaths(paths, hostName).home, 'ssh_host_ed25519_key.pub'), 'utf8');
  return key.split(' ').slice(0, 2).join(' ').trim();
}

/** The seed but for the host key. */
export function seedFiles(shape: LabShape, host: LabHost, authorized: string): SeedFile[] {
  const text = (path: string, content: string): SeedFile => ({ path, text: content, mode: 0o644 });
  const secret = (path: string, content: string): SeedFile => ({ path, text: content, mode: 0o600 });
  const program = (path: string, content: string): SeedFile => ({ path, text: content, mode: 0o755 });
  return [
    secret('root/.ssh/authorized_keys', authorized),
    secret('home/deploy/.ssh/authorized_keys', authorized),
    text('etc/hostname', `${host.name}\n`),
    text('etc/hosts', `127.0.0.1 localhost\n${host.address} ${host.name}\n`),
    // Nobody answers there, and says so at once: a name that does not exist must not cost a minute.
    text('etc/resolv.conf', `nameserver ${shape.gateway}\noptions timeout:1 attempts:1\n`),
    text('etc/passwd', PASSWD),
    text('etc/group', GROUP),
    { path: 'etc/shadow', text: SHADOW, mode: 0o600 },
    text('etc/profile', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PATH\n'),
    text('etc/inittab', INITTAB),
    text('etc/ssh/sshd_config', SSHD_CONFIG),
    text('etc/docker/daemon.json', formatDaemonConfig(shape, host)),
    { path: 'etc/sudoers.d/deploy', text: SUDO_RULE, mode: 0o440 },
    program('usr/local/sbin/reboot', REBOOT_PROGRAM),
    program('etc/fleet-lab/sshd', SSHD_SERVICE),
    program('etc/fleet-lab/dockerd', DOCKERD_SERVICE),
  ];
}

function formatDaemonConfig(shape: LabShape, host: LabHost): string {
  const registry = `${shape.gateway}:${REGISTRY_PORT}`;
  const config = {
    'cgroup-parent': `/${labCgroup(shape.name)}/${host.name}`,
    // Without systemd as the first process, dockerd must keep its cgroups itself, on version 1 and 2 alike.
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'insecure-registries': [registry],
    'registry-mirrors': [`http://${registry}`],
    'storage-driver': 'overlay2',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

async function makeHostKey(host: LabHost, files: HostPaths): Promise<void> {
  const key = join(files.home, 'ssh_host_ed25519_key');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', host.name, '-f', key]);
  for (const suffix of ['', '.pub']) {
    copyFileSync(key + suffix, join(files.seed, 'etc/ssh', `ssh_host_ed25519_key${suffix}`));
  }
}

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
deploy:x:${DEPLOY_ID}:${DEPLOY_ID}:deploy:/home/deploy:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const GROUP = `root:x:0:
daemon:x:1:
tty:x:5:
man:x:12:
shadow:x:42:
deploy:x:${DEPLOY_ID}:
docker:x:${DOCKER_GROUP_ID}:deploy
nogroup:x:65534:
`;

// A star, not an exclamation mark: without PAM sshd takes that one for a locked account and refuses keys too.
const SHADOW = `root:*:20000:0:99999:7:::
daemon:*:20000:0:99999:7:::
man:*:20000:0:99999:7:::
_apt:*:20000:0:99999:7:::
sshd:*:20000:0:99999:7:::
deploy:*:20000:0:99999:7:::
nobody:*:20000:0:99999:7:::
`;

/** The Debian packages that the lab needs on this machine: found missing, installed, and their services kept from starting. */

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FleetError } from '../model/error.ts';
import { attempt, type Finished } from './command.ts';

/** A program of each package that must be there, by absolute path: a newer one elsewhere in PATH is not what hosts run. */
const NEEDED: readonly (readonly [packageName: string, program: string])[] = [
  ['busybox-static', '/usr/bin/busybox'],
  ['docker.io', '/usr/sbin/dockerd'],
  ['containerd', '/usr/bin/containerd'],
  ['runc', '/usr/sbin/runc'],
  ['docker-registry', '/usr/bin/docker-registry'],
  ['iproute2', '/usr/sbin/tc'],
  ['iptables', '/usr/sbin/iptables'],
  ['openssh-client', '/usr/bin/ssh-keygen'],
  ['openssh-server', '/usr/sbin/sshd'],
  ['procps', '/usr/bin/pgrep'],
  ['sudo', '/usr/bin/sudo'],
];

/** Units that the packages would start at the machine's next boot. */
const UNITS = ['containerd.service', 'docker-registry.service', 'docker.service', 'docker.socket', 'ssh.service'];

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const POLICY = '#!/bin/sh\n# made by fleet lab, for as long as it installs packages\nexit 101\n';
const KEPT_POLICY_FILE = `${POLICY_FILE}.before-fleet-lab`;
const WAIT_FOR_LOCK = ['-o', 'DPkg::Lock::Timeout=120'];
const INSTALL_LIMIT_MS = 300_000;

/** The packages that are not there yet. */
export function missingPackages(): string[] {
  return NEEDED.filter(([, program]) => !existsSync(program)).map(([packageName]) => packageName);
}

/**
 * Installs the missing packages without starting any service of theirs; what apt says goes to the log.
 * Raises E_LAB_PACKAGES when apt can not.
 */
export async function ensurePackages(logFile: string): Promise<void> {
  restorePolicy();
  const missing = missingPackages();
  if (missing.length === 0) return;
  mkdirSync(dirname(logFile), { recursive: true });
  const unitsBefore = enabledUnits();
  const finished = await withoutServices(() => installWithFreshListsIfNeeded(missing, logFile));
  if (finished.exitCode !== 0 || missingPackages().length > 0) {
    throw new FleetError('E_LAB_PACKAGES', `apt-get could not install ${missing.join(', ')}`, {
      hint: `see ${logFile}, or install them yourself and run this again`,
      notes: `${finished.stdout}\n${finished.stderr}`.trim().split('\n').slice(-8),
    });
  }
  await disableNewUnits(unitsBefore);
}

async function installWithFreshListsIfNeeded(packages: readonly string[], logFile: string): Promise<Finished> {
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...WAIT_FOR_LOCK, ...packages];
  const first = await apt(install, logFile);
  if (first.exitCode === 0) return first;
  // An installation that was killed half way must be finished before the next; where there was none, this does nothing.
  await apt(['dpkg', '--configure', '--all'], logFile);
  const update = await apt(['apt-get', 'update'], logFile);
  return update.exitCode === 0 ? apt(install, logFile) : update;
}

async function apt(argv: readonly string[], logFile: string): Promise<Finished> {
  const options = { timeoutMs: INSTALL_LIMIT_MS, env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' } };
  const finished = await attempt(argv, options);
  appendFileSync(logFile, `$ ${argv.join(' ')}\n${finished.stdout}${finished.stderr}\n`);
  return finished;
}

/** Debian asks policy-rc.d before it starts a service: exit code 101 means no. What was there comes back afterwards. */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  if (existsSync(POLICY_FILE)) renameSync(POLICY_FILE, KEPT_POLICY_FILE);
  writeFileSync(POLICY_FILE, POLICY, { mode: 0o755 });
  try {
    return await work();
  } finally {
    restorePolicy();
  }
}

/** Also puts right what a run that was killed has left. */
function restorePolicy(): void {
  if (existsSync(KEPT_POLICY_FILE)) renameSync(KEPT_POLICY_FILE, POLICY_FILE);
  else if (existsSync(POLICY_FILE) && readFileSync(POLICY_FILE, 'utf8') === POLICY) rmSync(POLICY_FILE);
}

function enabledUnits(): ReadonlySet<string> {
  const folders = ['multi-user.target.wants', 'sockets.target.wants'];
  return new Set(UNITS.filter((unit) => folders.some((folder) => existsSync(`/etc/systemd/system/${folder}/${unit}`))));
}

async function disableNewUnits(before: ReadonlySet<string>): Promise<void> {
  const added = [...enabledUnits()].filter((unit) => !before.has(unit));
  if (added.length > 0) await attempt(['systemctl', 'disable', ...added]);
}

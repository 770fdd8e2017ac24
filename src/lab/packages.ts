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
];

/** Units that the packages would start at the machine's next boot. */
const UNITS = ['containerd.service', 'docker-registry.service', 'docker.service', 'docker.socket', 'ssh.service'];

const POLICY_FILE = '/usr/sbin/policy-rc.d';
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
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const first = await apt(install, logFile);
  if (first.exitCode === 0) return first;
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
  const kept = `${POLICY_FILE}.before-fleet-lab`;
  // A copy left by a run that was killed is the true original.
  if (existsSync(POLICY_FILE) && !existsSync(kept)) renameSync(POLICY_FILE, kept);
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (existsSync(kept)) renameSync(kept, POLICY_FILE);
    else rmSync(POLICY_FILE, { force: true });
  }
}

function enabledUnits(): ReadonlySet<string> {
  const folders = ['multi-user.target.wants', 'sockets.target.wants'];
  return new Set(UNITS.filter((unit) => folders.some((folder) => isLink(`/etc/systemd/system/${folder}/${unit}`))));
}

function isLink(file: string): boolean {
  try {
    return readFileSync(file).length >= 0;
  } catch {
    return false;
  }
}

async function disableNewUnits(before: ReadonlySet<string>): Promise<void> {
  const added = [...enabledUnits()].filter((unit) => !before.has(unit));
  if (added.length > 0) await attempt(['systemctl', 'disable', ...added]);
}

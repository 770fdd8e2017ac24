/** Turns a practice host on and off, and runs programs in it as root. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError } from '../../model/error.ts';
import { removeCgroups } from '../cgroup.ts';
import { attempt, type Finished, type RunOptions } from '../command.ts';
import { plugIn, setCable, unplug } from '../network.ts';
import { hostPaths, type LabPaths } from '../paths.ts';
import { findInit, killAll, networkInode, processesInNetworks } from '../process.ts';
import { hostNamespace, type LabHost, type LabShape, labCgroup } from '../shape.ts';
import { BOOT_SCRIPT, CHASSIS_SCRIPT, HIDDEN, SHARED } from './boot-script.ts';

const CLEAN_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };

/** Turns a host on; it is not ready yet when this returns. Raises E_LAB_RUNNING when it already runs. */
export async function powerOn(shape: LabShape, host: LabHost, paths: LabPaths): Promise<void> {
  if (initOf(shape.name, host.name) !== undefined) {
    throw new FleetError('E_LAB_RUNNING', `${host.name} already runs`, { hint: `fleet lab kill ${host.name}` });
  }
  await powerOff(shape.name, host.name);
  await plugIn(shape, host);
  const files = hostPaths(paths, host.name);
  mkdirSync(files.log, { recursive: true });
  const script = join(files.home, 'boot.sh');
  writeFileSync(script, BOOT_SCRIPT);
  const console = openSync(files.consoleLog, 'a');
  const child = spawn(
    '/usr/bin/nsenter',
    [
      `--net=/run/netns/${hostNamespace(shape.name, host.name)}`,
      ...['/bin/sh', '-c', CHASSIS_SCRIPT, 'chassis', `${labCgroup(shape.name)}/${host.name}`],
      ...[script, files.home, host.name, ...hiddenPaths(paths.base)],
    ],
    { detached: true, stdio: ['ignore', console, console], env: CLEAN_ENVIRONMENT, cwd: '/' },
  );
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  closeSync(console);
}

/**
 * Power loss: the cable goes dead first, so that nobody hears a last word, then everything in the host is gone at once.
 * The disk stays. A host that is off already stays off.
 */
export async function powerOff(labName: string, hostName: string): Promise<void> {
  const inode = networkInode(hostNamespace(labName, hostName));
  if (inode !== undefined) {
    await setCable(labName, hostName, 'down').catch(() => undefined);
    await killAll(() => processesInNetworks(new Set([inode])).map((one) => one.pid));
  }
  await unplug(labName, hostName);
  await removeCgroups(`${labCgroup(labName)}/${hostName}`);
}

/** The host's first process, as this machine numbers it; undefined when the host is off. */
export function initOf(labName: string, hostName: string): number | undefined {
  const inode = networkInode(hostNamespace(labName, hostName));
  return inode === undefined ? undefined : findInit(inode);
}

/** Runs argv in the host as root, past its sshd. Raises E_LAB_OFF when the host is off. */
export function execute(
  labName: string,
  hostName: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return attempt(enterArguments(labName, hostName, argv), options);
}

/** The argv that runs another one in the host as root. Raises E_LAB_OFF when the host is off. */
export function enterArguments(labName: string, hostName: string, argv: readonly string[]): string[] {
  const pid = initOf(labName, hostName);
  if (pid === undefined) {
    throw new FleetError('E_LAB_OFF', `${hostName} is off`, { hint: `fleet lab boot ${hostName}` });
  }
  const environment = Object.entries(CLEAN_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const within = ['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root'];
  return ['/usr/bin/nsenter', ...within, 'env', '-i', '-C', '/root', ...environment, ...argv];
}

/** Paths of the machine that hosts must not see; relative to the root. */
function hiddenPaths(stateDirectory: string): string[] {
  const topLevel = readdirSync('/').filter((name) => !SHARED.includes(name));
  const state = stateDirectory.slice(1);
  const isShared = SHARED.includes(state.split('/')[0] ?? '');
  return [...new Set([...topLevel, ...HIDDEN, ...(isShared ? [state] : [])])];
}

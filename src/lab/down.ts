/** Takes a lab away: whole, half made or crashed, because it goes by what the kernel has and not by what was recorded. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '../model/error.ts';
import { removeCgroups } from './cgroup.ts';
import { attempt } from './command.ts';
import { labNamespaces, labPids, leftovers } from './leftovers.ts';
import { LabLock } from './lock.ts';
import { removeNamespace } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { killAll } from './process.ts';
import { requireLinuxRoot } from './require.ts';
import { checkName, DEFAULT_LAB, gatewayLink, labCgroup } from './shape.ts';

/** What `labDown` did. */
export interface DownResult {
  /** Was there anything to take away? */
  readonly hadLab: boolean;
  /** Were the images removed as well? Not while another lab uses them. */
  readonly isPurged: boolean;
}

/** Removes the lab and its hosts' disks; with purge the images too. Raises E_LAB_LEFTOVERS when something remains. */
export async function labDown(options: { readonly name?: string; readonly purge?: boolean } = {}): Promise<DownResult> {
  requireLinuxRoot();
  const name = checkName(options.name ?? DEFAULT_LAB);
  const paths = labPaths(name);
  await using _lock = await LabLock.take(paths.lockFile);
  const hadLab = existsSync(paths.lab) || (await leftovers(name)).length > 0;
  await sweep(name);
  const isPurged = options.purge === true && otherLabs(paths.base, name).length === 0;
  if (isPurged) await purge(paths);
  return { hadLab, isPurged };
}

/** Removes all that the lab has in the kernel and its folder. The caller holds the lab's lock. Raises E_LAB_LEFTOVERS. */
export async function sweep(labName: string): Promise<void> {
  await killAll(() => labPids(labName));
  for (const namespace of labNamespaces(labName)) await removeNamespace(namespace);
  if (existsSync(`/sys/class/net/${gatewayLink(labName)}`)) {
    await attempt(['ip', 'link', 'delete', gatewayLink(labName)]);
  }
  await removeCgroups(labCgroup(labName));
  await forgetNamespaceFolder();
  await removeFolder(labPaths(labName).lab);
  const left = await leftovers(labName);
  if (left.length === 0) return;
  throw new FleetError('E_LAB_LEFTOVERS', `${left.length} things of lab "${labName}" could not be removed`, {
    notes: left,
    hint: `fleet lab down --name ${labName}`,
  });
}

/** `ip netns` mounts its folder over itself at first use; without a namespace left that mount serves nobody. */
async function forgetNamespaceFolder(): Promise<void> {
  if (existsSync('/run/netns') && readdirSync('/run/netns').length === 0) await attempt(['umount', '/run/netns']);
}

/** A dying host's mounts go a moment after its last process, so that a folder can be busy for that long. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (cause) {
      if (tries === 40) throw new FleetError('E_LAB_LEFTOVERS', `${folder} can not be removed`, { cause });
      await sleep(100);
    }
  }
}

async function purge(paths: LabPaths): Promise<void> {
  await removeFolder(paths.cache);
  for (const file of [paths.cacheLockFile, paths.lockFile]) rmSync(file, { force: true });
  // Not when it is a mount point, or holds files of someone else.
  await attempt(['rmdir', '--ignore-fail-on-non-empty', paths.base]);
}

function otherLabs(base: string, labName: string): string[] {
  if (!existsSync(base)) return [];
  return readdirSync(base).filter((entry) => entry !== labName && existsSync(join(base, entry, 'lab.json')));
}

/** The cgroups of a lab's containers, in the hierarchies of version 1 and 2 alike. */

import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/** All folders of that cgroup, one per hierarchy: `fleet-lab.lab/vm1` in cpu, memory and so on. */
export function findCgroups(name: string): string[] {
  const hierarchies = existsSync(ROOT) ? readdirSync(ROOT).map((entry) => join(ROOT, entry)) : [];
  return [ROOT, ...hierarchies].map((folder) => join(folder, name)).filter((folder) => existsSync(folder));
}

/** Removes the cgroup and all below it. The kernel refuses while a dying process is still in it, so this tries for 5 s. */
export async function removeCgroups(name: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  let left = findCgroups(name);
  while (left.length > 0 && Date.now() < deadline) {
    for (const folder of left) removeTree(folder);
    left = findCgroups(name);
    if (left.length > 0) await sleep(50);
  }
}

function removeTree(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    }
    rmdirSync(folder);
  } catch {
    // Busy, or gone meanwhile; the caller looks again.
  }
}

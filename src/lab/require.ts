/** What practice hosts need of the machine they run on. */

import { FleetError } from '../model/error.ts';

/** Raises E_LAB_NEEDS_LINUX or E_LAB_NEEDS_ROOT where practice hosts can not run. */
export function requireLinuxRoot(): void {
  if (process.platform !== 'linux') {
    throw new FleetError(
      'E_LAB_NEEDS_LINUX',
      `practice hosts are made of Linux namespaces; this machine runs ${process.platform}`,
      {
        hint: 'run this on a Debian machine or virtual machine',
      },
    );
  }
  if (process.getuid?.() !== 0) {
    throw new FleetError('E_LAB_NEEDS_ROOT', 'practice hosts need root: they make namespaces, mounts and links', {
      hint: 'run this with sudo, or as root',
    });
  }
}

/** Where a lab keeps its files: one folder per lab, one cache for all labs. */

import { join } from 'node:path';

/** The folders and files of one lab. */
export interface LabPaths {
  /** The state directory of all labs. */
  readonly base: string;
  /** Packages, image roots and the registry's storage; kept until `down --purge`. */
  readonly cache: string;
  /** Everything of this lab; removed by `down`. */
  readonly lab: string;
  readonly shapeFile: string;
  readonly lockFile: string;
  readonly cacheLockFile: string;
  readonly identity: string;
  readonly knownHosts: string;
  readonly registryStorage: string;
  readonly packageLog: string;
}

/** The files of one practice host. */
export interface HostPaths {
  readonly home: string;
  /** Files copied into the host at its first boot. */
  readonly seed: string;
  /** What the host writes over the machine's own files: its disk. */
  readonly upper: string;
  readonly work: string;
  /** Where its root is mounted, seen only inside its own mount namespace. */
  readonly root: string;
  /** Docker's data root. */
  readonly docker: string;
  /** /var/log of the host. */
  readonly log: string;
  readonly consoleLog: string;
}

/** The state directory: FLEET_LAB_DIR, else /var/lib/fleet-lab. */
function labDirectory(): string {
  const chosen = process.env.FLEET_LAB_DIR;
  return chosen?.startsWith('/') ? chosen : '/var/lib/fleet-lab';
}

/** The paths of a lab. */
export function labPaths(labName: string): LabPaths {
  const base = labDirectory();
  const cache = join(base, 'cache');
  const lab = join(base, labName);
  return {
    base,
    cache,
    lab,
    shapeFile: join(lab, 'lab.json'),
    cacheLockFile: join(base, 'cache.lock'),
    lockFile: join(base, `${labName}.lock`),
    identity: join(lab, 'id_ed25519'),
    knownHosts: join(lab, 'known_hosts'),
    registryStorage: join(cache, 'registry'),
    packageLog: join(cache, 'packages.log'),
  };
}

/** The paths of one host of a lab. */
export function hostPaths(paths: LabPaths, hostName: string): HostPaths {
  const home = join(paths.lab, 'hosts', hostName);
  return {
    home,
    seed: join(home, 'seed'),
    upper: join(home, 'upper'),
    work: join(home, 'work'),
    root: join(home, 'root'),
    docker: join(home, 'docker'),
    log: join(home, 'log'),
    consoleLog: join(home, 'log', 'console.log'),
  };
}

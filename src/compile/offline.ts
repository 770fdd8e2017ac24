/** A made-up world for reviews without keys: every host is up, empty, and as large as the inventory says. */
import type { Host, Inventory } from '../model/inventory.ts';
import type { HostUp, Observed } from '../model/observed.ts';

/** Room that a host is taken to have where the inventory states none: 4 cpus and 8 GiB. */
const ASSUMED = { cpus: 4, memoryBytes: 8 * 2 ** 30 };

/** All hosts of the inventory as up and empty. */
export function assumeEmpty(inventory: Inventory): Observed['hosts'] {
  return Object.fromEntries(inventory.hosts.map((host) => [host.name, emptyReport(host)]));
}

/** A host with nothing on it. */
export function emptyReport(host: Host): HostUp {
  return {
    reachable: true,
    home: `/home/${host.ssh.user}`,
    dockerVersion: '',
    architecture: '',
    cpus: host.capacity.cpus ?? ASSUMED.cpus,
    memoryBytes: host.capacity.memoryBytes ?? ASSUMED.memoryBytes,
    diskFreeBytes: Number.MAX_SAFE_INTEGER,
    clockSkewMs: 0,
    containers: [],
    listening: [],
    networks: {},
    volumes: [],
    carried: {},
    images: [],
    registryMirrors: [],
    insecureRegistries: [],
    router: { mainDigest: '', apps: {} },
    releases: {},
  };
}

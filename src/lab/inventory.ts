/** The text of the inventory that fits a lab. Pure. */

import type { LabHost, LabShape } from './shape.ts';

/** The inventory file: all hosts of the lab, reached as the ordinary user `deploy`. */
export function formatInventory(
  shape: LabShape,
  files: { readonly identity: string; readonly knownHosts: string },
): string {
  const width = Math.max(...shape.hosts.map((host) => host.name.length));
  return [
    '# made by `fleet lab up`',
    'defaults:',
    '  user: deploy',
    `  identity: ${files.identity}`,
    `  known_hosts: ${files.knownHosts}`,
    '  # what each host may give away: all of them share one machine',
    '  capacity: { cpus: 4, memory: 2GiB }',
    'hosts:',
    ...shape.hosts.map((host) => formatHost(host, width)),
    '',
  ].join('\n');
}

function formatHost(host: LabHost, width: number): string {
  const name = `${host.name}:`.padEnd(width + 1);
  return `  ${name} { address: ${host.address}, roles: [${host.roles.join(', ')}], labels: { zone: ${host.zone} } }`;
}

/** The service `api` of test/integration/playbooks/team as Docker must tell of it. */

/** What `docker inspect` says of a container, as far as it is of interest. */
export interface Inspected {
  readonly Config: Readonly<Record<string, unknown>> & { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: Readonly<Record<string, unknown>> & { readonly ExtraHosts: readonly string[] };
}

/** All that the file says about the container's options. */
export const expectedOptions = {
  User: '1000:1000',
  WorkingDir: '/srv/api',
  Hostname: 'api-inside',
  Domainname: 'example.test',
  StopSignal: 'SIGINT',
  StopTimeout: 10,
  Cmd: ['node', '/srv/api/main.mjs'],
  Init: true,
  Sysctls: { 'net.core.somaxconn': '1024', 'net.ipv4.ip_local_port_range': '20000 60999' },
  ShmSize: 96 * 2 ** 20,
  Ulimits: [
    { Name: 'nofile', Soft: 1024, Hard: 2048 },
    { Name: 'nproc', Soft: 512, Hard: 512 },
  ],
  CapDrop: ['ALL'],
  CapAdd: ['CAP_NET_BIND_SERVICE'],
  SecurityOpt: ['no-new-privileges:true'],
  GroupAdd: ['2000'],
  Dns: ['192.0.2.53', '192.0.2.54'],
  DnsSearch: ['example.test'],
  DnsOptions: ['ndots:2'],
  OomScoreAdj: 300,
  PidsLimit: 128,
  CpuShares: 512,
  Memory: 256 * 2 ** 20,
  MemorySwap: 512 * 2 ** 20,
  MemoryReservation: 32 * 2 ** 20,
  LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
  RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
  Tmpfs: { '/run/api': 'size=1048576,mode=1777,noexec' },
  labels: { 'com.example.team': 'web', 'com.example.tier': 'middle' },
  hosts: ['gateway:host-gateway', 'printer:192.0.2.7'],
} as const;

/** The same of a real container; labels and hosts that fleet adds are left out. */
export function optionsOf({ Config, HostConfig }: Inspected): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = { ...Config, ...HostConfig };
  const names = Object.keys(expectedOptions).filter((name) => name !== 'labels' && name !== 'hosts');
  return {
    ...Object.fromEntries(names.map((name) => [name, all[name]])),
    labels: Object.fromEntries(Object.entries(Config.Labels).filter(([name]) => !name.startsWith('fleet.'))),
    hosts: HostConfig.ExtraHosts.filter((entry) => !entry.includes(':10.96.')),
  };
}

/** What goes from the playbook to `docker create` one to one. */

/** Attributes of Compose, by their names there, that are one option of `docker create` each. */
export const DOCKER_OPTIONS = [
  'hostname',
  'domainname',
  'platform',
  'runtime',
  'privileged',
  'tty',
  'stdin_open',
  'group_add',
  'security_opt',
  'dns_opt',
  'dns_search',
  'sysctls',
  'storage_opt',
  'shm_size',
  'ipc',
  'pid',
  'uts',
  'userns_mode',
  'cgroup',
  'cgroup_parent',
  'devices',
  'device_cgroup_rules',
  'gpus',
  'oom_kill_disable',
  'oom_score_adj',
  'mem_reservation',
  'memswap_limit',
  'mem_swappiness',
  'cpu_shares',
  'cpu_quota',
  'cpu_period',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpuset',
  'blkio_weight',
  'blkio_weight_device',
  'device_read_bps',
  'device_read_iops',
  'device_write_bps',
  'device_write_iops',
] as const;

/** Values as the options of `docker create` take them: true is a switch, a list is the option several times. */
export type DockerOptions = Readonly<
  Partial<Record<(typeof DOCKER_OPTIONS)[number], true | string | number | readonly string[]>>
>;

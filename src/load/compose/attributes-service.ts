/** The attributes of a service itself; what has parts of its own is in attributes-parts.ts. */
import { type Area, differs, honoured, noted, refused } from './attributes.ts';

const S = 'services.*.';
const WINDOWS = 'is for Windows containers only, and hosts run Linux';
const NAMESPACES = 'host, private and the like; "service:" and "container:" are refused: replicas run on several hosts';

/** What runs: image, process, health. */
export const PROCESS: Area = {
  title: 'Services: what runs',
  rows: [
    ...honoured(S, 'image', 'its digest is looked up when the plan is made, and every host runs that one'),
    ...honoured(S, 'command entrypoint working_dir user init tty stdin_open stop_signal environment'),
    ...honoured(S, 'stop_grace_period', 'also the longest time that open requests get at a cutover'),
    ...honoured(S, 'env_file env_file[].path env_file[].required env_file[].format'),
    ...honoured(S, 'labels label_file', 'names that begin with "fleet." are fleet\'s own'),
    differs(`${S}restart`, 'unless-stopped where Compose has no, if it is left out'),
    ...honoured(S, 'healthcheck', 'new replicas get traffic when they are healthy'),
    ...honoured(`${S}healthcheck.`, 'test interval timeout retries start_period disable'),
    noted(`${S}healthcheck.start_interval`, 'interval counts from the start: only Docker 25 and newer know more'),
    ...honoured(S, 'logging logging.driver logging.options'),
    ...honoured(S, 'platform', 'Linux only'),
    differs(`${S}pull_policy`, 'fleet looks the digest up and pulls what a host lacks; never and build are refused'),
    noted(`${S}pull_refresh_after`, 'the digest is looked up at each deploy'),
    noted(`${S}attach`, 'nobody is attached: see fleet logs', [true]),
    ...honoured(S, 'profiles', 'with --profile, COMPOSE_PROFILES, or the name of the service on the command line'),
    ...honoured(S, 'extends extends.service extends.file'),
    ...honoured(S, 'depends_on', 'the order of starts in a deploy, across all hosts'),
    ...honoured(`${S}depends_on.*.`, 'required'),
    differs(
      `${S}depends_on.*.condition`,
      'who is waited for with service_completed_successfully is a job: it runs in each deploy that changes something, and has no ports',
    ),
    noted(`${S}depends_on.*.restart`, 'names and addresses of services do not change, so nobody has to start again'),
    refused(`${S}provider`, 'is made by a program beside Compose', 'run that service by other means'),
    refused(
      `${S}post_start`,
      'a command after the start is nothing that a restart repeats',
      'do it in the entrypoint, or in a job (x-fleet: { job: pre-deploy })',
    ),
    refused(
      `${S}pre_stop`,
      'a command before the stop is not run when a host fails',
      'handle the stop signal in the container, within stop_grace_period',
    ),
    refused(`${S}models`, 'fleet runs no language models', 'run the model as a service with an image of its own'),
    ...honoured(S, 'scale', 'as deploy.replicas'),
    differs(`${S}container_name`, 'with one replica a further name on its networks; refused with more'),
  ],
};

/** Limits and rights of the containers. */
export const LIMITS: Area = {
  title: 'Services: limits and rights',
  rows: [
    ...honoured(S, 'cpus mem_limit pids_limit mem_reservation', 'the older way to write deploy.resources'),
    ...honoured(S, 'cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime cpuset'),
    ...honoured(S, 'memswap_limit mem_swappiness oom_kill_disable oom_score_adj shm_size storage_opt'),
    ...honoured(S, 'ulimits ulimits.*.soft ulimits.*.hard'),
    ...honoured(S, 'blkio_config blkio_config.weight blkio_config.weight_device'),
    ...honoured(`${S}blkio_config.weight_device[].`, 'path weight'),
    ...['device_read_bps', 'device_read_iops', 'device_write_bps', 'device_write_iops'].flatMap((name) =>
      honoured(`${S}blkio_config.${name}`, ' [].path [].rate'),
    ),
    ...honoured(S, 'read_only cap_add cap_drop privileged group_add sysctls runtime device_cgroup_rules'),
    differs(`${S}security_opt`, 'a seccomp profile is read on the hosts: an absolute path there'),
    ...honoured(S, 'devices devices[].source devices[].target devices[].permissions', 'must be on the host'),
    ...honoured(S, 'gpus gpus[].capabilities gpus[].count gpus[].device_ids gpus[].driver gpus[].options'),
    ...honoured(S, 'uts userns_mode cgroup cgroup_parent'),
    differs(`${S}ipc`, NAMESPACES),
    differs(`${S}pid`, NAMESPACES),
    noted(`${S}annotations`, 'annotations are for runtimes beside runc; the docker command knows them from 24 on'),
    refused(`${S}cpu_count`, WINDOWS, 'use cpus, or deploy.resources.limits.cpus', []),
    refused(`${S}cpu_percent`, WINDOWS, 'use cpus, or deploy.resources.limits.cpus', []),
    refused(`${S}isolation`, WINDOWS, 'leave it out', ['default']),
    refused(`${S}credential_spec`, WINDOWS, 'leave it out'),
    refused(
      `${S}use_api_socket`,
      'hands the Docker of a host to a container, with the credentials of whoever deploys',
      'mount /var/run/docker.sock as a volume, if it must be',
    ),
  ],
};

/** How services reach each other and the world. */
export const REACH: Area = {
  title: 'Services: names, ports and networks',
  rows: [
    differs(`${S}ports`, 'published on the edge hosts, which lead to the replicas wherever they run'),
    differs(
      `${S}ports[].published`,
      'a port of the edge hosts, of a range the first; without it the port is for other services only',
    ),
    ...honoured(`${S}ports[].`, 'target protocol'),
    ...honoured(`${S}ports[].`, 'app_protocol', 'http: requests are proxied, so a cutover loses none'),
    differs(
      `${S}ports[].host_ip`,
      '127.0.0.1 is a note, since nothing on a fleet reaches it; other addresses are refused',
    ),
    differs(`${S}ports[].mode`, 'host and ingress are the same: the edge hosts'),
    noted(`${S}ports[].name`, 'is for people'),
    ...honoured(S, 'expose', 'the ports that other services reach'),
    ...honoured(S, 'networks networks.*.aliases', 'services that share no network do not reach each other'),
    noted(`${S}networks.*.ipv4_address`, 'fleet gives every service one stable address'),
    noted(`${S}networks.*.ipv6_address`, 'fleet gives every service one stable address'),
    noted(`${S}networks.*.link_local_ips`, 'fleet gives every service one stable address'),
    noted(`${S}networks.*.interface_name`, 'a container has one interface for all its networks', []),
    noted(`${S}networks.*.priority`, 'a container has one interface for all its networks', []),
    noted(`${S}networks.*.gw_priority`, 'a container has one interface for all its networks', []),
    noted(`${S}networks.*.driver_opts`, 'fleet makes the networks itself'),
    noted(`${S}networks.*.mac_address`, 'a container has one interface for all its networks'),
    refused(
      `${S}mac_address`,
      'replicas come and go on several hosts: a fixed address would be there twice',
      'leave it out',
    ),
    differs(`${S}links`, 'the alias is a further name that this service alone may use; a network must be shared'),
    refused(`${S}external_links`, 'containers outside of the app are unknown here', 'reach them by extra_hosts'),
    refused(
      `${S}network_mode`,
      'every container stands in the networks of its service',
      'use networks; ports are published on the edge hosts',
    ),
    ...honoured(S, 'hostname domainname', 'the name that the container itself sees; others use the service name'),
    ...honoured(S, 'extra_hosts dns dns_opt dns_search'),
  ],
};

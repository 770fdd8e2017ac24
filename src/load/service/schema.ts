/** All keys of a service: those that fleet handles, and those it refuses by name. */
import type { z } from 'zod';
import { bad, checked, keys, list, loose, notHandled, oneOrList, parsed, record, text } from '../schema.ts';
import { parseDuration, parseSwitch } from '../units.ts';
import { deploySchema } from './deploy.ts';
import { fleetSchema } from './fleet.ts';
import { configGrants, secretGrants } from './grants.ts';
import { healthSchema } from './health.ts';
import { dependsOnSchema, envFileSchema, networksSchema } from './links.ts';
import { command, environment, extraHosts, labels, ulimits } from './lists.ts';
import { tmpfsSchema, volumesSchema } from './mounts.ts';
import { exposeSchema, portsSchema } from './ports.ts';

const flag = parsed('true or false', parseSwitch);
const LIMITS = 'use deploy.resources.limits';

/** Keys of the Compose Specification for later issues or never, each with a way out where there is one. */
const refused = notHandled({
  annotations: 'use labels',
  attach: 'leave it out',
  blkio_config: '',
  build: 'build and push the image before (in CI), and name it with image:',
  cgroup: '',
  cgroup_parent: '',
  container_name: 'leave it out: fleet names containers APP.SERVICE.RELEASE.SLOT',
  cpu_count: `${LIMITS}.cpus`,
  cpu_percent: `${LIMITS}.cpus`,
  cpu_period: `${LIMITS}.cpus`,
  cpu_quota: `${LIMITS}.cpus`,
  cpu_rt_period: '',
  cpu_rt_runtime: '',
  cpu_shares: `${LIMITS}.cpus`,
  cpus: `${LIMITS}.cpus`,
  cpuset: '',
  credential_spec: '',
  develop: 'keep it in compose.override.yaml, which fleet does not read',
  device_cgroup_rules: '',
  devices: '',
  dns_opt: '',
  dns_search: '',
  domainname: '',
  extends: 'write the keys out, or use a YAML anchor and "<<"',
  external_links: 'use networks',
  gpus: '',
  group_add: 'use user: "UID:GID"',
  hostname: 'leave it out: other services reach this one by its name',
  ipc: '',
  isolation: '',
  label_file: 'use labels',
  links: 'use networks with aliases',
  mac_address: '',
  mem_limit: `${LIMITS}.memory`,
  mem_reservation: 'use deploy.resources.reservations.memory',
  mem_swappiness: '',
  memswap_limit: '',
  models: '',
  network_mode: 'use networks; ports are published on the edge hosts',
  oom_kill_disable: '',
  oom_score_adj: '',
  pid: '',
  pids_limit: `${LIMITS}.pids`,
  platform: 'leave it out: the image is pulled for the host it runs on',
  post_start: '',
  pre_stop: 'handle the stop signal in the container, within stop_grace_period',
  privileged: 'use cap_add',
  provider: '',
  pull_policy: 'leave it out: fleet pulls what a host lacks',
  pull_refresh_after: 'leave it out',
  runtime: '',
  scale: 'use deploy.replicas',
  security_opt: '',
  shm_size: 'mount a tmpfs at /dev/shm: tmpfs: ["/dev/shm:size=64m"]',
  stdin_open: 'leave it out: services run without a terminal',
  storage_opt: '',
  sysctls: '',
  tty: 'leave it out: services run without a terminal',
  use_api_socket: '',
  userns_mode: '',
  uts: '',
  volumes_from: 'use a named volume',
});

/** A service. */
export const serviceSchema = keys({
  image: checked(text('an image such as nginx:1.30'), parseImage),
  command: command.optional(),
  entrypoint: command.optional(),
  environment: environment.optional(),
  env_file: envFileSchema.optional(),
  healthcheck: healthSchema.optional(),
  expose: exposeSchema.optional(),
  ports: portsSchema.optional(),
  volumes: volumesSchema.optional(),
  tmpfs: tmpfsSchema.optional(),
  networks: networksSchema.optional(),
  depends_on: dependsOnSchema.optional(),
  deploy: deploySchema.optional(),
  labels: labels.optional(),
  user: loose('a user').optional(),
  working_dir: checked(text('a path'), parseFolder).optional(),
  init: flag.optional(),
  read_only: flag.optional(),
  cap_add: list(checked(text('a capability'), parseCapability)).optional(),
  cap_drop: list(checked(text('a capability'), parseCapability)).optional(),
  ulimits: ulimits.optional(),
  stop_signal: parsed('a signal such as SIGTERM', parseSignal).optional(),
  stop_grace_period: parsed('a duration such as 30s', parseDuration).optional(),
  logging: keys({ driver: text('a driver').optional(), options: record(loose()).optional() }).optional(),
  restart: parsed('a restart policy', parseRestart).optional(),
  extra_hosts: extraHosts.optional(),
  dns: oneOrList(text('an address')).optional(),
  secrets: secretGrants.optional(),
  configs: configGrants.optional(),
  profiles: list(text('a profile')).optional(),
  'x-fleet': fleetSchema.optional(),
  ...refused,
});

/** A service as its file has it, forms unified. */
export type ServiceEntry = z.output<typeof serviceSchema>;

function parseImage(image: string): string {
  const form =
    /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
  if (form.test(image)) return image;
  throw bad(`${JSON.stringify(image)} is not the name of an image`, {
    expected: 'an image such as nginx:1.30 or registry.example/team/app:7',
  });
}

function parseFolder(path: string): string {
  if (path.startsWith('/')) return path;
  throw bad(`"${path}" is not an absolute path`, { expected: 'a path that begins with "/"' });
}

function parseCapability(name: string): string {
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return name;
  throw bad(`"${name}" is not a capability`, { expected: 'a name such as NET_ADMIN' });
}

function parseSignal(name: string): string {
  if (/^([A-Z][A-Z0-9+-]*|\d{1,2})$/.test(name)) return name;
  throw bad(`"${name}" is not a signal`, { expected: 'a name such as SIGTERM' });
}

function parseRestart(value: string): string {
  if (value === 'false') return 'no';
  if (/^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(value)) return value;
  throw bad(`"${value}" is not a restart policy`, {
    expected: 'no, always, on-failure, on-failure:3 or unless-stopped',
  });
}

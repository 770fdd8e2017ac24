/** All attributes of a service that have more than one way to be written. What is not here has only one. */
import { command, hooks, provider, test } from './commands.ts';
import { build, deploy, develop, ulimits } from './deploy.ts';
import { devices, envFiles, gpus, grants, secretGrants } from './entries.ts';
import { every, type Form, fields, items, map, parsed, scalar, shortOr } from './forms.ts';
import { extraHosts, keyValues, names, textList, variables } from './lists.ts';
import { mount } from './mounts.ts';
import { localPath } from './paths.ts';
import { ports } from './ports.ts';
import { count, decimal, duration, exposed, flag, size, sizeOrNone, text, whole } from './values.ts';

const rates = items(fields({ rate: size }));

const certificate = fields({ certificate: localPath, key: localPath });
const ingress = fields({ tls: certificate });

/** `x-fleet` of a service: only its paths change. */
const fleet: Form = fields({
  ingress: (tree, path, setting) => (tree.kind === 'list' ? items(ingress) : ingress)(tree, path, setting),
});

/** One service. */
export const service: Form = fields({
  annotations: keyValues,
  attach: flag,
  blkio_config: fields({
    weight: whole,
    weight_device: items(fields({ weight: whole })),
    device_read_bps: rates,
    device_read_iops: rates,
    device_write_bps: rates,
    device_write_iops: rates,
  }),
  build,
  command,
  configs: grants,
  cpu_count: count,
  cpu_percent: decimal,
  cpu_period: whole,
  cpu_quota: whole,
  cpu_rt_period: whole,
  cpu_rt_runtime: whole,
  cpu_shares: whole,
  cpus: decimal,
  depends_on: names(
    (at) => map({ condition: 'service_started', required: true }, at),
    fields({ restart: flag, required: flag }),
  ),
  deploy,
  develop,
  devices,
  dns: textList,
  dns_search: textList,
  entrypoint: command,
  env_file: envFiles,
  environment: variables,
  expose: items(exposed),
  extends: shortOr((name, { at }) => map({ service: name }, at), fields({})),
  extra_hosts: extraHosts,
  gpus,
  group_add: items(text),
  healthcheck: fields({
    disable: flag,
    interval: duration,
    retries: count,
    start_interval: duration,
    start_period: duration,
    test,
    timeout: duration,
  }),
  init: flag,
  label_file: (tree, path, setting) => {
    const made = textList(tree, path, setting);
    return made === undefined ? undefined : items(localPath)(made, path, setting);
  },
  labels: keyValues,
  logging: fields({ options: every(text) }),
  mem_limit: size,
  mem_reservation: size,
  mem_swappiness: sizeOrNone,
  memswap_limit: sizeOrNone,
  models: names((at) => scalar(null, at), fields({})),
  networks: names((at) => scalar(null, at), fields({ driver_opts: every(text), priority: whole, gw_priority: whole })),
  oom_kill_disable: flag,
  oom_score_adj: whole,
  pids_limit: whole,
  ports,
  post_start: hooks,
  pre_stop: hooks,
  privileged: flag,
  provider,
  pull_policy: parsed((value) => (value === 'if_not_present' ? 'missing' : value)),
  read_only: flag,
  scale: count,
  secrets: secretGrants,
  shm_size: size,
  stdin_open: flag,
  stop_grace_period: duration,
  storage_opt: every(text),
  sysctls: keyValues,
  tmpfs: textList,
  tty: flag,
  ulimits,
  volumes: items(mount),
  'x-fleet': fleet,
});

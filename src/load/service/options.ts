/**
 * Attributes of a service that are one option of `docker create` each, read as that option takes them. What Docker
 * would refuse on the host is refused here.
 */
import type { z } from 'zod';
import { bad, checked, fields, list, loose, parsed, record, said, unsupported } from '../schema.ts';
import { parseSize, parseSwitch, parseWhole } from '../units.ts';
import { gpus } from './gpus.ts';

const MOST = 2 ** 53 - 1;

// A switch that is off is Docker's default: nothing to say.
const flag = parsed('true or false', (value) => (parseSwitch(value) ? (true as const) : undefined));
const size = parsed('a size such as 64m', (value) => parseSize(value) || undefined);
/** A number of which 0 is Docker's default: nothing to say. */
const amount = (most: number) => whole(0, most).transform((value) => value || undefined);
const pairs = record(loose()).transform((all) => Object.entries(all).map(([name, value]) => `${name}=${value}`));
const rates = list(fields({ path: loose('a device'), rate: parsed('a size', parseSize) })).transform((all) =>
  all.map(({ path, rate }) => `${path}:${rate}`),
);
const weights = list(fields({ path: loose('a device'), weight: whole(10, 1000) })).transform((all) =>
  all.map(({ path, weight }) => `${path}:${weight}`),
);

/** The attributes, as a part of a service's schema. */
export const optionFields = {
  hostname: said('a host name', parseHostName).optional(),
  domainname: said('a domain name', parseHostName).optional(),
  platform: said('a platform', parsePlatform).optional(),
  runtime: said('a runtime', String).optional(),
  privileged: flag.optional(),
  tty: flag.optional(),
  stdin_open: flag.optional(),
  group_add: list(loose('a group')).optional(),
  security_opt: list(checked(loose('an option'), parseSecurity)).optional(),
  dns_opt: list(loose('an option')).optional(),
  dns_search: list(loose('a domain')).optional(),
  sysctls: checked(pairs, checkSysctls).optional(),
  storage_opt: pairs.optional(),
  shm_size: size.optional(),
  ipc: said('a word', namespace('none', 'private', 'shareable', 'host')).optional(),
  pid: said('a word', namespace('host')).optional(),
  uts: said('a word', namespace('host')).optional(),
  userns_mode: said('a word', namespace('host')).optional(),
  cgroup: said('a word', namespace('host', 'private')).optional(),
  cgroup_parent: said('a cgroup', String).optional(),
  devices: list(
    checked(fields({ source: loose(), target: loose().optional(), permissions: loose().optional() }), parseDevice),
  ).optional(),
  device_cgroup_rules: list(checked(loose('a rule'), parseRule)).optional(),
  gpus: gpus.optional(),
  oom_kill_disable: flag.optional(),
  oom_score_adj: whole(-1000, 1000).optional(),
  memswap_limit: parsed('a size, or -1', (value) => (value === '-1' ? -1 : parseSize(value) || undefined)).optional(),
  mem_swappiness: whole(-1, 100).optional(),
  cpu_shares: amount(262_144).optional(),
  cpu_quota: whole(-1, MOST)
    .transform((value) => value || undefined)
    .optional(),
  cpu_period: amount(1_000_000).optional(),
  cpu_rt_period: amount(MOST).optional(),
  cpu_rt_runtime: amount(MOST).optional(),
  cpuset: said('CPUs such as 0-2', parseCpuSet).optional(),
  blkio_config: fields({
    weight: amount(1000).optional(),
    weight_device: weights.optional(),
    device_read_bps: rates.optional(),
    device_read_iops: rates.optional(),
    device_write_bps: rates.optional(),
    device_write_iops: rates.optional(),
  }).optional(),
};

function whole(least: number, most: number): z.ZodType<number> {
  return parsed('a whole number', (value) => parseWhole(value, least, most));
}

function parseHostName(name: string): string {
  if (/^[^\s,=]{1,64}$/.test(name)) return name;
  throw bad(`${JSON.stringify(name)} can not be a host name`, { expected: 'at most 64 letters, digits, "-" and "."' });
}

function parsePlatform(name: string): string {
  if (/^linux(\/[a-z0-9_]+){0,2}$/.test(name)) return name;
  if (/^(windows|darwin)(\/|$)/.test(name))
    throw unsupported(`hosts run Linux, not ${name}`, 'use linux/amd64 or the like, or leave it out');
  throw bad(`${JSON.stringify(name)} is not a platform`, { expected: 'linux/ARCHITECTURE such as linux/amd64' });
}

/** Docker reads a profile on the machine where its command runs, which is the host. */
function parseSecurity(option: string): string {
  const profile = /^seccomp[=:](.*)$/.exec(option)?.[1];
  if (profile === undefined || profile === 'unconfined' || profile === 'builtin' || profile.startsWith('/'))
    return option;
  throw unsupported(
    `the seccomp profile ${JSON.stringify(profile)} is not on the hosts`,
    'put it there by hand and give its absolute path, or use seccomp=unconfined',
  );
}

const NAMESPACED = /^(net\.|fs\.mqueue\.|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)=)/;

/** The list of the docker CLI. */
function checkSysctls(all: readonly string[]): readonly string[] {
  const odd = all.find((one) => !NAMESPACED.test(one))?.replace(/=.*$/s, '');
  if (odd === undefined) return all;
  throw bad(`${odd} is not a container's own: Docker does not take it`, {
    expected: 'net.*, fs.mqueue.*, or one of kernel.msg* and kernel.shm*',
    hint: 'set it on the hosts (/etc/sysctl.d), and remove it here',
  });
}

function namespace(...words: readonly string[]): (value: string) => string {
  return (value) => {
    if (words.includes(value)) return value;
    if (/^(service|container):/.test(value)) {
      throw unsupported(
        `${JSON.stringify(value)}: replicas run on several hosts, so they can not share it`,
        'put what belongs together into one image',
      );
    }
    throw bad(`${JSON.stringify(value)} does not fit here`, { expected: words.join(', ') });
  };
}

function parseDevice(device: {
  readonly source: string;
  readonly target?: string | undefined;
  readonly permissions?: string | undefined;
}): string {
  const { source, target = source, permissions = 'rwm' } = device;
  if (!source.startsWith('/') && source.includes('=')) {
    throw unsupported(`the device "${source}" needs CDI, which Docker has from 25.0 on`, 'use a path, or gpus:');
  }
  const hasColon = source.includes(':') || target.includes(':');
  if (!source.startsWith('/') || !target.startsWith('/') || hasColon || !/^[rwm]{1,3}$/.test(permissions))
    throw bad('is not a device', { expected: 'two absolute paths, and permissions of r, w and m' });
  return `${source}:${target}:${permissions}`;
}

function parseRule(rule: string): string {
  if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule)) return rule;
  throw bad(`${JSON.stringify(rule)} is not a rule for devices`, { expected: 'such as "c 1:3 mr"' });
}

function parseCpuSet(set: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(set)) return set;
  throw bad(`${JSON.stringify(set)} is not a set of CPUs`, { expected: 'numbers and ranges, such as 0-2,4' });
}

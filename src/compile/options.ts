/** A service's options as words of `docker create` (20.10 and newer), each one word whatever it contains. */
import { DOCKER_OPTIONS } from '../model/docker-options.ts';
import type { ContainerOptions, Healthcheck, Service } from '../model/playbook.ts';
import { line } from '../model/quote.ts';

/** Where Docker's name is not Compose's with "-" for "_". */
const FLAGS: Partial<Record<(typeof DOCKER_OPTIONS)[number], string>> = {
  cgroup: 'cgroupns',
  cpuset: 'cpuset-cpus',
  devices: 'device',
  device_cgroup_rules: 'device-cgroup-rule',
  dns_opt: 'dns-option',
  mem_reservation: 'memory-reservation',
  mem_swappiness: 'memory-swappiness',
  memswap_limit: 'memory-swap',
  stdin_open: 'interactive',
  sysctls: 'sysctl',
  userns_mode: 'userns',
};

/** Environment, limits of rights, logging, restarts and the rest of what the service says about its containers. */
export function optionWords(container: ContainerOptions, kind: 'replica' | 'job'): string[] {
  const flag = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    ...sorted(container.environment).map(([name, value]) => `--env=${name}=${value}`),
    ...flag('user', container.user),
    ...flag('workdir', container.workingDir),
    ...(container.init ? ['--init'] : []),
    ...(container.readOnly ? ['--read-only'] : []),
    ...container.capAdd.map((capability) => `--cap-add=${capability}`),
    ...container.capDrop.map((capability) => `--cap-drop=${capability}`),
    ...sorted(container.ulimits).map(([name, { soft, hard }]) => `--ulimit=${name}=${soft}:${hard}`),
    ...flag('stop-signal', container.stopSignal),
    `--stop-timeout=${Math.ceil(container.stopGraceMs / 1000)}`,
    ...flag('log-driver', container.logging?.driver),
    ...sorted(container.logging?.options ?? {}).map(([name, value]) => `--log-opt=${name}=${value}`),
    `--restart=${kind === 'job' ? 'no' : container.restart}`,
    ...container.dns.map((server) => `--dns=${server}`),
    ...plainWords(container),
  ];
}

/** The service's health check; without a test it changes numbers of the image's own, of which 0 is left as it is. */
export function healthWords(healthcheck: Healthcheck | undefined): string[] {
  if (healthcheck === undefined) return [];
  const { test, intervalMs, timeoutMs, retries, startPeriodMs } = healthcheck;
  const [form, ...words] = test;
  if (form === 'NONE') return ['--no-healthcheck'];
  // The CLI knows only the shell form, so a list of words is quoted into one line.
  const command = form === 'CMD-SHELL' ? words.join(' ') : line(...words);
  const isOwn = form === undefined;
  const number = (name: string, value: number, unit = ''): string[] =>
    isOwn && value === 0 ? [] : [`--health-${name}=${value}${unit}`];
  return [
    ...(isOwn ? [] : [`--health-cmd=${command}`]),
    ...number('interval', intervalMs, 'ms'),
    ...number('timeout', timeoutMs, 'ms'),
    ...number('retries', retries),
    ...number('start-period', startPeriodMs, 'ms'),
  ];
}

/** What the containers may use at most. */
export function limitWords({ limits }: Service): string[] {
  return [
    ...(limits.cpus === undefined ? [] : [`--cpus=${limits.cpus}`]),
    ...(limits.memoryBytes === undefined ? [] : [`--memory=${limits.memoryBytes}`]),
    ...(limits.pids === undefined ? [] : [`--pids-limit=${limits.pids}`]),
  ];
}

function plainWords({ options = {} }: ContainerOptions): string[] {
  return DOCKER_OPTIONS.flatMap((name) => {
    const flag = `--${FLAGS[name] ?? name.replaceAll('_', '-')}`;
    const value = options[name];
    if (value === undefined) return [];
    if (value === true) return [flag];
    return [value].flat().map((one) => `${flag}=${one}`);
  });
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

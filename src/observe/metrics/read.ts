/** Load of services for the scaler: one round trip a host, all hosts at once. */
import { FleetError } from '../../model/error.ts';
import type { HostUsage, LoadQuestion, Loads, Measured, Usage } from '../../model/load.ts';
import { newestRecords } from '../../model/release.ts';
import type { ServiceMetrics } from '../../model/scale.ts';
import type { Shell } from '../../model/shell.ts';
import { parseUsage } from './parse.ts';
import { metricsLine } from './script.ts';

/** A replica whose load counts. */
interface MeasuredReplica {
  readonly service: string;
  readonly container: string;
  readonly host: string;
  /** Cpus that it reserved. */
  readonly cpus: number;
  /** Where routers reach its HTTP ports: "10.0.0.2:20011". */
  readonly addresses: readonly string[];
}

const HOST_MS = 10_000;

/** Times between two looks below this say more about clocks than about load. */
const LEAST_MS = 1000;

/** Asks the hosts. One that does not answer makes unknown what depends on it; it never rejects for that. */
export async function readLoads(question: LoadQuestion): Promise<Measured> {
  const { shell, hosts, apps, windowSeconds, before = {} } = question;
  const usages = await Promise.all(hosts.map((host) => readHost(shell, host, windowSeconds)));
  const usage = Object.fromEntries(
    hosts.flatMap((host, index): [string, HostUsage][] => {
      const told = usages[index];
      return told === undefined ? [] : [[host, told]];
    }),
  );
  const loadOf = (app: string): Loads[string] =>
    metricsOf({ before, usage, hosts, replicas: measuredReplicas(question, app) });
  return { usage, loads: Object.fromEntries(apps.map((app) => [app, loadOf(app)])) };
}

/** Replicas of the app that run, without those of the release before that are kept warm: nobody sends them traffic. */
function measuredReplicas({ inventory, observed }: LoadQuestion, app: string): MeasuredReplica[] {
  const hosts = Object.values(observed).flatMap((state) => (state.reachable ? [state] : []));
  const last = newestRecords(hosts.flatMap(({ releases }) => releases[app] ?? [])).at(-1);
  const warm = new Set(last?.warm?.replicas ?? []);
  return inventory.hosts.flatMap((host) => {
    const state = observed[host.name];
    if (!state?.reachable) return [];
    const own = state.containers.filter(
      (one) =>
        one.app === app && one.kind === 'replica' && one.state === 'running' && !warm.has(`${host.name}/${one.name}`),
    );
    return own.map(({ service, name, cpus, ports }) => ({
      service,
      container: name,
      host: host.name,
      cpus,
      addresses: ports.flatMap(({ protocol, hostPort }) =>
        protocol === 'http' ? [`${host.private}:${hostPort}`] : [],
      ),
    }));
  });
}

async function readHost(shell: Shell, host: string, windowSeconds: number): Promise<HostUsage | undefined> {
  try {
    return parseUsage((await shell.run(host, metricsLine(windowSeconds), { timeoutMs: HOST_MS })).stdout);
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}

interface Readings {
  readonly before: Usage;
  readonly usage: Usage;
  readonly hosts: readonly string[];
  readonly replicas: readonly MeasuredReplica[];
}

/** Metrics from two readings. Pure. */
function metricsOf(readings: Readings): Record<string, ServiceMetrics> {
  const names = [...new Set(readings.replicas.map(({ service }) => service))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const own = readings.replicas.filter(({ service }) => service === name);
      const cpuShare = cpuShareOf(own, readings);
      const requestsPerSecond = rateOf(own, readings);
      return [
        name,
        {
          ...(cpuShare === undefined ? {} : { cpuShare }),
          ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
        },
      ];
    }),
  );
}

/**
 * The average over those that ran at both readings. Unknown when a host of one does not answer, or when most of them have
 * just started: what is new or was started again has no time behind it to speak for the others.
 */
function cpuShareOf(own: readonly MeasuredReplica[], { before, usage }: Readings): number | undefined {
  if (own.some(({ host, cpus }) => usage[host] === undefined || cpus === 0)) return undefined;
  const shares = own.flatMap(({ host, container, cpus }) => {
    const [old, now] = [before[host], usage[host]];
    const [usedThen, used] = [old?.cpuMs[container], now?.cpuMs[container]];
    if (old === undefined || now === undefined || usedThen === undefined || used === undefined) return [];
    const elapsedMs = now.uptimeMs - old.uptimeMs;
    return elapsedMs < LEAST_MS || used < usedThen ? [] : [(used - usedThen) / elapsedMs / cpus];
  });
  if (shares.length * 2 < own.length || shares.length === 0) return undefined;
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Any router may send requests to any replica: one that does not tell leaves all of them unknown. */
function rateOf(own: readonly MeasuredReplica[], { usage, hosts }: Readings): number | undefined {
  const addresses = own.flatMap((replica) => replica.addresses);
  if (addresses.length === 0) return undefined;
  let rate = 0;
  for (const host of hosts) {
    const counts = usage[host]?.requests;
    if (counts === undefined || counts.coveredMs < LEAST_MS) return undefined;
    const requests = addresses.reduce((sum, address) => sum + (counts.byAddress[address]?.requests ?? 0), 0);
    rate += requests / (counts.coveredMs / 1000);
  }
  return rate;
}

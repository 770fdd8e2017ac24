/** What a host told of its containers' use: output of the script to data. Pure. */
import type { HostUsage, RequestCounts } from '../../model/load.ts';
import { splitSections } from '../sections.ts';

/** Undefined when Docker did not answer. A container that could not be read is left out. */
export function parseUsage(output: string): HostUsage | undefined {
  const sections = splitSections(output);
  const cpu = sections.get('cpu');
  const [up = '', ...containers] = cpu?.lines ?? [];
  const uptime = Number(/^up (\d+\.\d+)$/.exec(up)?.[1] ?? Number.NaN);
  if (cpu?.code !== 0 || Number.isNaN(uptime)) return undefined;
  const cpuMs = containers.flatMap((text): [string, number][] => {
    const [, name = '', used] = /^(\S+) (\d+)$/.exec(text) ?? [];
    return used === undefined ? [] : [[name, Number(used) / 1e6]];
  });
  const counted = sections.get('requests');
  const requests = counted?.code === 0 ? parseRequests(counted.lines) : undefined;
  return {
    uptimeMs: uptime * 1000,
    cpuMs: Object.fromEntries(cpuMs.sort(byKey)),
    ...(requests === undefined ? {} : { requests }),
  };
}

function parseRequests([first = '', ...rest]: readonly string[]): RequestCounts | undefined {
  const covered = /^covered (-?\d+\.\d+)$/.exec(first)?.[1];
  if (covered === undefined) return undefined;
  const counts = rest.flatMap((text): [string, { requests: number; errors: number }][] => {
    const [, address = '', requests, errors] = /^(\S+:\d+) (\d+) (\d+)$/.exec(text) ?? [];
    return requests === undefined ? [] : [[address, { requests: Number(requests), errors: Number(errors) }]];
  });
  return { coveredMs: Number(covered) * 1000, byAddress: Object.fromEntries(counts.sort(byKey)) };
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1;
}

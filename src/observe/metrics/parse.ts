/** What a host told of its containers' use: output of the script to data. Pure. */
import { splitSections } from '../sections.ts';

/** What one host told at one time. */
export interface HostUsage {
  /** By the host's own steady clock: since it booted. */
  readonly uptimeMs: number;
  /** Container -> cpu time that it used since it started. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Absent when its router did not tell. */
  readonly requests?: RequestCounts;
}

/** What a router asked of replicas in the last seconds. */
export interface RequestCounts {
  /** Of how many of them: less than was asked for when its log began later. */
  readonly coveredMs: number;
  /** "10.0.0.2:20011" -> requests, and those that were answered with 5xx or not at all. */
  readonly byAddress: Readonly<Record<string, { readonly requests: number; readonly errors: number }>>;
}

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

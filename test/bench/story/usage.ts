/** fleet's own needs: memory at its peak, and CPU, as the kernel counted them (getrusage(2)). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FleetRun, fleetOk } from '../../support/real/fleet.ts';

/** Of one process, from its start to its end. */
export interface Usage {
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

/** A run of fleet and what it needed. */
export interface MeasuredRun extends Usage {
  readonly run: FleetRun;
}

const HOOK = fileURLToPath(new URL('usage.mjs', import.meta.url));

/** Runs fleet, which must succeed. */
export async function measuredFleet(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredRun> {
  const file = join(folder, 'usage.json');
  const run = await fleetOk(args, { env: { ...env, NODE_OPTIONS: `--import ${HOOK}`, BENCH_USAGE: file } });
  return { run, ...(JSON.parse(readFileSync(file, 'utf8')) as Usage) };
}

/** Peak memory of a process that still runs (proc(5): VmHWM); undefined when it has ended. */
export function peakBytesOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** Runs of one measurement, each in a process of its own, and their medians. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What one run of the child tells. */
export interface Figures {
  readonly ms: number;
  /** CPU time of all threads, milliseconds: the garbage collector has its own. */
  readonly cpuMs: number;
  /** The most memory that the process had at any time. */
  readonly peakBytes: number;
  /** So much of it since the question was there. */
  readonly grownBytes: number;
  /** Counts of the result, the same in every run. */
  readonly counts: Readonly<Record<string, number>>;
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** The medians of so many runs of child.ts with these arguments. Throws what a run that fails says. */
export function medians(runs: number, args: readonly string[]): Figures {
  const all = Array.from({ length: Math.max(1, runs) }, () => run(args));
  const of = (pick: (figures: Figures) => number): number => median(all.map(pick));
  return {
    ms: of(({ ms }) => ms),
    cpuMs: of(({ cpuMs }) => cpuMs),
    peakBytes: of(({ peakBytes }) => peakBytes),
    grownBytes: of(({ grownBytes }) => grownBytes),
    counts: all[0]?.counts ?? {},
  };
}

function run(args: readonly string[]): Figures {
  const argv = ['--max-old-space-size=8000', '--expose-gc', '--import', 'tsx', CHILD, ...args];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 600_000 });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`${args.join(' ')}: ${signal ?? status} ${stderr.trim().split('\n').slice(0, 5).join(' ')}`);
}

/** The middle one; of an even number the upper of the two. */
function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** What a first deploy costs to compile, from 20 hosts to 5,000. */

import type { BenchContext, BenchPart, BenchTable, Cell } from '../parts/part.ts';
import { type Figures, medians } from './fresh.ts';
import { SIZES, type Target } from './sizes.ts';

/** A plan with half a million steps is made twice only. */
const MANY_HOSTS = 5000;

export const compilePart: BenchPart = {
  name: 'compile',
  question: 'What does it cost to compile a first deploy?',
  needsRoot: false,
  measure: async (context) => [place(context), plan(context)],
};

/** Who goes where, at which ports, in which wave, and whether any one host may be lost. */
function place(context: BenchContext): BenchTable {
  const measured = sizesOf(context).map((size) => ({ size, figures: figuresOf(context, 'place', size) }));
  return {
    title: 'place: who goes where, at which ports, in which wave, and the N-1 check',
    columns: [...SIZE, 'median [ms]', 'target [ms]', 'CPU [ms]', 'peak [MiB]', 'of it here [MiB]'],
    rows: [
      ...measured.map(({ size, figures }) => [
        ...cellsOf(size),
        figures.ms,
        size.targetMs,
        figures.cpuMs,
        mebibytes(figures.peakBytes),
        mebibytes(figures.grownBytes),
      ]),
      ...growth(measured, [7, 0]),
    ],
    notes: [METHOD, 'The growth of 1,000 to 5,000 hosts (x5 hosts, x5 replicas) is to be at most x7, the peak 1 GiB.'],
  };
}

/** The same, and every command line, router file and digest of the plan. */
function plan(context: BenchContext): BenchTable {
  const measured = sizesOf(context).map((size) => ({ size, figures: figuresOf(context, 'plan', size) }));
  return {
    title: 'plan: the same, and every command line, router file and digest of the plan',
    columns: [...SIZE, 'median [ms]', 'steps', 'CPU [ms]', 'peak [MiB]', 'of it here [MiB]'],
    rows: [
      ...measured.map(({ size, figures }) => [
        ...cellsOf(size),
        figures.ms,
        figures.counts.steps ?? null,
        figures.cpuMs,
        mebibytes(figures.peakBytes),
        mebibytes(figures.grownBytes),
      ]),
      ...growth(measured, [null, 0]),
    ],
    notes: [METHOD, 'The whole of compile(). A plan has about 3.4 steps for each replica: pull, start, health.'],
  };
}

const SIZE = ['hosts', 'replicas', 'services'];
const METHOD =
  'Each run in a fresh process, where V8 has compiled nothing yet; the question is in memory. CPU counts all threads, the garbage collector among them.';

interface Measured {
  readonly size: Target;
  readonly figures: Figures;
}

function sizesOf({ brief }: BenchContext): readonly Target[] {
  return brief ? SIZES.slice(0, 1) : SIZES;
}

function figuresOf({ runs, brief, say }: BenchContext, what: 'place' | 'plan', size: Target): Figures {
  say(`${what} of ${size.replicas} replicas on ${size.hosts} hosts`);
  const count = brief ? 1 : what === 'plan' && size.hosts >= MANY_HOSTS ? Math.min(runs, 2) : runs;
  return medians(count, [what, String(size.hosts)]);
}

function cellsOf({ hosts, replicas, services }: Target): Cell[] {
  return [hosts, replicas, services];
}

/** The largest over the one before it; the brief bench has only one. */
function growth(measured: readonly Measured[], [target]: readonly [number | null, number]): Cell[][] {
  const [small, large] = measured.slice(-2);
  if (small === undefined || large === undefined) return [];
  const ratio = (pick: (figures: Figures) => number): string =>
    `x${(pick(large.figures) / pick(small.figures)).toFixed(1)}`;
  return [
    [
      `${small.size.hosts} to ${large.size.hosts}`,
      null,
      null,
      ratio(({ ms }) => ms),
      target === null ? null : `x${target}`,
      ratio(({ cpuMs }) => cpuMs),
      ratio(({ peakBytes }) => peakBytes),
      null,
    ],
  ];
}

/** Whole ones. */
function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

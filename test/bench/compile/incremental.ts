/** What a small change of a large fleet that runs costs to compile, and whether anybody moves who need not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext, BenchPart, BenchTable, Cell } from '../parts/part.ts';
import { medians } from './fresh.ts';
import { EXTENTS, SIZES } from './sizes.ts';

/** What each change may cost to place. */
const TARGET_MS = 500;

const CHANGES = ['lose', 'join', 'scale'] as const;

export const incrementalPart: BenchPart = {
  name: 'incremental',
  question: 'What does a small change of a large fleet cost, and who moves?',
  needsRoot: false,
  measure: async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
    try {
      return [changes(context, join(folder, 'settled'))];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function changes(context: BenchContext, file: string): BenchTable {
  const { brief, say } = context;
  const size = SIZES.at(brief ? 1 : -1);
  if (size === undefined) throw new Error('no size');
  const extent = EXTENTS[size.hosts];
  say(`the fleet after its first deploy: ${size.hosts} hosts, ${size.replicas} replicas`);
  medians(1, ['settle', String(size.hosts), file]);
  const names: Readonly<Record<(typeof CHANGES)[number], string>> = {
    lose: `${extent?.hosts} hosts lost (heal)`,
    join: `${extent?.hosts} hosts more (deploy)`,
    scale: `${extent?.replicas} replicas of one service more (deploy)`,
  };
  return {
    title: `A fleet of ${size.hosts} hosts with ${size.replicas} replicas of ${size.services} services, and one change`,
    columns: [
      'change',
      'place [ms]',
      'target [ms]',
      'CPU [ms]',
      'replicas that must start',
      'started',
      'moved without need',
      'whole plan [ms]',
      'steps',
      'peak [MiB]',
    ],
    rows: CHANGES.map((name): Cell[] => {
      say(names[name]);
      const args = [String(size.hosts), file, name];
      const place = medians(brief ? 1 : context.runs, ['place', ...args]);
      const plan = medians(brief ? 1 : Math.min(context.runs, 3), ['plan', ...args]);
      const { necessary = null, starts = null, moved = null } = plan.counts;
      return [
        names[name],
        place.ms,
        TARGET_MS,
        place.cpuMs,
        necessary,
        starts,
        moved,
        plan.ms,
        plan.counts.steps ?? null,
        Math.round(plan.peakBytes / 2 ** 20),
      ];
    }),
    notes: [
      'The fleet is made from the plan of its first deploy: containers, networks, live router files, the record. Each run in a fresh process.',
      'Place judges all that is observed, and the N-1 check is a part of it. Moved without need: replicas that start although one of their slot runs on a host that answers.',
      'In the whole plan every router gets new files when anybody starts: each names all replicas.',
    ],
  };
}

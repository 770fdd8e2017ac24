/** How few machines of a production cluster are enough for all of its containers. */
import type { BenchPart, BenchTable, Cell } from '../parts/part.ts';
import { taskOf } from './fleet.ts';
import { METHODS } from './methods.ts';
import { fewest } from './prefix.ts';
import { faultsOf, fullestAtLeast, type Problem, seatedIn, wantedIn } from './problem.ts';
import { Solver } from './solver.ts';
import { prefixOf, readTrace } from './trace.ts';

/** Pods that are left when it must be short. */
const BRIEF_LOADS = 3;

/** Issue of placement, "done when" 4. */
export const tracePart: BenchPart = {
  name: 'trace',
  question: 'How few machines of a real cluster are enough for all of its containers?',
  needsRoot: false,
  skip: ({ trace }) => (trace === undefined ? 'needs --trace FOLDER with the files of alibaba/clusterdata' : undefined),
  measure: async ({ trace = '', brief, say }) => {
    const whole = readTrace(trace);
    const problem = brief ? { ...whole, loads: whole.loads.slice(0, BRIEF_LOADS) } : whole;
    const solver = await Solver.load();
    const bySums = fewest(
      (count) => fullestAtLeast(prefixOf(problem, count)) <= 1 + 1e-9,
      1,
      problem.rooms.length,
    ).count;
    if (bySums === undefined) throw new Error('the trace has more pods than its nodes have room for');
    const byParts = fewest((count) => solver.fitsInParts(prefixOf(problem, count)), bySums, problem.rooms.length);
    const bound = byParts.count ?? bySums;
    const rows = METHODS.map(({ name, seat }) => {
      say(`trace: ${name}`);
      const isEnough = (count: number): boolean => isPlaced(prefixOf(problem, count), seat);
      return { name, ...fewest(isEnough, bound, problem.rooms.length) };
    });
    return [tableOf(problem, rows, { bySums, bound })];
  },
};

function isPlaced(problem: Problem, seat: (typeof METHODS)[number]['seat']): boolean {
  const seating = seat(problem, taskOf(problem));
  const faults = faultsOf(problem, seating);
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('; '));
  return seatedIn(seating) === wantedIn(problem);
}

function tableOf(
  problem: Problem,
  found: readonly { readonly name: string; readonly count: number | undefined; readonly isMonotone: boolean }[],
  { bySums, bound }: { readonly bySums: number; readonly bound: number },
): BenchTable {
  const above = (count: number): number => Math.round((count / bound - 1) * 10_000) / 100;
  return {
    title: `Nodes, in the order of the file, that are enough for ${wantedIn(problem)} pods, of ${problem.rooms.length}`,
    columns: ['method', 'nodes', 'above the bound [%]', 'more were always enough, too'],
    rows: [
      ['bound: sums of cpu and memory', bySums, above(bySums), null],
      ['bound: pods cut into parts (HiGHS)', bound, above(bound), null],
      ...found.map(({ name, count, isMonotone }): Cell[] =>
        count === undefined
          ? [name, 'all are too few', null, null]
          : [name, count, above(count), isMonotone ? 'yes' : 'no'],
      ),
    ],
    notes: [
      'alibaba/clusterdata, cluster-trace-gpu-v2023: openb_node_list_all_node, openb_pod_list_cpu250. Pods that ask for the same cpu and memory are replicas of one service. Pods that ask for GPUs are placed by cpu and memory like all others: fleet knows no GPUs.',
      'Found by halving; then the eight counts on each side of the answer were tried, too, until none below was enough.',
    ],
  };
}

/** How often all is placed that can be, and how well, beside an exact solver and what others do. */
import { prepared } from '../../support/bench/placed.ts';
import type { BenchContext, BenchPart, BenchTable } from '../parts/part.ts';
import { instances } from './instances.ts';
import { type Answer, answersOf, METHODS } from './methods.ts';
import { type Marks, marksOf, type Problem, problemOf } from './problem.ts';
import { type Best, type Fit, Solver } from './solver.ts';

/** How many instances, of how many of them the best marks are looked for, and for how long at most. */
interface Extent {
  readonly instances: number;
  readonly compared: number;
  readonly fitMs: number;
  readonly markMs: number;
}

const WHOLE: Extent = { instances: 500, compared: 120, fitMs: 20_000, markMs: 1_000 };
const BRIEF: Extent = { instances: 6, compared: 2, fitMs: 5_000, markMs: 200 };

/** One instance with all answers to it. */
interface Case {
  readonly kind: 'planted' | 'drawn';
  readonly problem: Problem;
  readonly fit: Fit['kind'];
  readonly answers: readonly Answer[];
  best?: Best;
}

/** Issue of placement, "done when" 3. */
export const QUALITY: BenchPart = {
  name: 'quality',
  question: 'How often is everything placed that can be, and how good is the placement?',
  needsRoot: false,
  measure: async (context) => {
    const extent = context.brief ? BRIEF : WHOLE;
    const solver = await Solver.load();
    const cases = casesOf(extent, solver, context);
    const compared = compare(cases, extent, solver, context);
    return [foundTable(cases), marksTable(compared, extent)];
  },
};

function casesOf(extent: Extent, solver: Solver, { say }: BenchContext): Case[] {
  const cases: Case[] = [];
  for (const { kind, question } of instances(extent.instances)) {
    const problem = problemOf(question);
    const answers = answersOf(problem, prepared(question));
    // What somebody has placed need not be asked.
    const fit = answers.some(({ isWhole }) => isWhole) ? 'fits' : solver.fit(problem, extent.fitMs).kind;
    cases.push({ kind, problem, fit, answers });
    if (cases.length % 100 === 0) say(`quality: ${cases.length} of ${extent.instances} instances`);
  }
  return cases;
}

/** The best marks for instances that fleet has placed, an equal share of both kinds. */
function compare(cases: readonly Case[], extent: Extent, solver: Solver, { say }: BenchContext): Case[] {
  const placed = cases.filter(({ answers }) => answers[0]?.isWhole === true);
  const half = (kind: Case['kind']): Case[] => placed.filter((one) => one.kind === kind).slice(0, extent.compared / 2);
  const chosen = [...half('planted'), ...half('drawn')];
  for (const [index, one] of chosen.entries()) {
    one.best = solver.best(one.problem, extent.markMs);
    if ((index + 1) % 20 === 0) say(`quality: best marks of ${index + 1} of ${chosen.length} instances`);
  }
  return chosen;
}

function foundTable(cases: readonly Case[]): BenchTable {
  const fitting = cases.filter(({ fit }) => fit === 'fits');
  const counts = (kind: Case['kind']): number => fitting.filter((one) => one.kind === kind).length;
  const rows = METHODS.map(({ name }, at) => {
    const found = fitting.filter(({ answers }) => answers[at]?.isWhole === true);
    const of = (kind: Case['kind']): number => found.filter((one) => one.kind === kind).length;
    const times = cases.flatMap(({ answers }) => answers[at]?.cpuMs ?? []).sort((a, b) => a - b);
    const share = Math.round((found.length / Math.max(1, fitting.length)) * 1000) / 10;
    const [median, worst] = [times[times.length >> 1] ?? null, times.at(-1) ?? null];
    return [name, found.length, share, of('planted'), of('drawn'), median, worst];
  });
  const [planted, drawn] = [counts('planted'), counts('drawn')];
  return {
    title: `Everything placed, of ${fitting.length} instances in which that is possible`,
    columns: [
      'method',
      'placed',
      'share [%]',
      `of ${planted} planted`,
      `of ${drawn} drawn`,
      'cpu median [ms]',
      'worst [ms]',
    ],
    rows,
    notes: [
      `${cases.length} instances: 5 to 15 hosts, 20 to 60 replicas, 80 to 98 % of the scarcer resource reserved; constraints, zones, limits for each host. Half were made by filling hosts, half drawn at random.`,
      `HiGHS proved of ${cases.filter(({ fit }) => fit === 'misfit').length} that not everything fits, and did not know of ${cases.filter(({ fit }) => fit === 'unknown').length} in time; neither are counted.`,
    ],
  };
}

function marksTable(cases: readonly Case[], { markMs }: Extent): BenchTable {
  const rows = METHODS.map(({ name }, at) => {
    const gaps = cases.flatMap(({ problem, best, answers }) => {
      const answer = answers[at];
      return best === undefined || answer?.isWhole !== true
        ? []
        : [gapOf(marksOf(problem, answer.seating), best.bounds)];
    });
    const mean = (amount: (gap: Marks) => number): number | null =>
      gaps.length === 0 ? null : gaps.reduce((all, gap) => all + amount(gap), 0) / gaps.length;
    const even = gaps.filter(({ zoneSkew, mostOnOneHost }) => zoneSkew <= 0 && mostOnOneHost <= 0).length;
    const fullest = mean((gap) => gap.fullest * 100);
    return [name, gaps.length, mean((gap) => gap.zoneSkew), mean((gap) => gap.mostOnOneHost), even, fullest];
  });
  const bestOf = (mark: keyof Marks): string =>
    (cases.reduce((all, { best }) => all + (best?.bounds[mark] ?? 0), 0) / Math.max(1, cases.length)).toFixed(2);
  return {
    title: `How far from the best, mean of the instances that the method placed, of ${cases.length}`,
    columns: ['method', 'instances', 'zone skew', 'on one host', 'both at the best', 'fullest host [% points]'],
    rows,
    notes: [
      'Zone skew: of each service with a spread preference, replicas in the fullest less those in the emptiest zone that it may use; on one host: of each service, replicas on the host with most of them; both as sums over the services. Fullest host: its dominant share.',
      `Best: HiGHS made them small in this order, each with those before it held, ${markMs / 1000} s for each: ${bestOf('zoneSkew')}, ${bestOf('mostOnOneHost')}, ${bestOf('fullest')} in the mean. Less than 0: better than the best, at the cost of what comes before it.`,
      `Of ${cases.filter(({ best }) => best?.isProven !== true).length} the best was not proven in time: what is proven to be out of reach stands for it, and gaps look larger than they are.`,
    ],
  };
}

function gapOf(marks: Marks, best: Marks): Marks {
  return {
    zoneSkew: marks.zoneSkew - best.zoneSkew,
    mostOnOneHost: marks.mostOnOneHost - best.mostOnOneHost,
    fullest: marks.fullest - best.fullest,
  };
}

/** How often all is placed that can be, and how well, beside an exact solver and what others do. */
import { prepared } from '../../support/bench/placed.ts';
import type { BenchContext, BenchPart, BenchTable, Cell } from '../parts/part.ts';
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
export const qualityPart: BenchPart = {
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
    const known = one.answers[0]?.seating;
    if (known !== undefined) one.best = solver.best(one.problem, known, extent.markMs);
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
  const marksBy = (at: number, some: readonly Case[]): readonly Marks[] =>
    some.map(({ problem, answers }) => marksOf(problem, answers[at]?.seating ?? []));
  const against = (isProven: boolean): Cell[][] => {
    const some = cases.filter(({ best }) => best?.isProven === isProven);
    const bests = some.flatMap(({ problem, best }) => (best === undefined ? [] : [{ problem, best }]));
    const found = bests.map(({ problem, best }) => marksOf(problem, best.found));
    const kind = isProven ? 'best proven' : 'best not proven';
    const bounds = bests.map(({ best }) => best.bounds);
    return [
      ...(isProven ? [] : [rowOf(kind, 'HiGHS, its bound', bounds)]),
      rowOf(kind, isProven ? 'HiGHS, the best' : 'HiGHS, the best it found', found),
      rowOf(kind, 'fleet', marksBy(0, some)),
    ];
  };
  const beside = METHODS.slice(1).flatMap(({ name }, index) => {
    const some = cases.filter(({ answers }) => answers[index + 1]?.isWhole === true);
    const kind = `placed by ${name}`;
    return [rowOf(kind, name, marksBy(index + 1, some)), rowOf(kind, 'fleet', marksBy(0, some))];
  });
  return {
    title: `How good the placement is, mean of those of ${cases.length} instances that fleet placed`,
    columns: ['instances', 'number', 'method', 'zone skew', 'on one host', 'fullest host [%]'],
    rows: [...against(true), ...against(false), ...beside],
    notes: [
      'Zone skew: of each service with a spread preference, replicas in the fullest less those in the emptiest zone that it may use; on one host: of each service, replicas on the host with most of them; both as sums over the services. Fullest host: its dominant share.',
      `HiGHS made them small in this order, each with those before it held, beginning with fleet's answer, in at most ${markMs / 1000} s for each; "proven" where it came to an end with all three; where not, nothing below its bound can be had.`,
    ],
  };
}

function rowOf(instances: string, method: string, marks: readonly Marks[]): Cell[] {
  const mean = (amount: (mark: Marks) => number): number | null =>
    marks.length === 0 ? null : marks.reduce((all, mark) => all + amount(mark), 0) / marks.length;
  const [skew, most] = [mean((one) => one.zoneSkew), mean((one) => one.mostOnOneHost)];
  return [instances, marks.length, method, skew, most, mean((one) => one.fullest * 100)];
}

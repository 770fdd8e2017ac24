/** The exact answer to a problem, by HiGHS (Huangfu and Hall, Parallelizing the dual revised simplex method, 2018). */
import type { Highs } from 'highs';
import * as module from 'highs';
import { aimedAt, dataOf, held, type Program, programOf, relaxed, seatingOf, startOf } from './model.ts';
import { fullestAtLeast, type Marks, marksOf, merged, type Problem, type Seating } from './problem.ts';

/** Whether everything fits; unknown when the time was over first. */
export type Fit =
  | { readonly kind: 'fits'; readonly seating: Seating }
  | { readonly kind: 'misfit' }
  | { readonly kind: 'unknown' };

/** The best marks, in fleet's order: each the best with those before it held. */
export interface Best {
  /** Proven: none is better in the first; of those as good as `found` in the first none is better in the second; and so on. */
  readonly bounds: Marks;
  /** A seating that comes near them; where all was solved it has them. */
  readonly found: Seating;
  readonly isProven: boolean;
}

/** One run of the solver. */
interface Run {
  readonly status: 'optimal' | 'infeasible' | 'unknown';
  /** Proven: the aim is not smaller. */
  readonly bound: number;
  /** Values of the columns of the best that was found; empty where nothing was. */
  readonly values: Float64Array;
}

/** A linear program of the trace takes well under a second. */
const PARTS_LIMIT_MS = 60_000;

/** Whole numbers come as such but for the solver's tolerance. */
const TOLERANCE = 1e-6;

/** The solver, loaded once. */
export class Solver {
  readonly #highs: Highs;

  private constructor(highs: Highs) {
    this.#highs = highs;
  }

  static async load(): Promise<Solver> {
    // Its types are those of its CommonJS form, in which the module itself is what this one exports as default.
    const load = module.default as unknown as typeof module.default.default;
    return new Solver(await load());
  }

  /** Whether all replicas can be placed. */
  fit(problem: Problem, limitMs: number): Fit {
    const program = programOf(problem);
    const { status, values } = this.#run(program, limitMs);
    if (status === 'optimal') return { kind: 'fits', seating: seatingOf(program, values) };
    return { kind: status === 'infeasible' ? 'misfit' : 'unknown' };
  }

  /** Whether all replicas could be placed if they could be cut into parts, and hosts of equal size were one: a bound from below. */
  fitsInParts(problem: Problem): boolean {
    return this.#run(relaxed(programOf(merged(problem))), PARTS_LIMIT_MS).status === 'optimal';
  }

  /** The best marks of a problem, from a seating of all on; limitMs for each of the three aims. */
  best(problem: Problem, known: Seating, limitMs: number): Best {
    const bounds = { zoneSkew: 0, mostOnOneHost: problem.loads.length, fullest: fullestAtLeast(problem) };
    let [program, found, isProven] = [programOf(problem), known, true];
    for (const aim of ['zoneSkew', 'mostOnOneHost', 'fullest'] as const) {
      program = aimedAt(aim, program, problem);
      const { status, bound, values } = this.#run(program, limitMs, found);
      isProven &&= status === 'optimal';
      bounds[aim] = Math.max(bounds[aim], aim === 'fullest' ? bound : Math.ceil(bound - TOLERANCE));
      if (values.length > 0) found = seatingOf(program, values);
      program = held(program, marksOf(problem, found)[aim] + TOLERANCE);
    }
    return { bounds, found, isProven };
  }

  #run(program: Program, limitMs: number, known?: Seating): Run {
    const { optimal, infeasible } = this.#highs.constants.modelStatus;
    return this.#highs.withModel(dataOf(program), (model): Run => {
      model.options.set({ output_flag: false, time_limit: limitMs / 1000, mip_rel_gap: 1e-3 });
      if (known !== undefined) model.setSolution(startOf(program, known));
      const { modelStatus } = model.run();
      const status = modelStatus === optimal ? 'optimal' : modelStatus === infeasible ? 'infeasible' : 'unknown';
      const found = Number(model.info.get('primal_solution_status')) === this.#highs.constants.solutionStatus.feasible;
      return {
        status,
        bound: Number(model.info.get('mip_dual_bound')),
        values: found ? model.getSolution().colValue : new Float64Array(),
      };
    });
  }
}

/** Carries a plan out on a fleet where things go wrong: in a random order, to an end that is decided beforehand. */
import type { Plan, Step } from '../../../src/model/plan.ts';
import { bodyOf } from '../compile/run-plan.ts';
import type { FaultyFleet } from './fleet/fleet.ts';
import { outageOf } from './fleet/outages.ts';

/** What becomes of a run. */
export interface Fate {
  /** Chooses among n steps that may begin. */
  readonly choose: (n: number) => number;
  /** kill -9 before the step of that number begins, or while it runs. */
  readonly kill?: { readonly at: number; readonly isHalfDone: boolean };
  /** The step of that number fails, before or after it did its work. */
  readonly fail?: { readonly at: number; readonly isDone: boolean };
  /** Something happens before the step of that number begins. */
  readonly strike?: { readonly at: number; readonly happen: () => void };
  /** Called after each step of the plan; not for what is taken back. */
  readonly look: (step: Step) => void;
}

/** How it ended, and why it failed. */
export interface RunEnd {
  readonly kind: 'done' | 'failed' | 'killed';
  readonly steps: number;
  readonly why: string;
  /** Id of the step that failed. */
  readonly failed?: string;
}

/** Runs the plan. Throws what is the plan's own mistake. */
export function carryOut(plan: Plan, fleet: FaultyFleet, fate: Fate): RunEnd {
  return new Run(plan, fleet, fate).run();
}

class Run {
  readonly #plan: Plan;
  readonly #fleet: FaultyFleet;
  readonly #fate: Fate;
  readonly #done: Step[] = [];
  readonly #ids = new Set<string>();
  #waiting: Step[];
  #isStruck = false;

  constructor(plan: Plan, fleet: FaultyFleet, fate: Fate) {
    this.#plan = plan;
    this.#fleet = fleet;
    this.#fate = fate;
    this.#waiting = [...plan.steps];
  }

  run(): RunEnd {
    const { kill, fail, strike } = this.#fate;
    while (this.#waiting.length > 0) {
      const at = this.#done.length;
      if (at === strike?.at) {
        strike.happen();
        this.#isStruck = true;
      }
      const step = this.#choose();
      if (at === kill?.at) return this.#killed(step, kill.isHalfDone);
      const why = at === fail?.at ? 'made to fail' : outageOf(step, this.#fleet, this.#plan.app);
      if (why !== undefined) return this.#failed(step, why);
      const broken = this.#apply(step);
      if (broken !== undefined) return this.#failed(step, broken);
      this.#fate.look(step);
      this.#done.push(step);
      this.#ids.add(step.id);
      this.#waiting = this.#waiting.filter((one) => one !== step);
    }
    return { kind: 'done', steps: this.#done.length, why: '' };
  }

  #choose(): Step {
    const ready = this.#waiting.filter(({ needs }) => needs.every((id) => this.#ids.has(id)));
    const step = ready[this.#fate.choose(ready.length)];
    if (step === undefined) throw new Error(`no step can begin: ${this.#waiting.map(({ id }) => id).join(', ')}`);
    return step;
  }

  #apply(step: Step): string | undefined {
    return this.#unlessStruck(() => {
      this.#fleet.apply(step);
      this.#keepBody(step);
    });
  }

  /** What fails after something happened in between is no mistake of the plan. */
  #unlessStruck(act: () => void): string | undefined {
    try {
      act();
      return undefined;
    } catch (error) {
      if (!this.#isStruck || !(error instanceof Error)) throw error;
      return error.message;
    }
  }

  #keepBody(step: Step): void {
    const { body, release } = this.#plan;
    const isKept = step.commands.some((command) => command.kind === 'run' && command.stdin?.kind === 'body');
    if (isKept && body !== undefined) this.#fleet.kept.set(`${step.host}/${release}`, bodyOf(this.#plan, body));
  }

  #killed(step: Step, isHalfDone: boolean): RunEnd {
    if (isHalfDone && this.#fleet.standing(step.host) === 'up') this.#fleet.applyHalf(step);
    return { kind: 'killed', steps: this.#done.length, why: `before ${step.id}` };
  }

  #failed(step: Step, why: string): RunEnd {
    const { fail } = this.#fate;
    const isUp = this.#fleet.standing(step.host) === 'up';
    if (fail?.isDone === true && fail.at === this.#done.length && isUp && step.action.kind !== 'commit')
      this.#apply(step);
    if (!this.#ids.has('commit')) this.#takeBack([...this.#done, step]);
    return { kind: 'failed', steps: this.#done.length, why: `${step.id}: ${why}`, failed: step.id };
  }

  /** Needers first; on a host that does not answer nothing can be taken back. */
  #takeBack(started: readonly Step[]): void {
    for (const step of [...started].reverse()) {
      if (step.undo.length === 0 || this.#fleet.standing(step.host) !== 'up') continue;
      this.#fleet.changes++;
      this.#unlessStruck(() => this.#fleet.undo(step));
    }
  }
}

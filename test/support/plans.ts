/** Plans for tests of the executor: steps that run their own name, so that the order of lines tells the story. */
import type { Plan, Step } from '../../src/model/plan.ts';
import { aPlan, run } from './plan-builders.ts';

/** A step on vm1 that runs its id as a line and is taken back by "undo ID". */
export function stepOf(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    host: 'vm1',
    action: { kind: 'prepare', what: id },
    reason: 'test',
    needs: [],
    commands: [run(id)],
    undo: [run(`undo ${id}`)],
    diagnose: [],
    ...more,
  };
}

/** The step that makes a plan final; it has nothing to take back. */
export function commitOf(needs: readonly string[]): Step {
  return stepOf('commit', { action: { kind: 'commit' }, needs, undo: [] });
}

/** A plan of these steps, about nothing else. */
export function planOf(steps: readonly Step[], files: Plan['files'] = {}): Plan {
  return aPlan({ steps, files });
}

/** Plans for tests of the executor: only what matters to the case is written. */
import type { Plan, RunCommand, Step } from '../../src/model/plan.ts';

/** A line that is run, within 60 s. */
export function runs(line: string, more: Partial<RunCommand> = {}): RunCommand {
  return { kind: 'run', line, timeoutMs: 60_000, ...more };
}

/** A step on vm1 that runs its id as a line and is taken back by "undo ID". */
export function stepOf(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    host: 'vm1',
    action: { kind: 'prepare', what: id },
    reason: 'test',
    needs: [],
    commands: [runs(id)],
    undo: [runs(`undo ${id}`)],
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
  return {
    version: 1,
    app: 'shop',
    fleet: 'test',
    intent: { kind: 'deploy', services: [] },
    release: 7,
    previous: 6,
    digest: '9f3c1e',
    hosts: 1,
    edges: 1,
    services: [],
    placements: [],
    vips: {},
    routers: [],
    room: { cpuShare: 0, cpuHost: '', memoryShare: 0, memoryHost: '', withoutOne: { fits: true, worst: '' } },
    warnings: [],
    steps,
    files,
    keepers: [],
  };
}

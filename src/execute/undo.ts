/** Taking back: what the plan says how to undo, needers first, and an honest word about what could not be. */
import type { Event, Failure } from '../model/event.ts';
import type { Step } from '../model/plan.ts';
import { isHostLost } from './ask.ts';
import { type Means, runCommand } from './command.ts';
import { whatOf } from './failure.ts';
import { type Graph, reversed, walk } from './graph.ts';

/** What is to be taken back, and why. */
export interface UndoTask {
  readonly steps: ReadonlyMap<string, Step>;
  readonly graph: Graph;
  /** Ids of all steps that began. */
  readonly started: ReadonlySet<string>;
  readonly reason: string;
  /** When it aborts no further undo begins; its reason is a text for people. */
  readonly stop: AbortSignal;
  readonly emit: (event: Event) => void;
}

/** How the taking back ended. */
export interface UndoResult {
  readonly undone: number;
  /** A line for each step that is not taken back. */
  readonly left: readonly string[];
}

/**
 * Undoes every started step once, each as soon as all started steps that needed it are dealt with. A failure is
 * told and holds back nothing; on a host that is lost nothing more is tried.
 */
export async function takeBack(task: UndoTask, means: Means): Promise<UndoResult> {
  const { clock } = means;
  const steps = [...task.started].flatMap((id) => task.steps.get(id) ?? []).filter(hasUndo);
  if (steps.length > 0) task.emit({ kind: 'undo-started', at: clock.now(), steps: steps.length, reason: task.reason });
  const lost = new Map<string, Failure>();
  const left = new Map<string, string>();
  let undone = 0;
  await walk(reversed(task.graph, task.started), async (id) => {
    const step = task.steps.get(id);
    if (step === undefined || !hasUndo(step)) return true;
    const problem = await undo(step, task, means, lost);
    if (problem === undefined) undone += 1;
    else left.set(id, problem);
    return true;
  });
  return { undone, left: [...task.steps.keys()].flatMap((id) => left.get(id) ?? []) };
}

/** Ids of done checkpoints and of all that they needed, which stay as they are. */
export function securedBy(steps: ReadonlyMap<string, Step>, done: ReadonlySet<string>): ReadonlySet<string> {
  const checkpoints = [...steps.values()].filter(({ id, checkpoint }) => checkpoint === true && done.has(id));
  const secured = new Set(checkpoints.map(({ id }) => id));
  // A set that grows while it is walked is walked to its new end.
  for (const id of secured) for (const need of steps.get(id)?.needs ?? []) secured.add(need);
  return secured;
}

/** A line for each started step that could be taken back and is not, for example because someone else acts now. */
export function leftAsItIs(steps: Iterable<Step>, why: string): readonly string[] {
  return [...steps].filter(hasUndo).map((step) => `${step.host}: ${whatOf(step)} was not taken back: ${why}`);
}

/** What is left of the step, in words; undefined when all of it is taken back. */
async function undo(step: Step, task: UndoTask, means: Means, lost: Map<string, Failure>): Promise<string | undefined> {
  const { id, host } = step;
  const failure = lost.get(host) ?? (await runUndo(step, task, means));
  if (failure === 'stopped') return leftAsItIs([step], String(task.stop.reason))[0];
  if (failure === undefined) {
    task.emit({ kind: 'step-undone', at: means.clock.now(), id, host });
    return undefined;
  }
  task.emit({ kind: 'undo-failed', at: means.clock.now(), id, host, failure });
  if (!isHostLost(failure)) return `${host}: ${whatOf(step)} could not be taken back: ${failure.message}`;
  lost.set(host, failure);
  return `${host}: not reachable: ${whatOf(step)} could not be taken back`;
}

async function runUndo(step: Step, task: UndoTask, means: Means): Promise<Failure | 'stopped' | undefined> {
  const turn = { step, priority: 0, stop: task.stop, begin: () => undefined, fail: () => undefined };
  for (const command of step.undo) {
    const end = await runCommand(command, turn, means);
    if (end.kind === 'failed') return end.failure;
    if (end.kind === 'stopped') return 'stopped';
  }
  return undefined;
}

function hasUndo(step: Step): boolean {
  return step.undo.length > 0;
}

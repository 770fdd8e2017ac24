/** Carrying out a plan: every step as soon as its needs are done; on trouble, back to where it began. */
import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import { digestOf } from '../model/digest.ts';
import { FleetError } from '../model/error.ts';
import type { Event, Failure, Outcome } from '../model/event.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { Secrets } from '../model/playbook.ts';
import type { Clock, Shell } from '../model/shell.ts';
import { isHostLost } from './ask.ts';
import { type CommandEnd, diagnose, type Means, queuePerHost, runCommand } from './command.ts';
import type { Fence } from './fence.ts';
import { type Graph, graphOf, walk } from './graph.ts';
import { maskOf } from './mask.ts';
import { type Relay, relayPerHost } from './relay.ts';
import { leftAsItIs, securedBy, takeBack } from './undo.ts';

/** What a plan is carried out with. */
export interface ExecuteDeps {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Who deploys, for records: ann@laptop. */
  readonly by: string;
  /** The number of the lease, checked by each host before each line; see `raiseFence`. */
  readonly fence?: Fence;
  /**
   * Aborts: no new step begins, those in flight are waited for, and what began is taken back. When the reason is a
   * FleetError E_LEASE_LOST nothing is taken back: somebody else acts now.
   */
  readonly signal: AbortSignal;
  /** Aborts: commands in flight are cut and nothing is taken back (the second Ctrl-C). */
  readonly stopNow?: AbortSignal;
  readonly emit: (event: Event) => void;
  /** Commands in flight on one host; default 2. Probes and holds do not count. */
  readonly perHost?: number;
}

/** Connections that probes hold open through one host at once. */
const DIALS_PER_HOST = 16;

/** Large inputs that are on their way to hosts at once; each takes up to ssh2's window of 2 MiB in memory. */
const UPLOADS = 64;

/** Why no new step begins. */
interface Stop {
  readonly kind: 'failed' | 'interrupted' | 'lease-lost';
  readonly text: string;
}

/** The state of one execution. */
interface Run {
  readonly deps: ExecuteDeps;
  readonly means: Means;
  readonly cuts: Relay;
  readonly graph: Graph;
  readonly steps: ReadonlyMap<string, Step>;
  /** Id -> place in the plan. */
  readonly places: ReadonlyMap<string, number>;
  readonly started: Map<string, number>;
  readonly done: Set<string>;
  readonly failed: Set<string>;
  /** Aborted by the first trouble; its reason is a Stop. */
  readonly stopping: AbortController;
  /** Aborted when nothing may be taken back (any more); its reason is a text for people. */
  readonly halting: AbortController;
}

/**
 * Carries out the plan and tells everything as events. Resolves however it ends; throws FleetError E_VALUE only for
 * a plan whose needs make no sense, before anything is run.
 *
 *     running --all done--------------------------------------> done
 *        | failure, signal: wait for what is in flight
 *        v
 *     stopping --commit done, lease lost or stopNow-----------> failed | interrupted
 *        |
 *        v
 *     taking back --all dealt with----------------------------> failed | interrupted
 */
export async function execute(plan: Plan, deps: ExecuteDeps): Promise<Outcome> {
  const run = newRun(plan, deps);
  const startedAt = deps.clock.now();
  const { app, release } = plan;
  deps.emit({ kind: 'plan-started', at: startedAt, app, release, steps: plan.steps.length });
  const unfollow = followSignals(run);
  try {
    await walk(run.graph, (id) => forward(run, id));
    tellSkipped(run);
    const { undone, left } = await settle(run);
    const result: Outcome = {
      kind: outcomeKind(run),
      committed: isCommitted(run),
      done: run.done.size,
      failed: [...run.steps.keys()].filter((id) => run.failed.has(id)),
      undone,
      left,
      ms: deps.clock.now() - startedAt,
    };
    deps.emit({ kind: 'plan-done', at: deps.clock.now(), result });
    return result;
  } finally {
    unfollow();
    run.cuts.letGo();
  }
}

function newRun(plan: Plan, deps: ExecuteDeps): Run {
  const { shell, clock, secrets, by, fence, stopNow = new AbortController().signal } = deps;
  const cuts = relayPerHost(stopNow);
  const means: Means = {
    ...(fence === undefined ? {} : { fence }),
    plan,
    shell,
    clock,
    secrets,
    by,
    // Under a lease nobody begins twice in the same millisecond.
    run: digestOf([plan.digest, by, clock.now()]),
    mask: maskOf(secrets),
    queueOf: queuePerHost(deps.perHost ?? 2),
    dialsOf: queuePerHost(DIALS_PER_HOST),
    uploads: new PQueue({ concurrency: UPLOADS }),
    cutOf: cuts.of,
  };
  const [stopping, halting] = [new AbortController(), new AbortController()];
  // Everything that waits listens to the same few signals; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, stopping.signal, halting.signal, stopNow);
  return {
    deps,
    means,
    cuts,
    graph: graphOf(plan.steps),
    steps: new Map(plan.steps.map((step) => [step.id, step])),
    places: new Map(plan.steps.map(({ id }, place) => [id, place])),
    started: new Map(),
    done: new Set(),
    failed: new Set(),
    stopping,
    halting,
  };
}

/** Turns the caller's signals into the run's own; returns how to stop listening. */
function followSignals(run: Run): () => void {
  const { signal, stopNow } = run.deps;
  const onSignal = (): void => {
    const lost = isLeaseLost(signal.reason);
    if (lost) run.halting.abort('another process has taken over');
    stop(run, lost ? { kind: 'lease-lost', text: 'the lease is lost' } : { kind: 'interrupted', text: 'interrupted' });
  };
  const onStopNow = (): void => {
    run.halting.abort('stopped at once');
    stop(run, { kind: 'interrupted', text: 'interrupted' });
  };
  if (signal.aborted) onSignal();
  if (stopNow?.aborted === true) onStopNow();
  signal.addEventListener('abort', onSignal);
  stopNow?.addEventListener('abort', onStopNow);
  return () => {
    signal.removeEventListener('abort', onSignal);
    stopNow?.removeEventListener('abort', onStopNow);
  };
}

function isLeaseLost(reason: unknown): boolean {
  return reason instanceof FleetError && reason.code === 'E_LEASE_LOST';
}

/** The first trouble decides how the run ends; later ones change nothing. */
function stop(run: Run, why: Stop): void {
  if (!run.stopping.signal.aborted) run.stopping.abort(why);
}

function stopOf(run: Run): Stop | undefined {
  return run.stopping.signal.aborted ? (run.stopping.signal.reason as Stop) : undefined;
}

/** Works on one step to its end; true when it is done and those that need it may begin. */
async function forward(run: Run, id: string): Promise<boolean> {
  const step = run.steps.get(id);
  if (step === undefined || run.stopping.signal.aborted) return false;
  const { clock } = run.deps;
  const end = await runCommands(run, step);
  if (end.kind === 'stopped') return false;
  if (end.kind === 'failed') {
    await fail(run, step, end.failure);
    return false;
  }
  run.done.add(id);
  const ms = clock.now() - (run.started.get(id) ?? clock.now());
  run.deps.emit({ kind: 'step-done', at: clock.now(), id, host: step.host, ms });
  return true;
}

async function runCommands(run: Run, step: Step): Promise<CommandEnd> {
  const turn = {
    step,
    priority: -(run.places.get(step.id) ?? 0),
    stop: run.stopping.signal,
    begin: () => begin(run, step),
    fail: () => stop(run, { kind: 'failed', text: `${step.id} failed` }),
  };
  if (step.commands.length === 0) begin(run, step);
  for (const command of step.commands) {
    const end = await runCommand(command, turn, run.means);
    if (end.kind !== 'done') return end;
  }
  return { kind: 'done' };
}

/** A step begins with its first command, not while it waits for its host. */
function begin(run: Run, step: Step): void {
  if (run.started.has(step.id)) return;
  const at = run.deps.clock.now();
  run.started.set(step.id, at);
  run.deps.emit({ kind: 'step-started', at, id: step.id, host: step.host });
}

/** Stops all others first: the diagnosis takes time. */
async function fail(run: Run, step: Step, failure: Failure): Promise<void> {
  run.failed.add(step.id);
  // Somebody else acts now: what began is theirs.
  if (failure.code === 'E_LEASE_LOST') run.halting.abort('another process has taken over');
  stop(run, { kind: 'failed', text: `${step.id} failed` });
  const diagnosis = isHostLost(failure) ? [] : await diagnose(step, run.means);
  const told = { ...failure, diagnosis: [...failure.diagnosis, ...diagnosis] };
  run.deps.emit({ kind: 'step-failed', at: run.deps.clock.now(), id: step.id, host: step.host, failure: told });
}

function tellSkipped(run: Run): void {
  const why = stopOf(run)?.text ?? 'not reached';
  for (const { id, host } of run.steps.values()) {
    if (run.done.has(id) || run.failed.has(id)) continue;
    const reason = run.started.has(id) ? `stopped half way: ${why}` : why;
    run.deps.emit({ kind: 'step-skipped', at: run.deps.clock.now(), id, host, reason });
  }
}

async function settle(run: Run): Promise<{ readonly undone: number; readonly left: readonly string[] }> {
  const { graph, steps, halting } = run;
  const reason = stopOf(run);
  if (reason === undefined || isComplete(run) || isCommitted(run)) return { undone: 0, left: [] };
  const secured = securedBy(steps, run.done);
  const started = new Set([...run.started.keys()].filter((id) => !secured.has(id)));
  if (halting.signal.aborted) {
    const left = [...steps.values()].filter(({ id }) => started.has(id));
    return { undone: 0, left: leftAsItIs(left, String(halting.signal.reason)) };
  }
  const task = { steps, graph, started, reason: reason.text, stop: halting.signal, emit: run.deps.emit };
  return takeBack(task, run.means);
}

function outcomeKind(run: Run): Outcome['kind'] {
  if (isComplete(run)) return 'done';
  return stopOf(run)?.kind === 'interrupted' ? 'interrupted' : 'failed';
}

function isComplete(run: Run): boolean {
  return run.done.size === run.steps.size;
}

function isCommitted(run: Run): boolean {
  return [...run.steps.values()].some((step) => step.action.kind === 'commit' && run.done.has(step.id));
}

/** One command of a step: run, probed or waited for, within the host's share of parallel work. */
import PQueue from 'p-queue';
import { FleetError } from '../model/error.ts';
import type { Failure } from '../model/event.ts';
import { shortName } from '../model/labels.ts';
import type { Command, HoldCommand, Plan, ProbeCommand, RejoinCommand, RunCommand, Step } from '../model/plan.ts';
import type { Secrets } from '../model/playbook.ts';
import type { Clock, CommandResult, Shell } from '../model/shell.ts';
import { isHostLost } from './ask.ts';
import { clean, failureOfError, failureOfProbe, failureOfRejoin, failureOfResult, tail } from './failure.ts';
import { type Fence, fenced, isRefused } from './fence.ts';
import type { Mask } from './mask.ts';
import { probe } from './probe.ts';
import { rejoin } from './rejoin.ts';
import { bytesOf } from './stdin.ts';

/** How a command ended. "stopped": it was not run, or its end is not wanted any more. */
export type CommandEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** All that commands are carried out with. */
export interface Means {
  readonly plan: Plan;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly by: string;
  /** Absent: hosts are not asked whether a later process has been there. */
  readonly fence?: Fence;
  /** Id of this run; no other run of any plan has it. */
  readonly run: string;
  readonly mask: Mask;
  /** Bounds the commands in flight on a host. */
  readonly queueOf: (host: string) => PQueue;
  /** Bounds the connections dialled through a host. */
  readonly dialsOf: (host: string) => PQueue;
  /** Bounds what is sent at one time over all hosts, where it is much. */
  readonly uploads: PQueue;
  /** Cuts commands in flight on a host. Only for "stop at once": what a cut command did is not known. */
  readonly cutOf: (host: string) => AbortSignal;
}

/** The place of a command in the whole. */
export interface Turn {
  readonly step: Step;
  /** Among commands that wait for a host, the greatest goes first. */
  readonly priority: number;
  /** When it aborts, commands that wait are not begun, probes and holds end; a command that runs is waited for. */
  readonly stop: AbortSignal;
  /** Called when the command really begins. */
  readonly begin: () => void;
  /** Called when it failed, before the next one in the host's queue begins. */
  readonly fail: () => void;
}

/** Diagnosis goes before all other work on a host: what it looks for may be gone soon. */
const DIAGNOSIS_PRIORITY = 1;
const DIAGNOSIS_MS = 10_000;

/** Services whose logs stand below a failed probe. */
const MOST_EXPLAINED = 3;

/** What is sent lies encrypted in the buffers of its connection until the host has read it. */
const LARGE_BYTES = 64 * 1024;

/** One queue per host, made when first asked for. */
export function queuePerHost(concurrency: number): (host: string) => PQueue {
  const queues = new Map<string, PQueue>();
  return (host) => {
    const queue = queues.get(host) ?? new PQueue({ concurrency });
    queues.set(host, queue);
    return queue;
  };
}

/** Carries out one command. Never rejects. */
export async function runCommand(command: Command, turn: Turn, means: Means): Promise<CommandEnd> {
  if (turn.stop.aborted) return { kind: 'stopped' };
  switch (command.kind) {
    case 'run':
      return means.queueOf(turn.step.host).add(() => runInTurn(command, turn, means), { priority: turn.priority });
    case 'probe':
      return runProbe(command, turn, means);
    case 'hold':
      return hold(command, turn, means);
    case 'rejoin':
      return runRejoin(command, turn, means);
    default:
      return command satisfies never;
  }
}

/** What the step's own diagnosis lines print, as far as they can be had. */
export async function diagnose(step: Step, means: Means): Promise<readonly string[]> {
  const outputs = step.diagnose.map((line) =>
    means.queueOf(step.host).add(() => diagnoseLine(step.host, line, means), { priority: DIAGNOSIS_PRIORITY }),
  );
  return (await Promise.all(outputs)).flat();
}

async function runInTurn(command: RunCommand, turn: Turn, means: Means): Promise<CommandEnd> {
  if (turn.stop.aborted) return { kind: 'stopped' };
  turn.begin();
  const end = await runLine(command, turn.step, means);
  if (end.kind === 'failed') turn.fail();
  return end;
}

async function runLine(command: RunCommand, step: Step, means: Means): Promise<CommandEnd> {
  try {
    const { plan, secrets, by, run, clock } = means;
    const { files, carried, body } = plan;
    const kept = body === undefined ? { files, carried } : { files, carried, body };
    const sources = { ...kept, secrets, by, plan: plan.digest, run, at: clock.now() };
    const stdin = command.stdin === undefined ? {} : { stdin: await bytesOf(command.stdin, sources) };
    const options = { ...stdin, timeoutMs: command.timeoutMs, signal: means.cutOf(step.host) };
    const text = means.fence === undefined ? command.line : fenced(command.line, means.fence);
    const send = (): Promise<CommandResult> => means.shell.run(step.host, text, options);
    const isLarge = (stdin.stdin?.byteLength ?? 0) > LARGE_BYTES;
    const result = await (isLarge ? means.uploads.add(send) : send());
    if (result.code === 0) return { kind: 'done' };
    if (isRefused(result)) throw new FleetError('E_LEASE_LOST', 'a later process works on this app');
    return { kind: 'failed', failure: failureOfResult(step, command, result, means.mask) };
  } catch (error) {
    if (means.cutOf(step.host).aborted) return { kind: 'stopped' };
    return { kind: 'failed', failure: failureOfError(step, error, means.mask, command) };
  }
}

async function runProbe(command: ProbeCommand, turn: Turn, means: Means): Promise<CommandEnd> {
  const { step, stop } = turn;
  turn.begin();
  try {
    const dials = means.dialsOf(step.host);
    const asked = { shell: means.shell, clock: means.clock, host: step.host, dials, signal: stop };
    const end = await probe(command, asked);
    if (end.kind !== 'bad') return end;
    turn.fail();
    const failure = failureOfProbe(step, end, means.mask);
    const words = await Promise.all(startsOf(end.silent, means.plan).map((start) => diagnose(start, means)));
    return { kind: 'failed', failure: { ...failure, diagnosis: [...failure.diagnosis, ...words.flat()] } };
  } catch (error) {
    return { kind: 'failed', failure: failureOfError(step, error, means.mask) };
  }
}

/** The starts of the replicas behind the targets, one a service: a probe tells that nobody answers, their logs tell why. */
function startsOf(targets: readonly string[], plan: Plan): Step[] {
  const found = new Map<string, Step>();
  for (const step of plan.steps) {
    const { action } = step;
    if (action.kind !== 'start' && action.kind !== 'adopt') continue;
    const name = shortName(action.replica);
    const isSilent = targets.some((target) => target === name || target.startsWith(`${name}:`));
    if (isSilent && !found.has(action.service)) found.set(action.service, step);
  }
  return [...found.values()].slice(0, MOST_EXPLAINED);
}

async function hold(command: HoldCommand, turn: Turn, means: Means): Promise<CommandEnd> {
  turn.begin();
  await means.clock.sleep(command.ms, turn.stop).catch(() => undefined);
  return turn.stop.aborted ? { kind: 'stopped' } : { kind: 'done' };
}

/** Not in the host's queue: it waits for the host itself, and what would run beside it is cut with its connection. */
async function runRejoin(command: RejoinCommand, turn: Turn, means: Means): Promise<CommandEnd> {
  const { step, stop } = turn;
  turn.begin();
  try {
    const end = await rejoin(command, { shell: means.shell, clock: means.clock, host: step.host, signal: stop });
    if (end.kind !== 'late') return end;
    turn.fail();
    return { kind: 'failed', failure: failureOfRejoin(step, command, end.why, means.mask) };
  } catch (error) {
    turn.fail();
    return { kind: 'failed', failure: failureOfError(step, error, means.mask) };
  }
}

async function diagnoseLine(host: string, line: string, means: Means): Promise<readonly string[]> {
  try {
    const { stdout, stderr } = await means.shell.run(host, line, {
      timeoutMs: DIAGNOSIS_MS,
      signal: means.cutOf(host),
    });
    const printed = tail(clean(`${stdout.trimEnd()}\n${stderr}`.trim(), means.mask));
    return printed === '' ? [] : printed.split('\n');
  } catch (error) {
    const why = error instanceof FleetError && isHostLost(error) ? 'the host is lost' : 'no answer';
    return [`(nothing more is known: ${why})`];
  }
}

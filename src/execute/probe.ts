/** A probe: ask all targets until each has answered well, then watch them for a while and count. */
import { setMaxListeners } from 'node:events';
import type PQueue from 'p-queue';
import { follow } from '../model/follow.ts';
import type { ProbeCommand, ProbeTarget, Watch } from '../model/plan.ts';
import type { Clock, Shell } from '../model/shell.ts';
import { ask, type Reply } from './ask.ts';

/** How a probe ended. `transcript` has a line per target; `silent` names the targets that never answered well. */
export type ProbeEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'bad';
      readonly why: string;
      readonly transcript: readonly string[];
      readonly silent: readonly string[];
    };

/** What a probe is asked through. */
export interface ProbeMeans {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly host: string;
  /** Bounds the connections that are open at once through this host. */
  readonly dials: PQueue;
  /** Ends the probe early: its answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What is known about one target. */
interface Record {
  readonly target: ProbeTarget;
  attempts: number;
  failures: number;
  /** True once it has answered well. */
  good: boolean;
  goodAt?: number;
  last: string;
}

/** Carries out the probe. Throws FleetError when the host itself is lost. */
export async function probe(command: ProbeCommand, means: ProbeMeans): Promise<ProbeEnd> {
  const records = command.targets.map((target) => ({
    target,
    attempts: 0,
    failures: 0,
    good: false,
    last: 'not asked',
  }));
  const deadline = means.clock.now() + command.timeoutMs;
  // All questions and pauses of this probe listen to it, and it alone to the signal of all probes (see relay.ts).
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const letGo = follow(own, means.signal);
  const asking = { ...means, signal: own.signal, deadline };
  await Promise.all(records.map((record) => untilGood(record, records, command, asking))).finally(letGo);
  if (means.signal.aborted) return { kind: 'stopped' };
  const bad = records.filter((record) => !record.good && !mayBeSilent(record, records));
  if (bad.length > 0) {
    const silent = bad.map(({ target }) => target.name);
    return { kind: 'bad', why: neverGood(bad, records.length, command), transcript: transcript(records), silent };
  }
  return command.monitorMs > 0 ? monitor(records, command, means) : { kind: 'done' };
}

function mayBeSilent({ target }: Record, all: readonly Record[]): boolean {
  if (target.maybe !== undefined) return true;
  return target.beside?.ms !== undefined && firstGood(target.beside.group, all) !== undefined;
}

/** When the first of the group answered well. */
function firstGood(group: string, all: readonly Record[]): number | undefined {
  const times = all.flatMap(({ target, goodAt }) => (target.beside?.group === group ? (goodAt ?? []) : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

async function untilGood(
  record: Record,
  all: readonly Record[],
  command: ProbeCommand,
  means: ProbeMeans & { readonly deadline: number },
): Promise<void> {
  const { maybe, beside } = record.target;
  const patience = maybe === undefined ? means.deadline : Math.min(means.deadline, means.clock.now() + maybe.ms);
  const isMoot = (): boolean =>
    maybe !== undefined && all.some(({ good, target }) => good && target.maybe?.group === maybe.group);
  while (!means.signal.aborted && !isMoot()) {
    await attempt(record, command, means);
    const others = beside?.ms === undefined ? undefined : firstGood(beside.group, all);
    const end = others === undefined ? patience : Math.min(patience, others + (beside?.ms ?? 0));
    if (record.good || means.clock.now() + command.intervalMs > end) return;
    await pause(command.intervalMs, means);
  }
}

/** A time of watching. `over` ends it early: no good ending is left, or it is no longer wanted. */
interface Monitoring {
  readonly command: ProbeCommand;
  readonly means: ProbeMeans;
  readonly end: number;
  readonly over: AbortController;
  readonly isHopeless: () => boolean;
  complaint?: string;
}

/** Fails as soon as the failures seen are too many for any good ending: each second of waiting costs users. */
async function monitor(records: readonly Record[], command: ProbeCommand, means: ProbeMeans): Promise<ProbeEnd> {
  for (const record of records) Object.assign(record, { attempts: 0, failures: 0 });
  const planned = records.length * Math.max(1, Math.floor(command.monitorMs / Math.max(1, command.intervalMs)));
  const over = new AbortController();
  // All questions and pauses at once listen to it.
  setMaxListeners(0, over.signal);
  const letGo = follow(over, means.signal);
  const monitoring: Monitoring = {
    command,
    means: { ...means, signal: over.signal },
    end: means.clock.now() + command.monitorMs,
    over,
    isHopeless: () =>
      monitoring.complaint !== undefined || sum(records, 'failures') > command.maxFailureRatio * planned,
  };
  const looks = command.watch === undefined ? [] : [lookOn(command.watch, monitoring)];
  try {
    await Promise.all([...records.map((record) => askOn(record, monitoring)), ...looks]);
  } finally {
    // One that threw, because the host is lost, ends the others too.
    over.abort();
    letGo();
  }
  if (means.signal.aborted) return { kind: 'stopped' };
  const [failures, attempts] = [sum(records, 'failures'), sum(records, 'attempts')];
  if (!monitoring.isHopeless() && failures <= command.maxFailureRatio * attempts) return { kind: 'done' };
  const limit = `${command.maxFailureRatio * 100} %`;
  const counted = `${failures} of ${attempts} answers were bad while it was watched (limit ${limit})`;
  return { kind: 'bad', why: monitoring.complaint ?? counted, transcript: transcript(records), silent: [] };
}

async function askOn(record: Record, { command, means, end, over, isHopeless }: Monitoring): Promise<void> {
  while (!means.signal.aborted) {
    await attempt(record, command, means);
    if (isHopeless()) over.abort();
    if (means.clock.now() + command.intervalMs > end) return;
    await pause(command.intervalMs, means);
  }
}

/** The last look is at the end: what came in the last moments counts too. */
async function lookOn(watch: Watch, monitoring: Monitoring): Promise<void> {
  const { means, end, over } = monitoring;
  while (!means.signal.aborted) {
    const left = end - means.clock.now();
    await pause(Math.min(watch.everyMs, left), means);
    const complaint = means.signal.aborted ? undefined : await complaintOf(watch, means);
    if (complaint !== undefined) {
      monitoring.complaint = complaint;
      over.abort();
    }
    if (left <= watch.everyMs) return;
  }
}

/** What the watching line has against it; undefined when all is well. */
async function complaintOf(watch: Watch, { shell, host, signal }: ProbeMeans): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await shell.run(host, watch.line, { timeoutMs: watch.timeoutMs, signal });
    if (code === 0) return undefined;
    const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';
    return said === '' ? `counting what is answered ended with code ${code}` : said;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function attempt(record: Record, command: ProbeCommand, means: ProbeMeans): Promise<void> {
  const reply = await means.dials.add(async (): Promise<Reply> => {
    if (means.signal.aborted) return { good: false, why: record.last };
    return ask(means.shell, means.host, record.target, { attemptMs: command.attemptMs, signal: means.signal });
  });
  record.attempts += 1;
  if (reply.good) Object.assign(record, { good: true, goodAt: record.goodAt ?? means.clock.now() });
  else record.failures += 1;
  if (!reply.good) record.last = reply.why;
}

/** The pause between two attempts, cut short when the probe is no longer wanted. */
async function pause(ms: number, means: ProbeMeans): Promise<void> {
  await means.clock.sleep(Math.max(1, ms), means.signal).catch(() => undefined);
}

function neverGood(bad: readonly Record[], all: number, command: ProbeCommand): string {
  const first = bad[0];
  const example = first === undefined ? '' : `: ${first.target.name}: ${first.last}`;
  return `${bad.length} of ${all} did not answer well within ${command.timeoutMs / 1000} s${example}`;
}

function transcript(records: readonly Record[]): readonly string[] {
  return records.map(({ target, attempts, failures, last }) => {
    const where = `${target.name} ${target.address}:${target.port}${target.http?.path ?? ''}`;
    return failures === 0 ? `${where}: ${attempts} good` : `${where}: ${failures} of ${attempts} bad, last: ${last}`;
  });
}

function sum(records: readonly Record[], key: 'attempts' | 'failures'): number {
  return records.reduce((total, record) => total + record[key], 0);
}

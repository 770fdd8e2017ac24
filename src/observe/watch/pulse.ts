/** The pulse of all hosts: each is asked every second whether it is there, and none waits for another one. */
import { setMaxListeners } from 'node:events';
import type { Clock, Shell } from '../../model/shell.ts';
import type { Pulse } from '../../model/watch.ts';
import { HostAsker } from './ask-host.ts';
import { CONNECT_MS } from './engine.ts';
import { STALLED_MS } from './limit.ts';
import { afterAnswer, isChange, pauseMs, type Standing, UNKNOWN } from './standing.ts';

/** Whom to ask, how often, and who wants to know. */
export interface PulseOrder {
  readonly shell: Shell;
  readonly hosts: readonly string[];
  readonly clock: Clock;
  /** Milliseconds between two questions to a host. Default 1000. */
  readonly everyMs?: number;
  /** How long an answer may take. Default 1000: so a loss is noticed 2 to 3 s after it. */
  readonly timeoutMs?: number;
  /** Called when a host's pulse is known first, and whenever its kind or code changes. */
  readonly onPulse: (host: string, pulse: Pulse) => void;
  readonly signal: AbortSignal;
}

/** What one of many logins that begin together may take of our own CPU: 2 to 3 ms, on a machine that is not alone. */
const LOGIN_MS = 10;

/**
 * Asks until the signal aborts, and resolves then. A host that misses two questions in a row is silent: its connection
 * is dropped (Shell.reset) and it is asked anew every second, one attempt at a time. An answer clears it at once.
 * Rejects only with what is a bug of ours.
 */
export async function startPulse(order: PulseOrder): Promise<void> {
  // One listener per host is no leak, though node would say so.
  setMaxListeners(0, order.signal);
  await Promise.all(order.hosts.map((host) => askForEver(host, order)));
}

async function askForEver(host: string, order: PulseOrder): Promise<void> {
  const { clock, signal, everyMs = 1_000 } = order;
  const asker = new HostAsker(host, { ...order, connectMs: firstMs(order) });
  let round: Round = { standing: UNKNOWN, lostConnection: false };
  while (!signal.aborted) {
    const began = clock.now();
    round = await beat(host, { order, asker, round });
    const pause = pauseMs(round.standing, asker.way, everyMs);
    const left = Math.min(pause, Math.max(0, began + pause - clock.now()));
    const until = clock.now() + left;
    await clock.sleep(left, signal).catch(() => undefined);
    if (clock.now() > until + STALLED_MS) round = unsure(round);
  }
  asker.drop();
}

/** What one question leaves to the next. */
interface Round {
  readonly standing: Standing;
  /** The last question failed before its time: it is the connection that is gone, and the next one must log in first. */
  readonly lostConnection: boolean;
  /** When it was up last; unknown when this process stood still since. */
  readonly answeredAt?: number;
}

/** Whoever stood still does not know what the host did meanwhile. */
function unsure({ standing, lostConnection }: Round): Round {
  return { standing, lostConnection };
}

interface Beat {
  readonly order: PulseOrder;
  readonly asker: HostAsker;
  readonly round: Round;
}

async function beat(host: string, { order, asker, round }: Beat): Promise<Round> {
  const { clock, shell, signal, onPulse } = order;
  const limitMs = limitOf(round, order);
  const began = clock.now();
  const answer = await asker.ask(limitMs);
  if (answer === undefined) return unsure(round);
  if (signal.aborted) return round;
  const answeredAt = answer.kind === 'up' ? clock.now() : round.answeredAt;
  const last = answeredAt === undefined ? {} : { answeredAt };
  const standing = afterAnswer(round.standing, answer);
  if (answer.kind === 'silent' && standing.pulse?.kind === 'silent') {
    shell.reset(host);
    asker.drop();
  }
  const { pulse } = standing;
  if (pulse !== undefined && isChange(round.standing.pulse, pulse)) {
    onPulse(host, pulse.kind === 'up' ? pulse : { ...pulse, ...last });
  }
  return { standing, lostConnection: answer.kind === 'silent' && clock.now() - began < limitMs, ...last };
}

/** Who must log in first needs more time than who is logged in; at first that are all hosts, one after the other. */
function limitOf({ standing, lostConnection }: Round, order: PulseOrder): number {
  const { timeoutMs = 1_000 } = order;
  if (standing.pulse === undefined) return firstMs(order);
  if (standing.pulse.kind === 'silent') return CONNECT_MS;
  return lostConnection ? 2 * timeoutMs : timeoutMs;
}

/** How long a host that was never heard of may take to answer: it is not to blame where thousands log in before it. */
function firstMs({ hosts }: PulseOrder): number {
  return Math.max(CONNECT_MS, hosts.length * LOGIN_MS);
}

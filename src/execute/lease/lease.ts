/** The lease: only one process changes an app at a time, and a dead one holds up nobody for long. */
import { randomUUID } from 'node:crypto';
import { FleetError } from '../../model/error.ts';
import type { Event } from '../../model/event.ts';
import type { Clock } from '../../model/shell.ts';
import {
  askAll,
  askKeeper,
  formatHolder,
  heldError,
  type KeeperReply,
  type Keepers,
  type LeaseState,
  requiredOf,
  silenceError,
  statesOf,
} from './keepers.ts';
import type { LeaseOwner, LeaseRequest } from './script.ts';

/** What a lease is taken with. */
export interface LeaseOptions extends Keepers {
  readonly clock: Clock;
  readonly owner: LeaseOwner;
  /** How long to wait for a live holder to release it. Absent: only as long as it takes to see whether it lives. */
  readonly waitMs?: number;
  /** How long it outlives the last heartbeat; default 15 s. More where all hosts that keep it are to be away for a while. */
  readonly ttlMs?: number;
  /** Whether a process of this machine is there. */
  readonly isAlive: (pid: number) => boolean;
  readonly emit: (event: Event) => void;
  /**
   * Called as soon as the first keeper has given it: from then on nobody else gets it. What is looked at from here on is
   * seen under the lease if that is whole in the end. Called again when all begins anew.
   */
  readonly onFirst?: () => void;
  /** Ends the waiting; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * A lease that is held and kept alive.
 *
 *     taken --heartbeat each 5 s--> taken
 *       | release            | another has it, or no renewal for its time
 *       v                    v
 *     released             lost: `signal` aborts with FleetError E_LEASE_LOST
 */
export interface Lease {
  /** Greater than that of every holder before. */
  readonly fence: number;
  /**
   * True when all keepers gave it and with one number, so that none of them had a holder that the first one knew nothing
   * of, as after a cut-off. One with a smaller number than the first keeper knew is refused by the hosts (fence.ts).
   */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  /** Asks the keepers now. False when another has it, or too few of them answer. Never rejects. */
  isOurs(): Promise<boolean>;
  /** Gives it back; does nothing the second time. Never rejects: what can not be reached runs out by itself. */
  release(): Promise<void>;
}

const DEFAULT_TTL_MS = 15_000;
const HEARTBEAT_MS = 5000;
const POLL_MS = 1000;
/** A holder that did not move for this long is dead, and its lease is over. */
const PATIENCE_MS = DEFAULT_TTL_MS + 2000;

/** What has been taken. */
interface Taken {
  readonly id: string;
  readonly fence: number;
  readonly keepers: readonly string[];
  readonly isWhole: boolean;
}

/**
 * Takes the lease. A lease that ran out, or whose owner is a dead process of this very machine, is taken over.
 * Throws FleetError E_LEASE_HELD when a live process has it, E_QUORUM or E_HOST_… when too few keepers answer.
 */
export async function acquireLease(options: LeaseOptions): Promise<Lease> {
  if (options.keepers.length === 0) throw new FleetError('E_VALUE', 'the fleet has no host that could keep the lease');
  const taken = await waitForIt(options);
  const where = `${options.app}: lease ${taken.fence} taken on ${taken.keepers.join(', ')}`;
  tell(options, 'taken', where);
  return keep(taken, options);
}

/** Does the work under the lease, and gives it back however the work ends. */
export async function withLease<T>(options: LeaseOptions, work: (lease: Lease) => Promise<T>): Promise<T> {
  const lease = await acquireLease(options);
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

async function waitForIt(options: LeaseOptions): Promise<Taken> {
  const { clock, waitMs } = options;
  const id = randomUUID();
  const deadline = clock.now() + (waitMs ?? PATIENCE_MS);
  let first: LeaseState | undefined;
  let over: string | undefined;
  for (;;) {
    const result = await takeAll(id, options, over);
    if (!('holder' in result)) return result;
    first ??= result;
    const isKnownDead = over === result.holder.id;
    over = isDead(result, options) ? result.holder.id : undefined;
    if (over !== undefined && !isKnownDead) continue;
    const isMoving = result.holder.id !== first.holder.id || result.holder.expires > first.holder.expires;
    if ((waitMs === undefined && isMoving) || clock.now() >= deadline) throw heldError(options.app, result);
    if (result === first) tell(options, 'waiting', `${options.app}: waiting for ${formatHolder(result)}`);
    await clock.sleep(POLL_MS, options.signal);
  }
}

/** A pid tells something only about the same machine in the same boot. */
function isDead({ holder }: LeaseState, { owner, isAlive }: LeaseOptions): boolean {
  return holder.host === owner.host && holder.boot === owner.boot && !isAlive(holder.pid);
}

/** One keeper after the other, so that two who come at once meet at the first. Who can not have all keeps none. */
async function takeAll(id: string, options: LeaseOptions, over: string | undefined): Promise<Taken | LeaseState> {
  const { shell, app, owner, ttlMs = DEFAULT_TTL_MS } = options;
  const keepers: string[] = [];
  const silent: FleetError[] = [];
  const fences = new Set<number>();
  let fence = 0;
  for (const keeper of options.keepers) {
    const request: LeaseRequest = { verb: 'take', app, id, fence, ttlMs, owner };
    const answer = await askKeeper(keeper, over === undefined ? request : { ...request, over }, shell);
    if (answer.kind === 'silent') silent.push(answer.error);
    else if (answer.reply.state === 'taken') {
      keepers.push(keeper);
      fence = Math.max(fence, answer.reply.holder?.fence ?? 0);
      fences.add(answer.reply.holder?.fence ?? 0);
      if (keepers.length === 1 && silent.length === 0) options.onFirst?.();
    } else {
      await drop({ id, keepers }, options);
      const state = statesOf([answer])[0];
      if (state !== undefined) return state;
    }
  }
  if (keepers.length >= requiredOf(options.keepers)) {
    return { id, fence, keepers, isWhole: silent.length === 0 && fences.size === 1 };
  }
  await drop({ id, keepers }, options);
  throw silenceError(silent);
}

function keep(taken: Taken, options: LeaseOptions): Lease {
  const lost = new AbortController();
  const released = new AbortController();
  const beating = beat(taken, options, lost, released.signal);
  return {
    fence: taken.fence,
    isWhole: taken.isWhole,
    signal: lost.signal,
    isOurs: async () => {
      const { app, shell, owner, ttlMs = DEFAULT_TTL_MS } = options;
      const request: LeaseRequest = { verb: 'renew', app, id: taken.id, ttlMs, owner };
      const replies = await askAll(taken.keepers, request, shell);
      return lossOf(replies) === undefined && replies.filter(isTaken).length >= requiredOf(options.keepers);
    },
    release: async () => {
      if (released.signal.aborted) return;
      released.abort();
      await beating;
      if (lost.signal.aborted) return;
      await drop(taken, options);
      tell(options, 'released', `${options.app}: lease ${taken.fence} released`);
    },
  };
}

async function beat(taken: Taken, options: LeaseOptions, lost: AbortController, released: AbortSignal): Promise<void> {
  const { clock, app, shell, owner, ttlMs = DEFAULT_TTL_MS } = options;
  const request: LeaseRequest = { verb: 'renew', app, id: taken.id, ttlMs, owner };
  let renewedAt = clock.now();
  let pauseMs = HEARTBEAT_MS;
  for (;;) {
    await clock.sleep(pauseMs, released).catch(() => undefined);
    if (released.aborted) return;
    const at = clock.now();
    const replies = await askAll(taken.keepers, request, shell);
    const isRenewed = replies.filter(isTaken).length >= requiredOf(options.keepers);
    if (isRenewed) renewedAt = at;
    const why = lossOf(replies) ?? (clock.now() - renewedAt >= ttlMs ? 'no host that keeps it answers' : undefined);
    if (why !== undefined) {
      const message = `${app}: lease ${taken.fence} is lost: ${why}`;
      tell(options, 'lost', message);
      lost.abort(new FleetError('E_LEASE_LOST', message, { hint: 'see who has it: fleet lock status' }));
      return;
    }
    pauseMs = isRenewed ? HEARTBEAT_MS : POLL_MS;
  }
}

function isTaken(answer: KeeperReply): boolean {
  return answer.kind === 'told' && answer.reply.state === 'taken';
}

/** Who took it, in words; undefined when no keeper says that it is not ours any more. */
function lossOf(replies: readonly KeeperReply[]): string | undefined {
  const loss = replies.find((answer) => answer.kind === 'told' && answer.reply.state === 'lost');
  if (loss === undefined) return undefined;
  const state = statesOf([loss])[0];
  return state === undefined ? `it was released on ${loss.keeper} by hand` : `${formatHolder(state)} has it`;
}

async function drop(taken: Pick<Taken, 'id' | 'keepers'>, { app, shell }: LeaseOptions): Promise<void> {
  await askAll(taken.keepers, { verb: 'drop', app, id: taken.id, ttlMs: 0 }, shell);
}

function tell(options: LeaseOptions, state: 'waiting' | 'taken' | 'lost' | 'released', message: string): void {
  options.emit({ kind: 'lease', at: options.clock.now(), state, message });
}

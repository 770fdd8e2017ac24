/** The lease on all its keepers: the first one decides, the others make it outlive a lost host. */
import { FleetError } from '../../model/error.ts';
import { HOSTS } from '../../model/labels.ts';
import type { Shell } from '../../model/shell.ts';
import { messageOf } from '../ask.ts';
import { type LeaseHolder, type LeaseReply, type LeaseRequest, leaseLine, parseReply } from './script.ts';

/** The hosts that keep an app's lease, in the order in which it is taken. */
export interface Keepers {
  readonly shell: Shell;
  readonly app: string;
  readonly keepers: readonly string[];
}

/** A lease as one keeper has it; `now` is the keeper's clock, epoch milliseconds. */
export interface LeaseState {
  readonly keeper: string;
  readonly now: number;
  readonly holder: LeaseHolder;
  /** False when its time is over: anybody may take it. */
  readonly live: boolean;
}

/** A keeper's answer, or why it has none. */
export type KeeperReply =
  | { readonly kind: 'told'; readonly keeper: string; readonly reply: LeaseReply }
  | { readonly kind: 'silent'; readonly keeper: string; readonly error: FleetError };

/** Less than a heartbeat's pause, so that a silent keeper is noticed before the lease is over. */
const REQUEST_MS = 4000;

/** Asks one keeper. Never rejects. */
export async function askKeeper(keeper: string, request: LeaseRequest, shell: Shell): Promise<KeeperReply> {
  try {
    const result = await shell.run(keeper, leaseLine(request), { timeoutMs: REQUEST_MS });
    const reply = result.code === 0 ? parseReply(result.stdout) : undefined;
    if (reply !== undefined) return { kind: 'told', keeper, reply };
    const said = result.stderr.trim().split('\n').at(-1) ?? '';
    const why = `${keeper}: the lease can not be kept there (exit code ${result.code}): ${said}`;
    return { kind: 'silent', keeper, error: new FleetError('E_STEP', why) };
  } catch (error) {
    const known = error instanceof FleetError ? error : new FleetError('E_STEP', `${keeper}: ${messageOf(error)}`);
    return { kind: 'silent', keeper, error: known };
  }
}

/** Asks all keepers at once. */
export async function askAll(
  keepers: readonly string[],
  request: LeaseRequest,
  shell: Shell,
): Promise<readonly KeeperReply[]> {
  return Promise.all(keepers.map((keeper) => askKeeper(keeper, request, shell)));
}

/** How many keepers must have the lease: one of up to two, else more than half. */
export function requiredOf(keepers: readonly string[]): number {
  return keepers.length > 2 ? Math.floor(keepers.length / 2) + 1 : 1;
}

/** Who has the lease now, or had it last; undefined when it is free. Throws when no keeper answers. */
export async function readLease(at: Keepers): Promise<LeaseState | undefined> {
  const replies = await askAll(at.keepers, { verb: 'read', app: at.app, id: '-', ttlMs: 0 }, at.shell);
  refuseSilence(replies);
  const states = statesOf(replies);
  return states.find(({ live }) => live) ?? states[0];
}

/**
 * Takes the lease away from whoever has it, and tells from whom; undefined when it was free. Unless `force`, a live
 * one stays: FleetError E_LEASE_HELD.
 */
export async function releaseLease(at: Keepers & { readonly force: boolean }): Promise<LeaseState | undefined> {
  const before = await readLease(at);
  if (before?.live === true && !at.force) throw heldError(at.app, before);
  const verb = at.force ? 'clear' : 'clear-expired';
  const replies = await askAll(at.keepers, { verb, app: at.app, id: '-', ttlMs: 0 }, at.shell);
  refuseSilence(replies);
  const held = replies.find((one) => one.kind === 'told' && one.reply.state === 'held');
  const state = held === undefined ? undefined : statesOf([held])[0];
  if (state !== undefined) throw heldError(at.app, state);
  return before;
}

/** The refusal that says who is at work. */
export function heldError(app: string, state: LeaseState): FleetError {
  const what = app === HOSTS ? 'hosts: another change' : `${app}: another deploy`;
  return new FleetError('E_LEASE_HELD', `${what} is at work: ${formatHolder(state)}`, {
    hint: 'wait for it: fleet deploy --wait 5m, or look at it: fleet lock status',
  });
}

/** "ann@laptop (pid 4711 on laptop) since 34 s". */
export function formatHolder({ holder, now }: Pick<LeaseState, 'holder' | 'now'>): string {
  const seconds = Math.max(0, Math.round((now - holder.at) / 1000));
  return `${holder.by} (pid ${holder.pid} on ${holder.host}) since ${seconds} s`;
}

/** The leases that the keepers have, in the order of the keepers. */
export function statesOf(replies: readonly KeeperReply[]): readonly LeaseState[] {
  return replies.flatMap((one) => {
    if (one.kind === 'silent' || one.reply.holder === undefined) return [];
    const { now, holder } = one.reply;
    return [{ keeper: one.keeper, now, holder, live: holder.expires > now }];
  });
}

function refuseSilence(replies: readonly KeeperReply[]): void {
  const errors = replies.flatMap((one) => (one.kind === 'silent' ? [one.error] : []));
  if (errors.length < replies.length || replies.length === 0) return;
  throw silenceError(errors);
}

/** No keeper, or too few of them, can be asked: the reasons are the notes. */
export function silenceError(errors: readonly FleetError[]): FleetError {
  const first = errors[0];
  return new FleetError(first?.code ?? 'E_HOST_UNREACHABLE', 'too few of the hosts that keep the lease answer', {
    hint: first?.hint ?? 'fleet hosts shows which hosts answer',
    notes: errors.map(({ message }) => message),
  });
}

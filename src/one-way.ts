/** What every change of hosts has in common: look, review, lease, look again, execute. There is no second path. */
import { auditTrouble } from './audit.ts';
import { FleetError } from './model/error.ts';
import type { Event, Outcome } from './model/event.ts';
import { follow } from './model/follow.ts';
import type { Plan } from './model/plan.ts';
import type { Secrets } from './model/playbook.ts';
import type { Shell } from './model/shell.ts';
import { planDifference } from './report/index.ts';
import type { HeldLease, LeaseRequest, Stages } from './stages.ts';

/** How a change is carried out. */
export interface ApplyTerms {
  /** True when nobody will be asked (--yes): then the lease comes first, and the hosts are looked at once only. */
  readonly isDecided: boolean;
  /** A plan that was reviewed earlier: exactly this one runs, or none. */
  readonly reviewed?: Plan;
  /** How long to wait for another deploy to end. Absent: only until it is clear that it lives. */
  readonly waitMs?: number;
  /** ann@laptop */
  readonly by: string;
  /** Gentle: finish what is in flight, take back what must be. */
  readonly signal: AbortSignal;
  /** At once. */
  readonly stopNow: AbortSignal;
}

/** Who is shown the plan, decides on it and watches. */
export interface Audience {
  /** True: carry it out. `changed` says how it differs from the plan that was shown before. */
  review(plan: Plan, changed: readonly string[]): Promise<boolean>;
  /** Called once before the first step of the plan that is carried out. */
  begin(plan: Plan): void;
  emit(event: Event): void;
}

/** How a change ended. */
export type ApplyEnd =
  | { readonly kind: 'nothing' | 'declined' | 'interrupted'; readonly plan: Plan }
  | { readonly kind: 'ended'; readonly plan: Plan; readonly outcome: Outcome };

/** A plan for now, and the values of its secrets, which are looked for only when it is carried out. */
export interface Current {
  readonly plan: Plan;
  readonly secrets: () => Promise<Secrets>;
  /** Hosts that answered: they can be told who acts now. */
  readonly up: readonly string[];
}

/** Whose lease, kept where, for how long. */
export type LeaseFor = Pick<LeaseRequest, 'app' | 'keepers' | 'ttlMs'>;

/** A change of hosts: what differs between one of an app and one of the hosts themselves. */
export interface Change<Look extends Current> {
  readonly shell: Shell;
  readonly stages: Stages;
  /** Looks at the hosts and compiles. Throws FleetErrors for what can not be done. */
  readonly look: () => Promise<Look>;
  /** The leases that it needs, in the order in which all callers take them; hosts know who acts by the number of the first. */
  readonly leases: (first: Look | undefined) => Promise<readonly LeaseFor[]>;
}

/**
 * Carries a change out. Throws what looking throws, and FleetError E_PLAN_STALE and E_LEASE_HELD; what fails while steps
 * run is in the outcome.
 */
export async function goOneWay<Look extends Current>(
  change: Change<Look>,
  terms: ApplyTerms,
  audience: Audience,
): Promise<ApplyEnd> {
  const first = terms.isDecided ? undefined : await change.look();
  const early = first === undefined ? undefined : await judged(first.plan, { terms, audience, before: undefined });
  if (early !== undefined) return early;
  const held: HeldLease[] = [];
  try {
    const leases = await change.leases(first);
    const ahead = first === undefined && leases.length === 1 ? new LookAhead(change.look) : undefined;
    for (const lease of leases) held.push(await take(change, lease, { terms, audience, ahead }));
    return await underLeases(change, held, { terms, audience, before: first?.plan, ahead });
  } finally {
    for (const lease of held.reverse()) await lease.release();
  }
}

/** The look at the hosts, begun while the other keepers are still asked for the lease: each of them is a way there and back. */
class LookAhead<Look> {
  readonly #look: () => Promise<Look>;
  #latest: Promise<Look> | undefined;

  constructor(look: () => Promise<Look>) {
    this.#look = look;
  }

  begin(): void {
    this.#latest = this.#look();
    // Where it is of no use, nobody waits for it.
    this.#latest.catch(() => undefined);
  }

  /** What was seen under this lease; undefined where that is not sure. */
  under({ isWhole }: HeldLease): Promise<Look> | undefined {
    return isWhole ? this.#latest : undefined;
  }
}

interface Review {
  readonly terms: ApplyTerms;
  readonly audience: Audience;
  /** The plan that was shown before, if any was. */
  readonly before: Plan | undefined;
}

/** How it ends before anything is done; undefined: it is carried out. */
async function judged(plan: Plan, { terms, audience, before }: Review): Promise<ApplyEnd | undefined> {
  if (terms.reviewed !== undefined) mustEqual(terms.reviewed, plan);
  if (plan.steps.length === 0) return { kind: 'nothing', plan };
  if (terms.signal.aborted) return { kind: 'interrupted', plan };
  const changed = before === undefined ? [] : planDifference(before, plan);
  const isNews = before === undefined || changed.length > 0;
  if (isNews && !(await audience.review(plan, changed))) return { kind: 'declined', plan };
  return terms.signal.aborted ? { kind: 'interrupted', plan } : undefined;
}

async function take<Look extends Current>(
  { shell, stages, look }: Change<Look>,
  lease: LeaseFor,
  { terms, audience, ahead }: Pick<Review, 'terms' | 'audience'> & { readonly ahead: LookAhead<Look> | undefined },
): Promise<HeldLease> {
  const { by, waitMs, signal } = terms;
  const waiting = waitMs === undefined ? {} : { waitMs };
  const early = ahead === undefined ? {} : { onFirst: () => ahead.begin() };
  const request = { shell, ...lease, by, ...waiting, ...early, signal, emit: audience.emit };
  try {
    return await stages.acquireLease(request);
  } catch (error) {
    // A look at all hosts tells all that is wrong with them at once, not only what is wrong with a keeper.
    if (error instanceof FleetError && /^E_(HOST|SSH)_/.test(error.code)) await look();
    throw error;
  }
}

/** The world may have moved between the review and the lease; under the lease it does not move any more. */
async function underLeases<Look extends Current>(
  { shell, stages, look }: Change<Look>,
  held: readonly HeldLease[],
  review: Review & { readonly ahead: LookAhead<Look> | undefined },
): Promise<ApplyEnd> {
  const { terms, audience, ahead } = review;
  const [lease] = held;
  const seen = lease === undefined ? undefined : ahead?.under(lease);
  const { plan, up, secrets } = await (seen ?? look());
  const early = await judged(plan, review);
  if (early !== undefined || lease === undefined) return early ?? { kind: 'nothing', plan };
  const values = await secrets();
  audience.begin(plan);
  const gentle = new AbortController();
  const letGo = follow(gentle, terms.signal, ...held.map(({ signal }) => signal));
  const how = { by: terms.by, lease, hosts: up, signal: gentle.signal, stopNow: terms.stopNow, emit: audience.emit };
  const outcome = await stages.execute(plan, { shell, secrets: values, ...how }).finally(letGo);
  await auditTrouble(plan, outcome, { shell, stages, by: terms.by });
  return { kind: 'ended', plan, outcome };
}

function mustEqual(reviewed: Plan, fresh: Plan): void {
  const notes = planDifference(reviewed, fresh);
  if (notes.length === 0) return;
  const message = 'the hosts or the files changed since this plan was made: nothing was done';
  throw new FleetError('E_PLAN_STALE', message, { notes, hint: 'fleet plan -o FILE makes it anew' });
}

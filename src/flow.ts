/** The one path of every change: load, observe, compile, review, lease, recheck, execute. There is no second one. */
import { auditTrouble } from './audit.ts';
import { keepersOf } from './compile/index.ts';
import { FleetError } from './model/error.ts';
import type { Event, Outcome } from './model/event.ts';
import { follow } from './model/follow.ts';
import type { ImageFacts, Observed } from './model/observed.ts';
import type { Intent, Plan } from './model/plan.ts';
import type { Playbook } from './model/playbook.ts';
import type { Assumption } from './model/what-if.ts';
import type { ChangeOfRelease } from './recorded.ts';
import { planDifference } from './report/index.ts';
import { type Ask, type Current, currentPlan, imagesOf, inventoryOf, mustCompile, noted, type Scene } from './scene.ts';
import type { Files, HeldLease, Loaded, Stages } from './stages.ts';

/** Where a plan's world comes from. */
export type World =
  | { readonly kind: 'live' }
  /** All hosts up and empty. */
  | { readonly kind: 'offline' }
  /** As `fleet observe -o` saved it. */
  | { readonly kind: 'saved'; readonly observed: Observed };

/** What is wanted: of files a deploy or a removal, of a release on record all else. */
export type Wish = Extract<Intent, { kind: 'deploy' | 'remove' }> | ChangeOfRelease;

/** How a change is carried out. */
export interface ApplyTerms {
  /** True when nobody will be asked (--yes): then the lease is taken first, and the hosts are looked at once only. */
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

/** A change to carry out. */
export interface ApplyRequest extends ApplyTerms {
  readonly files: Files;
  readonly intent: Wish;
  /** Of a change of a release: the app. Absent: that of the playbook at hand, else the only one on record. */
  readonly app?: string;
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

/** A plan to look at. */
export interface PlanRequest extends Pick<ApplyRequest, 'files' | 'intent' | 'app'> {
  /** Words such as "lose=vm3": what is taken as so. Such a plan is never carried out. */
  readonly whatIf?: readonly string[];
}

/** The plan for the wish; no host is changed. Throws FleetErrors: exit code 2 for files, 1 for what can not be done. */
export async function plan(request: PlanRequest, world: World, stages: Stages): Promise<Plan> {
  const ask = await askOf(request, stages);
  if (ask.kind === 'files' && world.kind !== 'live') {
    const { loaded, intent, assumptions } = ask;
    const { inventory, playbook } = loaded;
    const observed = world.kind === 'saved' ? world.observed : offlineWorld(loaded, stages);
    const question = { inventory, playbook, observed, intent, assumptions, now: stages.clock.now() };
    return noted(mustCompile(stages.compile(question)), loaded);
  }
  const shell = stages.openShell(inventoryOf({ ask }));
  try {
    return (await currentPlan({ ask, shell, stages })).plan;
  } finally {
    await shell.close();
  }
}

/** Throws FleetError E_VALUE for a plan that is the answer to a what-if. */
export function refuseWhatIf({ whatIf }: Plan): void {
  if (whatIf === undefined) return;
  const asked = whatIf.assumptions.map((one) => one.asked).join(',');
  throw new FleetError('E_VALUE', `this plan answers a what-if (${asked}): it is never carried out`, {
    hint: 'fleet plan -o FILE, without --what-if',
  });
}

/**
 * Carries a change out. Throws FleetErrors as `plan` does, and FleetError E_PLAN_STALE, E_LEASE_HELD, E_QUORUM;
 * what fails while steps run is in the outcome.
 */
export async function apply(request: ApplyRequest, stages: Stages, audience: Audience): Promise<ApplyEnd> {
  if (request.reviewed !== undefined) refuseWhatIf(request.reviewed);
  const ask = await askOf(request, stages);
  const shell = stages.openShell(inventoryOf({ ask }));
  try {
    return await applyIn({ ask, shell, stages }, request, audience);
  } finally {
    await shell.close();
  }
}

/** The same on connections that are open already, as a watcher has them. */
export async function applyIn(scene: Scene, terms: ApplyTerms, audience: Audience): Promise<ApplyEnd> {
  if (terms.isDecided) return underLease({ terms, scene, audience });
  const { plan: first } = await currentPlan(scene);
  if (terms.reviewed !== undefined) mustEqual(terms.reviewed, first);
  if (first.steps.length === 0) return { kind: 'nothing', plan: first };
  if (terms.signal.aborted) return { kind: 'interrupted', plan: first };
  if (!(await audience.review(first, []))) return { kind: 'declined', plan: first };
  if (terms.signal.aborted) return { kind: 'interrupted', plan: first };
  return underLease({ terms, scene, audience, first });
}

/** Files are read for a deploy or a removal; all else is about a release on record, and reads the inventory alone. */
async function askOf({ files, intent, app, whatIf }: PlanRequest, stages: Stages): Promise<Ask> {
  if (intent.kind === 'deploy' || intent.kind === 'remove') {
    const loaded = await stages.loadAll(files);
    return { kind: 'files', loaded, intent, assumptions: assumptionsOf({ intent, whatIf }, loaded, stages) };
  }
  const inventory = await stages.loadInventory(files);
  const named = app ?? files.projectName ?? (await appOfFiles(files, stages));
  const secrets = async (): Promise<Loaded['secrets']> =>
    files.playbooks.length === 0 ? new Map() : (await stages.loadPlaybook(files)).secrets;
  const common = { kind: 'release' as const, inventory, change: intent, secrets, bodies: new Map() };
  return named === undefined ? common : { ...common, app: named };
}

/** A playbook that can not be read names no app, and keeps nobody from working on what is deployed. */
async function appOfFiles(files: Files, stages: Stages): Promise<string | undefined> {
  if (files.playbooks.length === 0) return undefined;
  try {
    return (await stages.loadPlaybook({ ...files, values: 'leave' })).playbook.app;
  } catch {
    return undefined;
  }
}

function assumptionsOf(
  { intent, whatIf }: { readonly intent: Intent; readonly whatIf: readonly string[] | undefined },
  loaded: Loaded,
  stages: Stages,
): readonly Assumption[] {
  if (whatIf === undefined) return [];
  return stages.readAssumptions(whatIf, loaded, intent.kind === 'deploy' ? intent.services : []);
}

interface Leased {
  readonly terms: ApplyTerms;
  readonly scene: Scene;
  readonly audience: Audience;
  /** What was reviewed before the lease was taken. */
  readonly first?: Plan;
}

async function underLease(leased: Leased): Promise<ApplyEnd> {
  // Without files, the app is known from the hosts; who is decided has not looked yet.
  const known = leased.first?.app ?? appOf(leased.scene);
  const first = known === undefined ? await currentPlan(leased.scene) : undefined;
  const lease = await takeLease(leased, known ?? first?.plan.app ?? '');
  try {
    return await applyUnderLease(leased, lease);
  } finally {
    await lease.release();
  }
}

function appOf({ ask }: Scene): string | undefined {
  return ask.kind === 'files' ? ask.loaded.playbook.app : ask.app;
}

async function takeLease({ terms, scene, audience }: Leased, app: string): Promise<HeldLease> {
  try {
    return await scene.stages.acquireLease({
      shell: scene.shell,
      app,
      keepers: keepersOf(inventoryOf(scene)).map(({ name }) => name),
      by: terms.by,
      ...(terms.waitMs === undefined ? {} : { waitMs: terms.waitMs }),
      signal: terms.signal,
      emit: audience.emit,
    });
  } catch (error) {
    // A look at all hosts tells all that is wrong with them at once, not only what is wrong with a keeper.
    if (error instanceof FleetError && /^E_(HOST|SSH)_/.test(error.code)) await currentPlan(scene);
    throw error;
  }
}

/** The world may have moved between the review and the lease; under the lease it does not move any more. */
async function applyUnderLease({ terms, scene, audience, first }: Leased, lease: HeldLease): Promise<ApplyEnd> {
  const current = await currentPlan(scene);
  const { plan: fresh } = current;
  const changed = first === undefined ? [] : planDifference(first, fresh);
  if (terms.reviewed !== undefined) mustEqual(terms.reviewed, fresh);
  if (fresh.steps.length === 0) return { kind: 'nothing', plan: fresh };
  const isNews = first === undefined || changed.length > 0;
  if (isNews && !(await audience.review(fresh, changed))) return { kind: 'declined', plan: fresh };
  if (terms.signal.aborted) return { kind: 'interrupted', plan: fresh };
  return { kind: 'ended', plan: fresh, outcome: await carryOut({ terms, scene, audience }, current, lease) };
}

async function carryOut({ terms, scene, audience }: Leased, current: Current, lease: HeldLease): Promise<Outcome> {
  const secrets = await current.secrets();
  audience.begin(current.plan);
  const gentle = new AbortController();
  const letGo = follow(gentle, terms.signal, lease.signal);
  const { shell, stages } = scene;
  const { plan, up: hosts } = current;
  const how = { secrets, by: terms.by, lease, hosts, signal: gentle.signal, stopNow: terms.stopNow };
  const outcome = await stages.execute(plan, { shell, ...how, emit: audience.emit }).finally(letGo);
  await auditTrouble(plan, outcome, { shell, stages, by: terms.by });
  return outcome;
}

function mustEqual(reviewed: Plan, fresh: Plan): void {
  const notes = planDifference(reviewed, fresh);
  if (notes.length === 0) return;
  const message = 'the hosts or the files changed since this plan was made: nothing was done';
  throw new FleetError('E_PLAN_STALE', message, { notes, hint: 'fleet plan -o FILE makes it anew' });
}

function offlineWorld(loaded: Loaded, stages: Stages): Observed {
  const unknown: ImageFacts = { source: 'none', hasHealthcheck: false, architectures: [] };
  const images = imagesOf(loaded, { kind: 'deploy' }).map((image) => [image, unknown] as const);
  const hosts = Object.entries(stages.assumeEmpty(loaded.inventory)).map(([name, state]) => [
    name,
    state.reachable ? { ...state, volumes: externalVolumes(loaded.playbook) } : state,
  ]);
  return { hosts: Object.fromEntries(hosts), images: Object.fromEntries(images) };
}

function externalVolumes({ volumeOrigins = {} }: Playbook): string[] {
  return Object.keys(volumeOrigins).filter((name) => volumeOrigins[name]?.isExternal === true);
}

/** The one path of every change: load, observe, compile, review, lease, recheck, execute. There is no second one. */
import { type Compiled, keepersOf } from './compile/index.ts';
import { FleetError, FleetErrors } from './model/error.ts';
import type { Event, Outcome } from './model/event.ts';
import type { Inventory } from './model/inventory.ts';
import type { ImageFacts, Observed } from './model/observed.ts';
import type { Intent, Plan } from './model/plan.ts';
import type { Playbook } from './model/playbook.ts';
import type { Shell } from './model/shell.ts';
import type { Assumption } from './model/what-if.ts';
import { planDifference } from './report/index.ts';
import type { Files, HeldLease, Loaded, Stages } from './stages.ts';

/** Where a plan's world comes from. */
export type World =
  | { readonly kind: 'live' }
  /** All hosts up and empty. */
  | { readonly kind: 'offline' }
  /** As `fleet observe -o` saved it. */
  | { readonly kind: 'saved'; readonly observed: Observed };

/** A change to carry out. */
export interface ApplyRequest {
  readonly files: Files;
  readonly intent: Intent;
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
export interface PlanRequest extends Pick<ApplyRequest, 'files' | 'intent'> {
  /** Words such as "lose=vm3": what is taken as so. Such a plan is never carried out. */
  readonly whatIf?: readonly string[];
}

/** A world and how a plan is made for it. */
interface Scene {
  readonly request: Pick<ApplyRequest, 'files' | 'intent'>;
  readonly loaded: Loaded;
  readonly shell: Shell;
  readonly stages: Stages;
  readonly assumptions?: readonly Assumption[];
}

/** The plan for the intent; no host is changed. Throws FleetErrors: exit code 2 for files, 1 for what can not be done. */
export async function plan(request: PlanRequest, world: World, stages: Stages): Promise<Plan> {
  const loaded = await stages.loadAll(request.files);
  const assumptions = assumptionsOf(request, loaded, stages);
  if (world.kind !== 'live') {
    const observed = world.kind === 'saved' ? world.observed : offlineWorld(loaded, stages);
    const { intent } = request;
    return noted(mustCompile(stages.compile({ ...pick(loaded), observed, intent, assumptions })), loaded);
  }
  const shell = stages.openShell(loaded.inventory);
  try {
    return await currentPlan({ request, loaded, shell, stages, assumptions });
  } finally {
    await shell.close();
  }
}

function assumptionsOf({ intent, whatIf }: PlanRequest, loaded: Loaded, stages: Stages): readonly Assumption[] {
  if (whatIf === undefined) return [];
  return stages.readAssumptions(whatIf, loaded, intent.kind === 'deploy' ? intent.services : []);
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
  const loaded = await stages.loadAll(request.files);
  const shell = stages.openShell(loaded.inventory);
  try {
    return await applyWith(request, { request, loaded, shell, stages }, audience);
  } finally {
    await shell.close();
  }
}

async function applyWith(request: ApplyRequest, scene: Scene, audience: Audience): Promise<ApplyEnd> {
  if (request.isDecided) return underLease(request, scene, audience);
  const first = await currentPlan(scene);
  if (request.reviewed !== undefined) mustEqual(request.reviewed, first);
  if (first.steps.length === 0) return { kind: 'nothing', plan: first };
  if (request.signal.aborted) return { kind: 'interrupted', plan: first };
  if (!(await audience.review(first, []))) return { kind: 'declined', plan: first };
  if (request.signal.aborted) return { kind: 'interrupted', plan: first };
  return underLease(request, scene, audience, first);
}

async function underLease(request: ApplyRequest, scene: Scene, audience: Audience, first?: Plan): Promise<ApplyEnd> {
  const lease = await takeLease(request, scene, audience);
  try {
    return await applyUnderLease({ request, scene, audience, lease, ...(first === undefined ? {} : { first }) });
  } finally {
    await lease.release();
  }
}

async function takeLease(request: ApplyRequest, scene: Scene, audience: Audience): Promise<HeldLease> {
  const { inventory, playbook } = scene.loaded;
  try {
    return await scene.stages.acquireLease({
      shell: scene.shell,
      app: playbook.app,
      keepers: keepersOf(inventory).map(({ name }) => name),
      by: request.by,
      ...(request.waitMs === undefined ? {} : { waitMs: request.waitMs }),
      signal: request.signal,
      emit: audience.emit,
    });
  } catch (error) {
    // A look at all hosts tells all that is wrong with them at once, not only what is wrong with a keeper.
    if (error instanceof FleetError && /^E_(HOST|SSH)_/.test(error.code)) await currentPlan(scene);
    throw error;
  }
}

interface Leased {
  readonly request: ApplyRequest;
  readonly scene: Scene;
  readonly audience: Audience;
  /** What was reviewed before the lease was taken. */
  readonly first?: Plan;
  readonly lease: HeldLease;
}

/** The world may have moved between the review and the lease; under the lease it does not move any more. */
async function applyUnderLease({ request, scene, audience, first, lease }: Leased): Promise<ApplyEnd> {
  const fresh = await currentPlan(scene);
  const changed = first === undefined ? [] : planDifference(first, fresh);
  if (request.reviewed !== undefined) mustEqual(request.reviewed, fresh);
  if (fresh.steps.length === 0) return { kind: 'nothing', plan: fresh };
  const isNews = first === undefined || changed.length > 0;
  if (isNews && !(await audience.review(fresh, changed))) return { kind: 'declined', plan: fresh };
  if (request.signal.aborted) return { kind: 'interrupted', plan: fresh };
  audience.begin(fresh);
  const outcome = await scene.stages.execute(fresh, {
    shell: scene.shell,
    secrets: scene.loaded.secrets,
    by: request.by,
    signal: AbortSignal.any([request.signal, lease.signal]),
    stopNow: request.stopNow,
    emit: audience.emit,
  });
  return { kind: 'ended', plan: fresh, outcome };
}

/** Observes and compiles. Throws FleetErrors when too few hosts answer or a host shows a wrong key. */
async function currentPlan({ request, loaded, shell, stages, assumptions = [] }: Scene): Promise<Plan> {
  const observed = await stages.observe(shell, loaded.inventory, imagesOf(loaded, request.intent));
  requireQuorum(loaded.inventory, observed);
  const { intent } = request;
  return noted(mustCompile(stages.compile({ ...pick(loaded), observed, intent, assumptions })), loaded);
}

/** What the files ask for and means something else here is said with what is planned; it is no part of the digest. */
function noted(plan: Plan, { warnings }: Loaded): Plan {
  const notes = plan.intent.kind === 'deploy' ? warnings : [];
  return { ...plan, warnings: [...plan.warnings, ...notes.map((message) => ({ code: 'N_FILE', message }))] };
}

/** The images whose meaning a plan depends on: all of the playbook and the router's; to remove, none but the router's. */
export function imagesOf(loaded: Pick<Loaded, 'inventory' | 'playbook'>, intent: Intent): readonly string[] {
  const router = loaded.inventory.network.routerImage;
  if (intent.kind === 'remove') return [router];
  return [...new Set([router, ...loaded.playbook.services.map((service) => service.image)])].sort();
}

/**
 * Refuses when fewer than half of the hosts answer (E_QUORUM) or when any host shows a key that known_hosts does not
 * have: then nobody may be trusted, not even to be left out.
 */
function requireQuorum(inventory: Inventory, observed: Observed): void {
  const down = inventory.hosts.flatMap(({ name }) => {
    const state = observed.hosts[name];
    return state === undefined || state.reachable ? [] : [{ name, ...state }];
  });
  const problems = down.map(({ name, code, message, hint }) => {
    const text = message.includes(name) ? message : `${name}: ${message}`;
    return new FleetError(code, text, hint === undefined ? {} : { hint });
  });
  const up = inventory.hosts.length - down.length;
  if (up * 2 < inventory.hosts.length || up === 0) {
    const message = `${up} of ${inventory.hosts.length} hosts answer: nothing was done, it may be this machine that is cut off`;
    throw new FleetErrors([...problems, new FleetError('E_QUORUM', message, { hint: 'fleet hosts' })], 1);
  }
  const untrusted = problems.filter((problem) => problem.code.startsWith('E_HOST_KEY_'));
  if (untrusted.length > 0) throw new FleetErrors(untrusted, 1);
}

function mustCompile(compiled: Compiled): Plan {
  if (compiled.ok) return compiled.plan;
  throw new FleetErrors(compiled.problems, 1);
}

function mustEqual(reviewed: Plan, fresh: Plan): void {
  const notes = planDifference(reviewed, fresh);
  if (notes.length === 0) return;
  const message = 'the hosts or the files changed since this plan was made: nothing was done';
  throw new FleetError('E_PLAN_STALE', message, { notes, hint: 'fleet plan -o FILE makes it anew' });
}

function offlineWorld(loaded: Loaded, stages: Stages): Observed {
  const unknown: ImageFacts = { source: 'none', hasHealthcheck: false, architectures: [] };
  const images = imagesOf(loaded, { kind: 'deploy', services: [] }).map((image) => [image, unknown] as const);
  const hosts = Object.entries(stages.assumeEmpty(loaded.inventory)).map(([name, state]) => [
    name,
    state.reachable ? { ...state, volumes: externalVolumes(loaded.playbook) } : state,
  ]);
  return { hosts: Object.fromEntries(hosts), images: Object.fromEntries(images) };
}

function externalVolumes({ volumeOrigins = {} }: Playbook): string[] {
  return Object.keys(volumeOrigins).filter((name) => volumeOrigins[name]?.isExternal === true);
}

function pick(loaded: Loaded): { readonly inventory: Inventory; readonly playbook: Playbook } {
  return { inventory: loaded.inventory, playbook: loaded.playbook };
}

/** A change of an app: load what is asked for, then the one way. */
import { keepersOf } from './compile/index.ts';
import { FleetError } from './model/error.ts';
import type { ImageFacts, Observed } from './model/observed.ts';
import type { Intent, Plan } from './model/plan.ts';
import type { Playbook } from './model/playbook.ts';
import type { Assumption } from './model/what-if.ts';
import { type ApplyEnd, type ApplyTerms, type Audience, type Current, goOneWay, type LeaseFor } from './one-way.ts';
import type { ChangeOfRelease } from './recorded.ts';
import { type Ask, currentPlan, imagesOf, inventoryOf, mustCompile, noted, type Scene } from './scene.ts';
import type { Files, Loaded, Stages } from './stages.ts';

/** Where a plan's world comes from. */
export type World =
  | { readonly kind: 'live' }
  /** All hosts up and empty. */
  | { readonly kind: 'offline' }
  /** As `fleet observe -o` saved it. */
  | { readonly kind: 'saved'; readonly observed: Observed };

/** What is wanted: of files a deploy or a removal, of a release on record all else. */
export type Wish = Extract<Intent, { kind: 'deploy' | 'remove' }> | ChangeOfRelease;

/** A change to carry out. */
export interface ApplyRequest extends ApplyTerms {
  readonly files: Files;
  readonly intent: Wish;
  /** Of a change of a release: the app. Absent: that of the playbook at hand, else the only one on record. */
  readonly app?: string;
}

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
  const inventory = inventoryOf({ ask });
  const shell = stages.openShell(inventory);
  // The lease asks the keepers alone: the other hosts log in meanwhile. Who does not answer is found by the look.
  if (request.isDecided) for (const { name } of inventory.hosts) shell.connect(name).catch(() => undefined);
  try {
    return await applyIn({ ask, shell, stages }, request, audience);
  } finally {
    await shell.close();
  }
}

/** The same on connections that are open already, as a watcher has them. */
export function applyIn(scene: Scene, terms: ApplyTerms, audience: Audience): Promise<ApplyEnd> {
  const { shell, stages } = scene;
  const look = (): Promise<Current> => currentPlan(scene);
  const leases = async (first: Current | undefined): Promise<LeaseFor[]> => {
    // Without files, the app is known from the hosts; who is decided has not looked yet.
    const app = first?.plan.app ?? appOf(scene) ?? (await look()).plan.app;
    return [{ app, keepers: keepersOf(inventoryOf(scene)).map(({ name }) => name) }];
  };
  return goOneWay({ shell, stages, look, leases }, terms, audience);
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

function appOf({ ask }: Scene): string | undefined {
  return ask.kind === 'files' ? ask.loaded.playbook.app : ask.app;
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

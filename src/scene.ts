/** A scene: a fleet that is looked at, what is asked for, and how a plan is made of both. */
import { type Compiled, lastRecord, type Question } from './compile/index.ts';
import { FleetError, FleetErrors } from './model/error.ts';
import type { Inventory } from './model/inventory.ts';
import type { Observed } from './model/observed.ts';
import type { Intent, Plan } from './model/plan.ts';
import type { Playbook, Secrets } from './model/playbook.ts';
import type { Shell } from './model/shell.ts';
import type { Assumption } from './model/what-if.ts';
import type { Current } from './one-way.ts';
import {
  appOnRecord,
  type Bodies,
  type ChangeOfRelease,
  chosenRelease,
  isToGo,
  keptBody,
  settledIntent,
} from './recorded.ts';
import type { Loaded, Stages } from './stages.ts';

/** What is asked for: of the files' playbook, or of a release on record, for which no file is needed. */
export type Ask =
  | {
      readonly kind: 'files';
      readonly loaded: Loaded;
      readonly intent: Extract<Intent, { kind: 'deploy' | 'remove' }>;
      readonly assumptions: readonly Assumption[];
    }
  | {
      readonly kind: 'release';
      readonly inventory: Inventory;
      /** Absent: the only app on record. */
      readonly app?: string;
      readonly change: ChangeOfRelease;
      /** Values that are at hand beside those in the containers. */
      readonly secrets: () => Promise<Secrets>;
      readonly bodies: Bodies;
    };

/** All that a plan is made with. */
export interface Scene {
  readonly ask: Ask;
  readonly shell: Shell;
  readonly stages: Stages;
  /** How the hosts are looked at, where that is not the usual look: a watcher remembers what silent hosts had. */
  readonly look?: () => Promise<Observed>;
}

/** The hosts of the scene's inventory file. */
export function inventoryOf({ ask }: Pick<Scene, 'ask'>): Inventory {
  return ask.kind === 'files' ? ask.loaded.inventory : ask.inventory;
}

/** Looks at the hosts and compiles. Throws FleetErrors when too few hosts answer, or for a person when a host shows a wrong key. */
export async function currentPlan(scene: Scene): Promise<Current> {
  const observed = await (scene.look?.() ?? lookAt(scene));
  requireQuorum(scene, observed);
  return scene.ask.kind === 'files'
    ? planOfFiles(scene, scene.ask, observed)
    : planOfRelease(scene, scene.ask, observed);
}

/** The images whose meaning a plan depends on: all of the playbook and the router's; to remove, none but the router's. */
export function imagesOf(
  loaded: Pick<Loaded, 'inventory' | 'playbook'>,
  intent: Pick<Intent, 'kind'>,
): readonly string[] {
  const router = loaded.inventory.network.routerImage;
  if (intent.kind === 'remove') return [router];
  return [...new Set([router, ...loaded.playbook.services.map((service) => service.image)])].sort();
}

/** The plan, or FleetErrors with all that stands against it (exit code 1). */
export function mustCompile(compiled: Compiled): Plan {
  if (compiled.ok) return compiled.plan;
  throw new FleetErrors(compiled.problems, 1);
}

/** What the files ask for and means something else here is said with what is planned; it is no part of the digest. */
export function noted(plan: Plan, { warnings }: Pick<Loaded, 'warnings'>): Plan {
  const notes = plan.intent.kind === 'deploy' ? warnings : [];
  return { ...plan, warnings: [...plan.warnings, ...notes.map((message) => ({ code: 'N_FILE', message }))] };
}

/** A release knows what its images mean; only files have to ask. */
async function lookAt({ ask, shell, stages }: Scene): Promise<Observed> {
  if (ask.kind === 'release') return stages.observe(shell, ask.inventory, []);
  return stages.observe(shell, ask.loaded.inventory, imagesOf(ask.loaded, ask.intent));
}

async function planOfFiles(
  { shell, stages }: Scene,
  { loaded, intent, assumptions }: Extract<Ask, { kind: 'files' }>,
  observed: Observed,
): Promise<Current> {
  const { inventory, playbook } = loaded;
  const isPartial = intent.kind === 'deploy' && intent.services.length > 0;
  const base = isPartial ? await lastBody({ shell, stages }, { inventory, playbook, observed }) : undefined;
  const question: Question = {
    ...{ inventory, playbook, observed, intent, assumptions, now: stages.clock.now() },
    ...(base === undefined ? {} : { base }),
  };
  const plan = noted(mustCompile(stages.compile(question)), loaded);
  return { plan, secrets: async () => loaded.secrets, up: upIn(observed) };
}

function upIn({ hosts }: Observed): string[] {
  return Object.keys(hosts).filter((name) => hosts[name]?.reachable === true);
}

async function lastBody(
  { shell, stages }: Pick<Scene, 'shell' | 'stages'>,
  world: { readonly inventory: Inventory; readonly playbook: Playbook; readonly observed: Observed },
): Promise<Question['base']> {
  const record = lastRecord(world.playbook.app, world.observed);
  if (record?.body === undefined) return undefined;
  return keptBody({ shell, stages }, world.inventory, world.observed, record);
}

async function planOfRelease(
  { shell, stages }: Scene,
  ask: Extract<Ask, { kind: 'release' }>,
  observed: Observed,
): Promise<Current> {
  const { inventory, change } = ask;
  const app = change.kind === 'heal' ? appOnRecord(observed, ask.app) : undefined;
  if (app !== undefined && isToGo(app, observed)) return planOfRest(stages, { inventory, app, observed });
  const settled = await chosenRelease({ shell, stages }, ask, observed);
  const intent = settledIntent(change, settled);
  const { playbook } = settled.body;
  const question: Question = { inventory, playbook, observed, intent, settled, now: stages.clock.now() };
  const plan = mustCompile(stages.compile(question));
  const secrets = (): Promise<Secrets> => stages.findSecrets(shell, { plan, playbook, observed, atHand: ask.secrets });
  return { plan, secrets, up: upIn(observed) };
}

/** The plan that takes away what is left of a removed app. Data stays: whoever removed the app may have kept it. */
function planOfRest(
  stages: Stages,
  { app, ...world }: { readonly inventory: Inventory; readonly app: string; readonly observed: Observed },
): Current {
  const nothing = { services: [], volumes: {}, networks: [], internalNetworks: [], secrets: {}, configs: {} };
  const playbook: Playbook = { app, ...nothing, carried: {}, locations: {} };
  const question: Question = { ...world, playbook, intent: { kind: 'remove', volumes: false } };
  return { plan: mustCompile(stages.compile(question)), secrets: async () => new Map(), up: upIn(world.observed) };
}

/**
 * Refuses when fewer than half of the hosts answer (E_QUORUM) or when any host shows a key that known_hosts does not
 * have: whoever asked must look into it first. A repair, which nobody may be there to look at, takes it as silent.
 */
function requireQuorum({ ask }: Scene, observed: Observed): void {
  const inventory = inventoryOf({ ask });
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
  if (ask.kind === 'release' && ask.change.kind === 'heal') return;
  const untrusted = problems.filter((problem) => problem.code.startsWith('E_HOST_KEY_'));
  if (untrusted.length > 0) throw new FleetErrors(untrusted, 1);
}

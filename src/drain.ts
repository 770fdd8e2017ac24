/** Draining hosts: they are marked, and all that may move leaves them, app by app, each by a plan of the one way. */
import { appsOn } from './compile/index.ts';
import { applyIn } from './flow.ts';
import { applyHosts, type HostsScene, type HostsTerms, planHosts } from './hosts-flow.ts';
import type { HostsIntent } from './model/hosts.ts';
import type { Plan } from './model/plan.ts';
import type { ApplyEnd, Audience } from './one-way.ts';
import type { ChangeOfRelease } from './recorded.ts';
import { currentPlan, type Scene } from './scene.ts';

/** Who follows a work of several plans. */
export interface PartsAudience extends Audience {
  /** Called after each plan that was carried out, or not. */
  ended(end: ApplyEnd): void;
}

/** A work of several plans, and who asked for it. */
export interface Work {
  readonly scene: HostsScene;
  readonly terms: HostsTerms;
  readonly audience: PartsAudience;
}

/** Which hosts, and why, for others to read. */
export type DrainWish = Pick<Extract<HostsIntent, { kind: 'mark' }>, 'hosts' | 'why' | 'progress'>;

/**
 * Every plan that draining takes, as far as it can be told now; none has steps when all is so already. Throws FleetErrors
 * with numbers where what must move fits nowhere else: then nothing was done.
 */
export async function planDrain(scene: HostsScene, wish: DrainWish): Promise<readonly Plan[]> {
  const mark = await planHosts(scene, markOf(wish));
  const moves: Plan[] = [];
  for (const host of wish.hosts) {
    for (const app of await appsOf(scene, [host])) moves.push((await currentPlan(sceneOf(scene, app, host))).plan);
  }
  return [mark, ...moves].filter((plan) => plan.steps.length > 0);
}

/** Marks and moves. False when a part did not come to its end; the hosts are marked then, and the same goes on. */
export async function drain(wish: DrainWish, work: Work): Promise<boolean> {
  const { scene } = work;
  if (!(await doPart(work, () => applyHosts(scene, markOf(wish), work)))) return false;
  for (const host of wish.hosts) {
    for (const app of await appsOf(scene, [host])) {
      const isMoved = await doPart(work, () =>
        applyIn(sceneOf(scene, app, host), { ...work.terms, isDecided: true }, work.audience),
      );
      if (!isMoved) return false;
    }
  }
  return true;
}

/** Carries out one plan of several and tells how it ended. True: go on. */
export async function doPart({ audience }: Pick<Work, 'audience'>, part: () => Promise<ApplyEnd>): Promise<boolean> {
  const end = await part();
  audience.ended(end);
  return end.kind === 'nothing' || (end.kind === 'ended' && end.outcome.kind === 'done');
}

/** A change of an app's release on the same connections. Secrets that are needed are in the containers. */
export function releaseScene({ inventory, shell, stages }: HostsScene, app: string, change: ChangeOfRelease): Scene {
  const secrets = async (): Promise<ReadonlyMap<string, Uint8Array>> => new Map();
  return { ask: { kind: 'release', inventory, app, change, secrets, bodies: new Map() }, shell, stages };
}

function sceneOf(scene: HostsScene, app: string, host: string): Scene {
  return releaseScene(scene, app, { kind: 'drain', host });
}

function markOf({ hosts, why, progress }: DrainWish): HostsIntent {
  return { kind: 'mark', hosts, as: 'drained', why, ...(progress === undefined ? {} : { progress }) };
}

async function appsOf({ inventory, shell, stages }: HostsScene, hosts: readonly string[]): Promise<readonly string[]> {
  return appsOn(await stages.observe(shell, inventory, []), hosts);
}

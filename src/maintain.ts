/**
 * Maintenance: host by host drained, worked on, waited for and let take part again; at the end replicas are shared out anew.
 * Every change is a plan of the one way; how far it is stands on the keepers, so that the same command goes on.
 */
import { type MaintenanceWish, marksOf, scheduleOf } from './compile/index.ts';
import { type DrainWish, doPart, drain, planDrain, releaseScene, type Work } from './drain.ts';
import { applyIn } from './flow.ts';
import { applyHosts, type HostsScene, planHosts } from './hosts-flow.ts';
import type { Progress, Schedule } from './model/hosts.ts';
import type { HostMark } from './model/mark.ts';
import type { Observed } from './model/observed.ts';
import type { Plan } from './model/plan.ts';
import { appsOnRecord } from './recorded.ts';

/** What will be done, for review. */
export interface MaintenancePlan {
  readonly schedule: Schedule;
  /** What is done on all hosts together, only to be read: problems and costs are known before the first host is touched. */
  readonly work: Plan;
}

/** How a maintenance ended. */
export interface MaintenanceEnd {
  readonly kind: 'done' | 'stopped';
  /** Hosts that are done. */
  readonly done: readonly string[];
  /** Where it stopped; empty when it is done. */
  readonly at: readonly string[];
  /** What a part threw. */
  readonly error?: unknown;
}

/** Replicas that move at most when all hosts are done. */
const MOST_MOVES = 100;

/** The word that stands beside the marks of hosts that are worked on. */
const WHY = 'maintain';

/** Throws FleetErrors when a host does not answer, may not be rebooted, or is not in the inventory. */
export async function planMaintenance(scene: HostsScene, wish: MaintenanceWish): Promise<MaintenancePlan> {
  const schedule = scheduleOf(scene.inventory, await observe(scene), wish);
  const { command, reboot } = wish;
  const hosts = schedule.turns.flat().sort();
  return { schedule, work: await planHosts(scene, { kind: 'maintain', hosts, command, reboot }) };
}

/** Carries it out, turn by turn, and stops at the first host that is not as it was. */
export async function maintain({ schedule }: MaintenancePlan, work: Work): Promise<MaintenanceEnd> {
  let { progress } = schedule;
  for (const hosts of schedule.turns) {
    progress = { ...progress, before: { ...progress.before, ...(await marksBefore(work.scene, hosts, progress)) } };
    try {
      if (!(await turn(hosts, progress, work))) return { kind: 'stopped', done: progress.done, at: hosts };
    } catch (error) {
      return { kind: 'stopped', done: progress.done, at: hosts, error };
    }
    progress = { ...progress, done: [...progress.done, ...hosts].sort() };
  }
  const isEven = await shareOut(work);
  return { kind: isEven ? 'done' : 'stopped', done: progress.done, at: [] };
}

async function turn(hosts: readonly string[], progress: Progress, work: Work): Promise<boolean> {
  const { scene } = work;
  const { command, reboot } = progress;
  if (!(await empty({ hosts, why: WHY, progress }, work))) return false;
  const isWell = await doPart(work, () => applyHosts(scene, { kind: 'maintain', hosts, command, reboot }, work));
  const done = [...progress.done, ...hosts].sort();
  return isWell && (await letIn(hosts, { ...progress, done }, work));
}

/** What fits nowhere else is known before anything is marked; what fails later leaves the hosts as they were marked. */
async function empty(wish: DrainWish & { readonly progress: Progress }, work: Work): Promise<boolean> {
  await planDrain(work.scene, wish);
  try {
    return await drain(wish, work);
  } catch (error) {
    await letIn(wish.hosts, wish.progress, work);
    throw error;
  }
}

/** Marks are taken away, or are again what they were; how far the maintenance is stands beside the last of them. */
async function letIn(hosts: readonly string[], progress: Progress, work: Work): Promise<boolean> {
  const { before } = progress;
  for (const host of hosts) {
    const mark = before[host];
    const intent = { kind: 'mark', hosts: [host], as: mark?.kind ?? 'none', why: mark?.why ?? '' } as const;
    const kept = host === hosts.at(-1) ? { ...intent, progress } : intent;
    if (!(await doPart(work, () => applyHosts(work.scene, kept, work)))) return false;
  }
  return true;
}

/** Marks that somebody else has set; those of this very maintenance, when it goes on, are known already. */
async function marksBefore(
  scene: HostsScene,
  hosts: readonly string[],
  { before }: Progress,
): Promise<Readonly<Record<string, HostMark>>> {
  const marks = marksOf(await observe(scene));
  return Object.fromEntries(
    hosts.flatMap((host): [string, HostMark][] => {
      const mark = marks.get(host);
      const isOurs = mark?.kind === 'drained' && mark.why === WHY;
      return mark === undefined || mark.kind === 'none' || isOurs || host in before ? [] : [[host, mark]];
    }),
  );
}

/** Once, at the end: a host that was emptied for the next one would only move the same replicas twice. */
async function shareOut(work: Work): Promise<boolean> {
  const { scene, terms, audience } = work;
  for (const app of appsOnRecord(await observe(scene))) {
    const change = { kind: 'rebalance', maxMoves: MOST_MOVES } as const;
    const isEven = await doPart(work, () =>
      applyIn(releaseScene(scene, app, change), { ...terms, isDecided: true }, audience),
    );
    if (!isEven) return false;
  }
  return true;
}

function observe({ inventory, shell, stages }: HostsScene): Promise<Observed> {
  return stages.observe(shell, inventory, []);
}

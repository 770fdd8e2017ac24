/** A host for each run of each due job: as many as it has replicas, or one on every host that it may run on. */
import type { FleetError } from '../../model/error.ts';
import type { Service } from '../../model/playbook.ts';
import type { JobRun } from '../context.ts';
import type { Desired } from '../desire/spec.ts';
import { eligibleHosts, type Vacancy, volumeHolders } from '../desire/vacancies.ts';
import { namesFor, type World } from '../desire/world.ts';
import { unplaceable } from './explain.ts';
import type { Refusal } from './filters.ts';
import { type Choice, place } from './place.ts';
import type { Schedule } from './planned.ts';

/** What jobs are placed for. */
export interface JobTask {
  readonly due: readonly Desired[];
  /** Where replicas will be: a job goes to the volume that it shares with one of them. */
  readonly planned: Schedule;
  readonly world: World;
  readonly release: number;
}

/** Places the runs; those of one job may run at the same time. */
export function placeJobs(task: JobTask): { runs: JobRun[]; problems: FleetError[] } {
  const runs: JobRun[] = [];
  const problems: FleetError[] = [];
  for (const desired of task.due) {
    const { service } = desired;
    const unplaced: number[] = [];
    let refusals: readonly Refusal[] = [];
    for (const vacancy of vacanciesOf(service, task.world)) {
      const choice = placeRun(desired, vacancy, task, runs);
      if (choice.kind === 'placed') {
        runs.push(runOf(desired, vacancy.slot, choice.host, task));
      } else {
        unplaced.push(vacancy.slot);
        refusals = choice.refusals;
      }
    }
    if (unplaced.length > 0) problems.push(unplaceable(service, unplaced, refusals, task.world.playbook.locations));
  }
  return { runs, problems };
}

function vacanciesOf(service: Service, world: World): Vacancy[] {
  if (service.mode === 'global') {
    return eligibleHosts(service, world).map(({ name }, index) => ({ slot: index + 1, pinned: name }));
  }
  return Array.from({ length: service.replicas }, (_, index) => ({ slot: index + 1 }));
}

function placeRun({ service, facts }: Desired, vacancy: Vacancy, task: JobTask, earlier: readonly JobRun[]): Choice {
  const holders = vacancy.pinned === undefined ? holdersFor(service, task, earlier) : [];
  const pinned = holders[(vacancy.slot - 1) % Math.max(1, holders.length)];
  const bound = pinned === undefined ? vacancy : { ...vacancy, pinned };
  return place({ service, ...bound, architectures: facts?.architectures ?? [] }, task.planned.books);
}

/** Hosts that hold its volumes; else the one where somebody who mounts one of them will run by this plan. */
function holdersFor(service: Service, { planned, world }: JobTask, earlier: readonly JobRun[]): string[] {
  const names = volumesOf(service);
  const holders = volumeHolders(service, world);
  if (names.length === 0 || holders.length > 0) return holders;
  const shares = world.playbook.services.filter((other) => volumesOf(other).some((one) => names.includes(one)));
  const sharing = new Set(shares.map(({ name }) => name));
  const starts = [...planned.waves.flatMap((wave) => wave.starts), ...earlier.map(({ start }) => start)];
  return starts
    .filter((start) => sharing.has(start.service))
    .map(({ host }) => host)
    .slice(0, 1);
}

function runOf(desired: Desired, slot: number, host: string, { world, release }: JobTask): JobRun {
  const service = desired.service.name;
  const replica = namesFor({ app: world.playbook.app, service, release }, world)(slot);
  return { desired, start: { service, slot, replica, host, address: '', ports: [] } };
}

function volumesOf({ mounts }: Service): string[] {
  return mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []));
}

/** The starts of one wave in the order of `depends_on`: each replica waits for what its service depends on, and for jobs. */
import type { Step } from '../../model/plan.ts';
import type { Dependency } from '../../model/playbook.ts';
import { type Context, desiredOf } from '../context.ts';
import { neededByJobs } from '../desire/jobs.ts';
import { once, pairwise } from '../pairwise.ts';
import type { Start } from '../place/planned.ts';
import { adoptStep, type Group, healthStep, jobStep, type Member, startStep } from './replicas.ts';
import { idsByHost, idsOf, NONE, needing, united } from './step.ts';

/** What must be done before the wave's starts. */
export interface Before {
  /** Everything of the preparation. */
  readonly base: readonly string[];
  /** Networks and volumes by host. */
  readonly ground: readonly Step[];
  /** Stops of blue replicas whose place is needed. */
  readonly before: readonly Step[];
  /** The opening cutover: new names work from here on. */
  readonly opening: readonly string[];
}

/** Start, adopt, job and health steps of one wave. Jobs belong to the first. */
export function startsOfWave(context: Context, starts: readonly Start[], wave: number, before: Before): Step[] {
  const adopted = wave === 1 ? adoptions(context) : [];
  const ground = idsByHost(before.ground);
  const stops = stopsBefore(context, before);
  const reasons = reasonsOf(context);
  const started = starts.map((start) => startStep(context, start, reasons(start)));
  const running = [...started, ...adopted];
  const health = groupsOf(running).map((group) => healthStep(context, group, { wave, after: before.opening }));
  const jobs =
    wave === 1
      ? context.jobs.map((job) =>
          needing(jobStep(context, job), before.base, ground.get(job.start.host) ?? [], before.opening),
        )
      : [];
  const ordering = new Ordering(context, running, health, jobs);
  const late = ordering.lateFor();
  // One list for all who wait for the same.
  const shared = pairwise((own: readonly string[], others: readonly string[]) => united(before.base, own, others));
  const ready = running.map((one, index) => {
    const start = starts[index];
    const own = start === undefined ? NONE : (ground.get(start.host) ?? NONE);
    const gone = start === undefined ? NONE : stops(start);
    const others = late(serviceOf(one));
    return { ...one, needs: gone.length === 0 ? shared(own, others) : united(before.base, own, gone, others) };
  });
  return [...ordering.jobs(), ...ready, ...health];
}

/** Of its own service, and of others on its host whose room it may need. */
function stopsBefore(context: Context, { before }: Before): (start: Start) => readonly string[] {
  const stops = before.filter(({ action }) => action.kind === 'stop');
  if (stops.length === 0) return () => NONE;
  return ({ service, host }) => {
    const { cpus, memoryBytes } = desiredOf(context, service).service.reservation;
    const isLarge = cpus + memoryBytes > 0;
    return idsOf(
      stops.filter(({ action, host: at }) => {
        return action.kind === 'stop' && (action.service === service || (isLarge && at === host));
      }),
    );
  };
}

function adoptions(context: Context): Step[] {
  return context.situations.flatMap(({ stays, unserved, resumed }) =>
    [...stays.filter(({ container }) => unserved.has(container.name)), ...resumed].map((existing) =>
      adoptStep(context, existing),
    ),
  );
}

/** All that start or are adopted, by service and host, in the order of their first. */
function groupsOf(running: readonly Step[]): Group[] {
  const groups: Group[] = [];
  const membersOf = pairwise((service: string, host: string): Member[] => {
    const members: Member[] = [];
    groups.push({ service, host, members });
    return members;
  });
  for (const one of running) {
    const { action, host } = one;
    if (action.kind !== 'start' && action.kind !== 'adopt') continue;
    membersOf(action.service, host).push({ replica: action.replica, step: one });
  }
  return groups;
}

function serviceOf({ action }: Step): string {
  return action.kind === 'start' || action.kind === 'adopt' || action.kind === 'health' || action.kind === 'job'
    ? action.service
    : '';
}

/** Says of a start why it is made. */
function reasonsOf(context: Context): (start: Start) => string {
  // The first blue of a slot is the one that is named.
  const blues = new Map(
    context.situations.map(({ blues: old, desired }) => {
      const names = [...old].reverse().map(({ container }) => [container.slot, container.name] as const);
      return [desired.service.name, new Map(names)] as const;
    }),
  );
  return ({ service, slot }) => {
    const blue = blues.get(service)?.get(slot);
    if (blue !== undefined) return `takes over from ${blue}`;
    return context.recorded?.specs[service] === undefined ? 'new service' : 'slot is empty';
  };
}

function idsByService(steps: readonly Step[]): ReadonlyMap<string, readonly string[]> {
  const services = new Map<string, string[]>();
  for (const one of steps) {
    const ids = services.get(serviceOf(one));
    if (ids === undefined) services.set(serviceOf(one), [one.id]);
    else ids.push(one.id);
  }
  return services;
}

/** Adds the needs that `depends_on` and jobs bring. */
class Ordering {
  private readonly context: Context;
  private readonly jobSteps: readonly Step[];
  /** By service. */
  private readonly ids: Readonly<Record<'running' | 'health' | 'jobs', ReadonlyMap<string, readonly string[]>>>;

  constructor(context: Context, running: readonly Step[], health: readonly Step[], jobSteps: readonly Step[]) {
    this.context = context;
    this.jobSteps = jobSteps;
    this.ids = { running: idsByService(running), health: idsByService(health), jobs: idsByService(jobSteps) };
  }

  jobs(): Step[] {
    return this.jobSteps.map((job) => needing(job, ...this.dependencies(serviceOf(job))));
  }

  /** What replicas of a service wait for. What a job depends on starts before it; all others start after every job. */
  lateFor(): (service: string) => readonly string[] {
    const { jobs, desired } = this.context;
    const early = neededByJobs(
      jobs.map((job) => job.desired),
      desired,
    );
    const late = idsOf(this.jobSteps);
    return once((service) => united(...this.dependencies(service), early.has(service) ? NONE : late));
  }

  private dependencies(service: string): (readonly string[])[] {
    return desiredOf(this.context, service).service.dependsOn.map((dependency) => this.idsFor(dependency));
  }

  private idsFor({ service, condition }: Dependency): readonly string[] {
    const steps =
      condition === 'completed' ? this.ids.jobs : condition === 'healthy' ? this.ids.health : this.ids.running;
    return steps.get(service) ?? [];
  }
}

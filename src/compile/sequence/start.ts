/** The starts of one wave in the order of `depends_on`: each replica waits for what its service depends on, and for jobs. */
import type { Step } from '../../model/plan.ts';
import type { Dependency } from '../../model/playbook.ts';
import { type Context, desiredOf } from '../context.ts';
import { neededByJobs } from '../desire/jobs.ts';
import type { Start } from '../place/waves.ts';
import { adoptStep, healthStep, jobStep, startStep } from './replicas.ts';
import { idsOf, needing } from './step.ts';

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
  const started = starts.map((start) => {
    return needing(startStep(context, start, reasonOf(context, start)), [
      ...before.base,
      ...groundOf(start.host, before),
      ...idsOf(stopsBefore(context, start, before)),
    ]);
  });
  const running = [...started, ...adopted.map((one) => needing(one, before.base))];
  const health = healthSteps(context, running, wave).map((one) => needing(one, before.opening));
  const jobs =
    wave === 1
      ? context.jobs.map((job) =>
          needing(jobStep(context, job), [...before.base, ...groundOf(job.start.host, before), ...before.opening]),
        )
      : [];
  const ordered = new Ordering(context, running, health, jobs);
  return [...ordered.jobs(), ...ordered.starts(), ...health];
}

/** Of its own service, and of others on its host whose room it may need. */
function stopsBefore(context: Context, { service, host }: Start, { before }: Before): Step[] {
  const { cpus, memoryBytes } = desiredOf(context, service).service.reservation;
  const isLarge = cpus + memoryBytes > 0;
  return before.filter(({ action, host: at }) => {
    return action.kind === 'stop' && (action.service === service || (isLarge && at === host));
  });
}

function groundOf(host: string, { ground }: Before): string[] {
  return idsOf(ground.filter((one) => one.host === host));
}

function adoptions(context: Context): Step[] {
  return context.situations.flatMap(({ stays, unserved, resumed }) =>
    [...stays.filter(({ container }) => unserved.has(container.name)), ...resumed].map((existing) =>
      adoptStep(context, existing),
    ),
  );
}

/** One health step per service and host, over all its replicas there that start in this wave. */
function healthSteps(context: Context, running: readonly Step[], wave: number): Step[] {
  const groups = new Map<string, Step[]>();
  for (const one of running) {
    const key = `${serviceOf(one)}@${one.host}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((members) => {
    const [first] = members;
    const replicas = members.map(({ action }) =>
      action.kind === 'start' || action.kind === 'adopt' ? action.replica : '',
    );
    const service = first === undefined ? '' : serviceOf(first);
    return needing(healthStep(context, { service, host: first?.host ?? '', wave }, replicas), idsOf(members));
  });
}

function serviceOf({ action }: Step): string {
  return action.kind === 'start' || action.kind === 'adopt' || action.kind === 'health' || action.kind === 'job'
    ? action.service
    : '';
}

function reasonOf(context: Context, { service, slot }: Start): string {
  const situation = context.situations.find(({ desired }) => desired.service.name === service);
  const blue = situation?.blues.find(({ container }) => container.slot === slot);
  if (blue !== undefined) return `takes over from ${blue.container.name}`;
  return context.recorded?.specs[service] === undefined ? 'new service' : 'slot is empty';
}

/** Adds the needs that `depends_on` and jobs bring. */
class Ordering {
  private readonly context: Context;
  private readonly running: readonly Step[];
  private readonly health: readonly Step[];
  private readonly jobSteps: readonly Step[];

  constructor(context: Context, running: readonly Step[], health: readonly Step[], jobSteps: readonly Step[]) {
    this.context = context;
    this.running = running;
    this.health = health;
    this.jobSteps = jobSteps;
  }

  jobs(): Step[] {
    return this.jobSteps.map((job) => needing(job, this.dependencies(serviceOf(job))));
  }

  /** A service that a job depends on starts before it; all others start after every job. */
  starts(): Step[] {
    const { jobs, desired } = this.context;
    const early = neededByJobs(
      jobs.map((job) => job.desired),
      desired,
    );
    const late = idsOf(this.jobSteps);
    return this.running.map((one) => {
      const service = serviceOf(one);
      return needing(one, [...this.dependencies(service), ...(early.has(service) ? [] : late)]);
    });
  }

  private dependencies(service: string): string[] {
    return desiredOf(this.context, service).service.dependsOn.flatMap((dependency) => this.idsFor(dependency));
  }

  private idsFor({ service, condition }: Dependency): string[] {
    const of = (steps: readonly Step[]): string[] => idsOf(steps.filter((one) => serviceOf(one) === service));
    if (condition === 'completed') return of(this.jobSteps);
    return condition === 'healthy' ? of(this.health) : of(this.running);
  }
}

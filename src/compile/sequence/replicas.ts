/** Starting replicas and jobs, and waiting until they are healthy. */

import { sha256 } from '../../model/digest.ts';
import { shortName } from '../../model/labels.ts';
import type { Command, ProbeTarget, RunCommand, Step } from '../../model/plan.ts';
import type { Healthcheck, Service } from '../../model/playbook.ts';
import { type Context, desiredOf, homeOf, type JobRun } from '../context.ts';
import { type Delivery, deliveriesOf, type Fed } from '../delivery.ts';
import { jobsLabel } from '../desire/jobs.ts';
import { isFromImage } from '../desire/ports.ts';
import type { Desired } from '../desire/spec.ts';
import type { Existing } from '../desire/world.ts';
import { type Instance, jobLines, removeLine, resumeLines, startLines } from '../docker.ts';
import { once } from '../pairwise.ts';
import type { Start } from '../place/planned.ts';
import { explain, waitLine } from './inspect.ts';
import { MINUTE, NONE, run, step } from './step.ts';

/** Time limit of a job. */
const JOB_MS = 30 * MINUTE;

/** Time that a replica without a health check has to answer on its ports. */
const ANSWER_MS = 60_000;

/** As long is waited for ports that only the image names and that nobody is known to need. */
const MAYBE_MS = 10_000;

/** And so long for a port that a file names beside others, once those answer. */
const SPARE = { ms: 5000 };

/** Starts a replica that is missing. */
export function startStep(context: Context, start: Start, reason: string): Step {
  const recipe = recipeOf(context, start.service);
  const lines = startLines(recipe.desired, instanceOf(context, start, recipe.jobs), recipe.deliveries);
  return step(
    `start ${shortName(start.replica)}@${start.host}`,
    start.host,
    { kind: 'start', service: start.service, replica: start.replica },
    reason,
    {
      commands: commandsOf(lines, 2 * MINUTE),
      undo: [run(removeLine(start.replica))],
      diagnose: explain(start.replica),
    },
  );
}

/**
 * Goes on with a replica that is there and serves nobody: created by a run which was cut off, ended, or not yet checked,
 * also since its host was away. Only what a run left half made is removed when the plan fails.
 */
export function adoptStep(context: Context, { container, host }: Existing): Step {
  const { service } = desiredOf(context, container.service);
  const isRepair = context.world.stance.ended === 'resumed' && container.state !== 'created';
  return step(
    `adopt ${shortName(container.name)}@${host}`,
    host,
    { kind: 'adopt', service: service.name, replica: container.name },
    isRepair ? 'checked before it serves again' : 'left by a run that did not finish',
    {
      commands: adoptCommands(context, container, service),
      undo: isRepair ? [] : [run(removeLine(container.name))],
      diagnose: explain(container.name),
    },
  );
}

function adoptCommands(context: Context, { name, state }: Existing['container'], service: Service): RunCommand[] {
  if (state === 'created') return commandsOf(resumeLines(name, deliveries(context, service)), MINUTE);
  return state === 'exited' ? commandsOf(resumeLines(name, []), MINUTE) : [];
}

/** A replica that is waited for, and the step that starts or adopts it: both have the same words to explain a failure. */
export interface Member {
  readonly replica: string;
  readonly step: Step;
}

/** The replicas of one service on one host that start or are adopted in one wave. */
export interface Group {
  readonly service: string;
  readonly host: string;
  readonly members: readonly Member[];
}

/**
 * Waits until the replicas of one service on one host are healthy by their own health check. In a repair they then stay,
 * whatever else fails: nobody looks at it as a whole, and what is healthy need not start again. It waits for the steps of
 * the group and for `after`.
 */
export function healthStep(
  context: Context,
  group: Group,
  { wave, after }: { readonly wave: number; readonly after: readonly string[] },
): Step {
  const { host, members } = group;
  const { service, facts } = desiredOf(context, group.service);
  const [form] = service.healthcheck?.test ?? [];
  const checked = form === undefined ? facts?.hasHealthcheck === true : form !== 'NONE';
  const sorted = [...members].sort((a, b) => (a.replica < b.replica ? -1 : 1));
  const names = sorted.map(({ replica }) => replica);
  return step(
    `health ${service.name}${wave === 1 ? '' : ` wave-${wave}`}@${host}`,
    host,
    { kind: 'health', service: service.name, replicas: names },
    checked ? 'healthy by its own health check' : 'runs and stays up',
    {
      needs: [...members.map((member) => member.step.id), ...after],
      commands: [
        run(waitLine(names, checked, service.ports.length > 0 && !isFromImage(service)), {
          timeoutMs: healthLimitMs(service),
        }),
      ],
      diagnose: explainAll(sorted),
      ...(context.intent.kind === 'heal' ? { checkpoint: true as const } : {}),
    },
  );
}

/** Most groups have one member, whose list it is. */
function explainAll(members: readonly Member[]): readonly string[] {
  const [first, ...others] = members.map((member) => member.step.diagnose);
  return first === undefined ? NONE : others.length === 0 ? first : [first, others].flat(2);
}

/** Runs a job to its end and removes it. */
export function jobStep(context: Context, { desired, start }: JobRun): Step {
  const instance = { ...instanceOf(context, start, ''), kind: 'job' } as const;
  const lines = jobLines(desired, instance, deliveries(context, desired.service));
  return step(
    `job ${shortName(start.replica)}@${start.host}`,
    start.host,
    { kind: 'job', service: start.service, replica: start.replica },
    'runs once before green starts',
    {
      commands: [...commandsOf(lines, JOB_MS), run(removeLine(start.replica))],
      undo: [run(removeLine(start.replica))],
      diagnose: explain(start.replica),
    },
  );
}

/** Asks each port of a replica of the service from one router host: the very path that traffic will take. */
export function probeTargets(
  context: Context,
  name: string,
): (start: Pick<Start, 'replica' | 'address' | 'ports'>) => ProbeTarget[] {
  const { service } = desiredOf(context, name);
  const ms = isFromImage(service) ? patienceMs(context, service.name) : undefined;
  const spare = sparePorts(service);
  const httpOf = once((port: number) => httpProbe(service, port));
  return ({ replica, address, ports }) => {
    const maybe = ms === undefined ? {} : { maybe: { group: replica, ms } };
    return ports
      .filter(({ protocol }) => protocol !== 'udp')
      .map(({ port, hostPort }) => {
        const beside = spare.size === 0 ? {} : { beside: { group: replica, ...(spare.has(port) ? SPARE : {}) } };
        return { name: `${shortName(replica)}:${port}`, address, port: hostPort, ...maybe, ...beside, ...httpOf(port) };
      });
  };
}

/** Only what an ingress asks for is asked; else a connection is enough. */
function httpProbe(service: Service, port: number): Pick<ProbeTarget, 'http'> {
  const probed = service.ingress.find((ingress) => ingress.port === port && ingress.probe !== undefined);
  if (probed?.probe === undefined) return {};
  const host = probed.host === undefined ? {} : { host: probed.host };
  return { http: { path: probed.probe, tls: false, status: [200, 399], ...host } };
}

/**
 * Ports that need not answer when others do: many files name ports that their programs open on request only, such as
 * a debugger's, or never. What the world reaches must answer.
 */
function sparePorts(service: Service): ReadonlySet<number> {
  if (isFromImage(service) || service.ports.length < 2) return new Set();
  const open = new Set([...service.published.map(({ target }) => target), ...service.ingress.map(({ port }) => port)]);
  return new Set(service.ports.map(({ port }) => port).filter((port) => !open.has(port)));
}

/** When another service names it, something listens there and is worth waiting for. */
function patienceMs({ world }: Context, name: string): number {
  const isNamed = world.playbook.services.some(({ dependsOn, links = [] }) =>
    [...dependsOn, ...links].some(({ service }) => service === name),
  );
  return isNamed ? ANSWER_MS : MAYBE_MS;
}

/** What a router asks, of which replicas. */
export interface Questions {
  readonly targets: readonly ProbeTarget[];
  readonly replicas: readonly string[];
}

/** The probe of one router host over new replicas. */
export function probeStep(host: string, cutover: string, { targets, replicas }: Questions): Step {
  const command: Command = {
    kind: 'probe',
    targets,
    attemptMs: 3000,
    intervalMs: 250,
    timeoutMs: ANSWER_MS,
    monitorMs: 0,
    maxFailureRatio: 0,
  };
  return step(
    `probe ${cutover}@${host}`,
    host,
    { kind: 'probe', replicas },
    'this router must reach every new replica',
    {
      commands: [command],
      diagnose: [],
    },
  );
}

/** What all replicas of a service have in common. */
interface Recipe {
  readonly desired: Desired;
  readonly deliveries: readonly Delivery[];
  /** See `jobsLabel`. */
  readonly jobs: string;
}

/** Made once for each service of a plan. */
const recipes = new WeakMap<Context, (service: string) => Recipe>();

function recipeOf(context: Context, service: string): Recipe {
  const recipe = recipes.get(context) ?? once((name: string) => makeRecipe(context, name));
  recipes.set(context, recipe);
  return recipe(service);
}

function makeRecipe(context: Context, service: string): Recipe {
  const desired = desiredOf(context, service);
  return {
    desired,
    deliveries: deliveries(context, desired.service),
    jobs: jobsLabel(service, context.desired),
  };
}

function deliveries(context: Context, service: Service): Delivery[] {
  return deliveriesOf(service, context.world.playbook, (config) => configKey(context, config));
}

function commandsOf(lines: readonly Fed[], timeoutMs: number): RunCommand[] {
  return lines.map(({ line: text, stdin }) => run(text, { stdin, timeoutMs }));
}

/** Key of a config's content in `Plan.files`. */
function configKey(context: Context, config: string): string {
  return sha256(context.world.playbook.configs[config] ?? '');
}

function instanceOf(context: Context, start: Start, jobs: string): Instance {
  return {
    name: start.replica,
    app: context.app,
    slot: start.slot,
    release: context.release,
    kind: 'replica',
    address: start.address,
    home: homeOf(context.world, start.host),
    ports: start.ports,
    jobs,
  };
}

/** Numbers that are left to the image are Docker's own, as far as fleet knows. */
function withDefaults({ intervalMs, timeoutMs, retries, ...check }: Healthcheck): Healthcheck {
  return { ...check, intervalMs: intervalMs || 30_000, timeoutMs: timeoutMs || 30_000, retries: retries || 3 };
}

/** How long Docker itself may take to call a container unhealthy, and half a minute for slow machines. */
function healthLimitMs({ healthcheck }: Service): number {
  if (healthcheck === undefined) return 90_000;
  const { intervalMs, timeoutMs, retries, startPeriodMs } = withDefaults(healthcheck);
  return startPeriodMs + (intervalMs + timeoutMs) * (retries + 1) + 30_000;
}

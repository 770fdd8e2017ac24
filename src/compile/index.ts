/** compile: inventory + playbook + what is observed + what is asked for -> the plan. Pure; this is where the thinking is. */
import { sha256 } from '../model/digest.ts';
import type { FleetError } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Observed } from '../model/observed.ts';
import type { Intent, Plan, Step } from '../model/plan.ts';
import type { Playbook, Service } from '../model/playbook.ts';
import type { Assumption } from '../model/what-if.ts';
import { placementsOf, routerChanges, serviceChanges } from './changes.ts';
import { problemsOf, quorum, withoutAddress } from './checks.ts';
import { type Context, keepersOf, type PlanParts } from './context.ts';
import { allocate } from './desire/addresses.ts';
import { reachOf } from './desire/networks.ts';
import { withImagePorts, withWebPort } from './desire/ports.ts';
import { dueJobs, numbersOf } from './desire/release.ts';
import { frozen, selectedServices } from './desire/selection.ts';
import { type Existing, existingContainers, keyOf, servingKeys, situationOf, type World } from './desire/situation.ts';
import { desire } from './desire/spec.ts';
import { planDigest } from './digest.ts';
import { placeJobs } from './place/jobs.ts';
import { roomOf } from './place/room.ts';
import { type Schedule, schedule } from './place/waves.ts';
import { removal } from './removal.ts';
import { carriedIn } from './sequence/carry.ts';
import { moments } from './sequence/moments.ts';
import { sequence } from './sequence/sequence.ts';
import { warningsOf } from './warnings.ts';
import { assume, type Reality, supposed, whatIfOf } from './what-if.ts';

/** All that a plan depends on. */
export interface Question {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
  readonly intent: Intent;
  /** What is taken as so, for a what-if. Absent or empty: nothing, and the plan is one to carry out. */
  readonly assumptions?: readonly Assumption[];
}

/** A plan, or every reason why there is none. */
export type Compiled =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly FleetError[] };

/** Compiles. Equal questions give byte-identical plans, whatever the order of their lists and keys. */
export function compile(question: Question): Compiled {
  const { intent, assumptions = [] } = question;
  const real = worldOf(question);
  const assumed = assume(question, assumptions);
  const world = assumed === question ? real : worldOf(assumed);
  // Whether enough hosts answer is a matter of what is so.
  const problems = [...quorum(real), ...problemsOf(world, intent.kind)];
  const compiled: Compiled = problems.length > 0 ? { ok: false, problems } : compileIntent(question, world);
  if (compiled.ok) return compiled;
  return { ok: false, problems: compiled.problems.map((problem) => supposed(problem, assumptions)) };
}

function compileIntent(question: Question, world: World): Compiled {
  const { intent } = question;
  if (intent.kind === 'remove') return { ok: true, plan: finish(world, intent, removal(world, intent.volumes)) };
  return compileChange(question, intent, world);
}

function compileChange(question: Question, intent: Exclude<Intent, { kind: 'remove' }>, world: World): Compiled {
  const { assumptions = [] } = question;
  const named = intent.kind === 'deploy' ? intent.services : [];
  const { app } = world.playbook;
  const addressees = world.playbook.services.map((one) => ({ name: one.name, reach: reachOf(one, world.playbook) }));
  const addresses = allocate(app, addressees, world.inventory, world.observed);
  const none = withoutAddress(world, addresses);
  if (none.length > 0) return { ok: false, problems: none };
  const selected = selectedServices(named, world);
  const all = desire(world.playbook, addresses, world.observed.images);
  const desired = all.flatMap((one) => (selected.has(one.service.name) ? one : (frozen(one, world) ?? [])));
  const replicated = desired.filter(({ service }) => service.job === undefined);
  const situations = replicated.map((one) => situationOf(one, world, selected.has(one.service.name)));
  const numbers = numbersOf(app, world.observed, desired, situations);
  const orphans = orphansOf(world);
  const due = dueJobs(desired, numbers.recorded, selected);
  const task = { situations, world, release: numbers.release, jobs: due.map(({ service }) => service) };
  const planned = withOrphans(schedule(task), orphans.blues);
  const jobs = placeJobs({ due, planned, world, release: numbers.release });
  const problems = [...planned.problems, ...jobs.problems];
  // A what-if goes on: what fits nowhere is a part of its answer.
  if (problems.length > 0 && assumptions.length === 0) return { ok: false, problems };
  const context: Context = {
    world,
    app,
    ...numbers,
    desired,
    isPartial: named.length > 0,
    situations,
    schedule: planned,
    jobs: jobs.runs,
    keepers: keepersOf(world.inventory).filter((keeper) => world.up.includes(keeper)),
  };
  const leftovers = [...situations.flatMap((situation) => situation.leftovers), ...orphans.leftovers];
  const cutovers = moments(context);
  const steps = sequence(context, { cutovers, leftovers, record: numbers.isNew });
  const plan = finish(world, intent, {
    release: steps.length === 0 ? numbers.previous : numbers.release,
    previous: numbers.previous,
    services: serviceChanges(context, [...orphans.blues, ...orphans.leftovers]),
    placements: placementsOf(context),
    vips: Object.fromEntries(
      desired.filter(({ service }) => service.ports.length > 0).map((one) => [one.service.name, one.addresses.vip]),
    ),
    routers: routerChanges(cutovers),
    room: roomOf(situations, planned),
    warnings: warningsOf(context),
    steps,
    files: filesOf(world.playbook),
    carried: world.playbook.carried,
    ...(assumptions.length === 0
      ? {}
      : {
          whatIf: whatIfOf({
            reality: question,
            assumptions,
            situations,
            candidates: planned.candidates,
            problems,
          }),
        }),
  });
  return { ok: true, plan };
}

function worldOf({ inventory, playbook, observed }: Reality): World {
  const hosts = [...inventory.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const services = playbook.services
    .map((service) => withWebPort(withImagePorts(withVolumeNames(service, playbook), playbook.app, observed)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const up = hosts.filter(({ name }) => observed.hosts[name]?.reachable === true);
  return { inventory: { ...inventory, hosts }, playbook: { ...playbook, services }, observed, up };
}

/** Mounts name volumes by their key in the file; hosts know them by their name in Docker. */
function withVolumeNames(service: Service, { volumes }: Playbook): Service {
  const mounts = service.mounts.map((mount) =>
    mount.kind === 'volume' ? { ...mount, volume: volumes[mount.volume] ?? mount.volume } : mount,
  );
  return { ...service, mounts };
}

/** Containers of services that the playbook no longer has, and containers of jobs that never ended. */
function orphansOf(world: World): { blues: Existing[]; leftovers: Existing[] } {
  const replicated = new Set(world.playbook.services.filter(({ job }) => job === undefined).map(({ name }) => name));
  const serving = servingKeys(world.playbook.app, world.observed);
  const orphans = existingContainers(world.playbook.app, world.observed).filter(
    ({ container }) => !replicated.has(container.service),
  );
  const isBlue = (existing: Existing): boolean =>
    existing.container.kind === 'replica' && (serving.has(keyOf(existing)) || existing.container.state === 'running');
  return { blues: orphans.filter(isBlue), leftovers: orphans.filter((existing) => !isBlue(existing)) };
}

/** Orphans leave with the last wave. */
function withOrphans(planned: Schedule, orphans: readonly Existing[]): Schedule {
  if (orphans.length === 0) return planned;
  const last = planned.waves.at(-1) ?? { starts: [], before: [], after: [], holdMs: 0 };
  return { ...planned, waves: [...planned.waves.slice(0, -1), { ...last, after: [...last.after, ...orphans] }] };
}

function filesOf(playbook: Playbook): Record<string, string> {
  return Object.fromEntries(Object.values(playbook.configs).map((content) => [sha256(content), content]));
}

function finish(world: World, intent: Intent, parts: PlanParts): Plan {
  const keepers = keepersOf(world.inventory).map(({ name }) => name);
  const used = usedFiles(parts.steps);
  const files = Object.fromEntries(
    Object.entries(parts.files)
      .filter(([key]) => used.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const { room, warnings, carried, ...rest } = parts;
  const body = {
    version: 1 as const,
    app: world.playbook.app,
    fleet: world.inventory.name,
    intent,
    hosts: world.up.length,
    edges: world.up.filter(({ roles }) => roles.includes('edge')).length,
    keepers,
    ...rest,
    files,
  };
  // Steps name what is carried by its digest.
  return { ...body, digest: planDigest(body), carried: carriedIn(parts.steps, carried), room, warnings };
}

function usedFiles(steps: readonly Step[]): Set<string> {
  const used = new Set<string>();
  for (const { commands } of steps) {
    for (const command of commands) {
      if (command.kind !== 'run' || command.stdin?.kind !== 'archive') continue;
      for (const { content } of command.stdin.entries) if (content.kind === 'file') used.add(content.digest);
    }
  }
  return used;
}

export { keepersOf } from './context.ts';
export { assumeEmpty } from './offline.ts';

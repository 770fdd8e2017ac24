/** A change of an app, from what is asked and what is there to the parts of a plan: the compiler's table of contents. */
import { sha256 } from '../model/digest.ts';
import type { FleetError } from '../model/error.ts';
import type { Intent, Warning } from '../model/plan.ts';
import type { Playbook } from '../model/playbook.ts';
import { isRemoval, type ReleaseBody } from '../model/release.ts';
import { placementsOf, routerChanges, serviceChanges } from './changes.ts';
import { withoutAddress } from './checks.ts';
import type { Compiled } from './compiled.ts';
import { type Context, indexed, keepersOf, sitesOf } from './context.ts';
import { allocate } from './desire/addresses.ts';
import { warmOf } from './desire/make-world.ts';
import { reachOf } from './desire/networks.ts';
import { dueJobs, lastRecord, type Numbers, numbersOf, playbookDigest, withoutLocations } from './desire/release.ts';
import { frozen, selectedServices } from './desire/selection.ts';

import { type Situation, situationOf } from './desire/situation.ts';
import { type Desired, desire } from './desire/spec.ts';
import { isLed, servingOf } from './desire/traffic.ts';
import { type Existing, existingContainers, type World } from './desire/world.ts';
import { finish } from './finish.ts';
import { booksOf, crowdedOut } from './place/candidates.ts';
import { placeJobs } from './place/jobs.ts';
import type { Schedule } from './place/planned.ts';
import { type Move, rebalanceMoves } from './place/rebalance/rebalance.ts';
import { roomOf } from './place/room.ts';
import { schedule } from './place/schedule.ts';
import type { Posed } from './question.ts';
import { moments } from './sequence/moments.ts';
import { sequence } from './sequence/sequence.ts';
import { warningsOf } from './warnings.ts';
import { whatIfOf } from './what-if.ts';

/** What is to be changed. */
export interface Change {
  readonly real: Posed;
  /** The question's world, with what is taken as so. */
  readonly world: World;
  readonly intent: Exclude<Intent, { kind: 'remove' }>;
}

/** The plan of a deploy, repair, scale, rollback, drain or rebalance. */
export function compileChange(change: Change): Compiled {
  const { real, intent } = change;
  const { assumptions = [] } = real;
  const { app } = change.world.playbook;
  const world = { ...change.world, warm: warmOf(lastRecord(app, change.world.observed), real.now) };
  const addressees = world.playbook.services.map((one) => ({ name: one.name, reach: reachOf(one, world.playbook) }));
  const addresses = allocate(app, addressees, world.inventory, world.observed);
  const none = withoutAddress(world, addresses);
  if (none.length > 0) return { ok: false, problems: none };
  const named = intent.kind === 'deploy' ? intent.services : [];
  const selected = selectedServices(named, world);
  const all = desire(world.playbook, addresses, world.observed.images, real.judged);
  const desired = all.flatMap((one) => (selected.has(one.service.name) ? one : (frozen(one, world) ?? [])));
  const body = bodyOf(real, world);
  const digest = digestFor(real, body);
  const judged = judge(real.intent, world, { desired, selected, digest });
  const { numbers, situations } = judged;
  const orphans = orphansOf(judged.world);
  const due = dueJobs(desired, numbers.recorded, selected);
  const task = { situations, world: judged.world, release: numbers.release, jobs: due.map(({ service }) => service) };
  const planned = withOrphans(schedule(task), orphans.blues);
  const jobs = placeJobs({ due, planned, world: judged.world, release: numbers.release });
  const problems = [...planned.problems, ...jobs.problems];
  // A what-if goes on: what fits nowhere is a part of its answer. So does a repair, which does what can be done.
  const isOpen = assumptions.length > 0 || judged.world.stance.misfits === 'reported';
  if (problems.length > 0 && !isOpen) return { ok: false, problems };
  const context: Context = {
    world: judged.world,
    sites: sitesOf(judged.world),
    app,
    intent,
    ...numbers,
    ...indexed(desired, planned, jobs.runs),
    isPartial: named.length > 0,
    situations,
    keepers: keepersOf(world.inventory).filter((keeper) => world.up.includes(keeper)),
    replicas: real.replicas,
    scaled: real.scaled,
    ...(digest === undefined ? {} : { body: digest }),
  };
  const leftovers = [...situations.flatMap((situation) => situation.leftovers), ...orphans.leftovers];
  const cutovers = moments(context);
  const steps = sequence(context, { cutovers, leftovers });
  const plan = finish(judged.world, intent, {
    release: steps.length === 0 ? numbers.previous : numbers.release,
    previous: numbers.previous,
    services: serviceChanges(context, [...orphans.blues, ...orphans.leftovers]),
    placements: placementsOf(context),
    vips: vipsOf(desired),
    routers: routerChanges(cutovers),
    room: roomOf(situations, planned),
    warnings: [...warningsOf(context), ...misfitWarnings(judged.world, problems)],
    steps,
    files: filesOf(world.playbook),
    carried: world.playbook.carried,
    ...(body === undefined ? {} : { body }),
    ...(assumptions.length === 0
      ? {}
      : { whatIf: whatIfOf({ reality: real, assumptions, situations, books: planned.books, problems }) }),
  });
  return { ok: true, plan };
}

interface Judged {
  readonly world: World;
  readonly situations: readonly Situation[];
  readonly numbers: Numbers;
}

/** What is judged. */
interface Case {
  readonly desired: readonly Desired[];
  readonly selected: ReadonlySet<string>;
  readonly digest: string | undefined;
}

/** What the release before left warm is kept by repairs only: a new release makes its own way back. */
function judge(intent: Intent, world: World, asked: Case): Judged {
  const { desired, selected, digest } = asked;
  const { app } = world.playbook;
  const serving = servingOf(app, world.observed);
  const replicated = desired.filter(({ service }) => service.job === undefined);
  const situations = replicated.map((one) => situationOf(one, world, serving, selected.has(one.service.name)));
  const numbers = numbersOf({ app, observed: world.observed, desired, situations, digest });
  if (numbers.isNew && world.warm.size > 0) return judge(intent, { ...world, warm: new Set() }, asked);
  const crowded = crowdedOut(world, situations);
  if (crowded.length > 0) return judge(intent, { ...world, crowded: new Set([...world.crowded, ...crowded]) }, asked);
  const moves = intent.kind === 'rebalance' && world.moves.size === 0 ? movesFor(intent, world, situations) : [];
  if (moves.length === 0) return { world, situations, numbers };
  const targets = new Map(moves.map(({ service, slot, to }): [string, string] => [`${service}.${slot}`, to]));
  return judge(intent, { ...world, moves: targets }, asked);
}

function movesFor({ maxMoves }: { readonly maxMoves: number }, world: World, situations: readonly Situation[]): Move[] {
  return rebalanceMoves(situations, booksOf(world, situations), maxMoves);
}

/** With all numbers, since nobody sees the error that a deploy would end with. */
function misfitWarnings({ stance }: World, problems: readonly FleetError[]): Warning[] {
  if (stance.misfits === 'refused') return [];
  return problems.map(({ message, expected, notes, hint }) => ({
    code: 'W_UNPLACED',
    message: [message, expected, ...notes, hint].filter((text) => text !== undefined).join('; '),
  }));
}

/** SHA-256 of the playbook that is recorded. That of a release stands in its record, against which its body was held. */
function digestFor({ settled }: Posed, body: ReleaseBody | undefined): string | undefined {
  if (body === undefined) return undefined;
  return settled?.record.body ?? playbookDigest(body.playbook);
}

/** Undefined when nobody knows how services that are not touched were declared. */
function bodyOf(
  { settled, declared: playbook, pins, base, intent, observed }: Posed,
  world: World,
): ReleaseBody | undefined {
  if (settled !== undefined) return settled.body;
  const isPartial = intent.kind === 'deploy' && intent.services.length > 0;
  const last = lastRecord(playbook.app, observed);
  if (isPartial && base === undefined && last !== undefined && !isRemoval(last)) return undefined;
  const used = new Set([world.inventory.network.routerImage, ...playbook.services.map(({ image }) => image)]);
  const images = Object.entries(observed.images).filter(([name]) => used.has(name));
  return {
    version: 1,
    playbook: withoutLocations(playbook),
    images: Object.fromEntries(images.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
  };
}

/** Containers of services that the playbook no longer has, and containers of jobs that never ended. */
function orphansOf(world: World): { blues: Existing[]; leftovers: Existing[] } {
  const replicated = new Set(world.playbook.services.filter(({ job }) => job === undefined).map(({ name }) => name));
  const serving = servingOf(world.playbook.app, world.observed);
  const orphans = existingContainers(world.playbook.app, world.observed).filter(
    ({ container }) => !replicated.has(container.service),
  );
  const isBlue = (existing: Existing): boolean =>
    existing.container.kind === 'replica' && (isLed(serving, existing) || existing.container.state === 'running');
  return { blues: orphans.filter(isBlue), leftovers: orphans.filter((existing) => !isBlue(existing)) };
}

/** Orphans leave with the last wave. */
function withOrphans(planned: Schedule, orphans: readonly Existing[]): Schedule {
  if (orphans.length === 0) return planned;
  const last = planned.waves.at(-1) ?? { starts: [], before: [], after: [], holdMs: 0 };
  return { ...planned, waves: [...planned.waves.slice(0, -1), { ...last, after: [...last.after, ...orphans] }] };
}

function vipsOf(desired: readonly Desired[]): Record<string, string> {
  const reached = desired.filter(({ service }) => service.ports.length > 0);
  return Object.fromEntries(reached.map((one) => [one.service.name, one.addresses.vip]));
}

function filesOf(playbook: Playbook): Record<string, string> {
  return Object.fromEntries(Object.values(playbook.configs).map((content) => [sha256(content), content]));
}

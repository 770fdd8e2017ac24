/**
 * The order of everything: the only file that knows how blue becomes green.
 *
 *     pull ─▶ router, ground ─▶ [opening cutover] ─▶ jobs ─▶ start green ─▶ health ─▶ probe ─┐
 *     per wave:  stop before ─▶ start … probe ─▶ lay ─▶ switch ─▶ confirm ─▶ verify ─▶ drain ─▶ stop after
 *     last:      commit ─▶ record, drain ─▶ stop and remove blue
 *
 * Until the commit every step can be taken back, needers first; after it the new release serves and nothing is undone.
 */
import type { ProbeTarget, Step } from '../../model/plan.ts';
import type { Context, Site } from '../context.ts';
import type { Existing } from '../desire/world.ts';
import { once } from '../pairwise.ts';
import type { Wave } from '../place/planned.ts';
import { sharesOf } from './askers.ts';
import { leavingBlues } from './bake.ts';
import { carries, carrySweeps } from './carry.ts';
import { type CutoverSteps, cutoverSteps, drainStep, NO_CUTOVER, tidyStep } from './cutover.ts';
import { networkSweeps, recordDue, recordSteps, removeStep, stopStep, sweepStep } from './finish.ts';
import type { Moment } from './moments.ts';
import { grounds, pulls, routers } from './prepare.ts';
import { imageSweeps, recordSweeps, roomSweeps } from './prune.ts';
import { probeStep, probeTargets, type Questions } from './replicas.ts';
import { startsOfWave } from './start.ts';
import { gate, idsByHost, idsOf, NONE, needing, needsFirst, settled, step } from './step.ts';
import { verifySteps } from './verify.ts';

/** What the order is made for, beside the context. */
export interface Due {
  readonly cutovers: readonly Moment[];
  readonly leftovers: readonly Existing[];
}

/** All steps in an order that respects their needs; none when nothing changes. */
export function sequence(context: Context, { cutovers, leftovers }: Due): Step[] {
  const sweeps = sweepSteps(context, leftovers);
  const wanted = pulls(context);
  const room = roomSweeps(context, wanted);
  const roomOn = idsByHost(room);
  const pulled = room.length === 0 ? wanted : wanted.map((pull) => needing(pull, roomOn.get(pull.host) ?? NONE));
  const laid = routers(context, pulled);
  const steady = gateOver(context, 'routers', 'every host has its router', laid);
  const ground = [...grounds(context), ...carries(context)];
  const opening = openingSteps(context, cutovers, { laid: steady, sweeps });
  const prepared = gateOver(context, 'prepared', 'images are where they are needed, leftovers are gone', [
    ...sweeps,
    ...pulled,
  ]);
  const before: Base = { all: idsOf(prepared), ground, routers: idsOf(steady) };
  const waves = waveSteps(context, cutovers, before, opening);
  const first = [...sweeps, ...room, ...pulled, ...prepared, ...laid, ...steady, ...ground];
  const change = [...first, ...all(opening), ...waves.steps];
  const last = finalSteps(context, cutovers, waves, 'commit');
  const over = ['commit', ...idsOf(last)];
  const going = [...leftovers, ...waves.stopped, ...leavingBlues(context)];
  const end = [...last, ...networkSweeps(context, over), ...carrySweeps(context, going, over)];
  if (change.length + end.length + recordDue(context).length === 0) return [];
  const commit = step('commit', firstKeeper(context), { kind: 'commit' }, 'from here on the new release serves', {
    needs: idsOf(change.filter(({ action }) => action.kind !== 'drain')),
  });
  const record = recordSteps(context, [commit.id]);
  const pruned = [...imageSweeps(context, wanted, over), ...recordSweeps(context, idsOf(record))];
  const steps = needsFirst([...change, commit, ...record, ...end, ...pruned]);
  return pauses(context) ? steps.map(settled) : steps;
}

interface WaveSteps {
  readonly steps: readonly Step[];
  /** Blue replicas that are stopped but still there, to be removed after the commit. */
  readonly stopped: readonly Existing[];
}

/** What stands before the waves. */
interface Base {
  /** Everywhere, before anything starts: images are on their hosts, leftovers are gone. */
  readonly all: readonly string[];
  /** Networks and volumes: only the replicas of the same host wait for them. */
  readonly ground: readonly Step[];
  readonly routers: readonly string[];
}

function sweepSteps(context: Context, leftovers: readonly Existing[]): Step[] {
  const live = leftovers.filter(({ container }) => container.state !== 'exited' && container.state !== 'dead');
  // A leftover may still get requests from workers of a switch that was taken back: those must be gone first.
  const drains =
    live.length === 0
      ? []
      : context.sites
          .filter(({ report }) => report.router.container?.running === true)
          .map((site) => drainStep(context, site, 'leftovers', [], []));
  const drained = gateOver(context, 'drained leftovers', DRAINED, drains);
  return [...drains, ...drained, ...leftovers.map((existing) => sweepStep(context, existing, idsOf(drained)))];
}

/** No router is switched before a singleton that is surplus has gone. */
function openingSteps(
  context: Context,
  cutovers: readonly Moment[],
  { laid, sweeps }: { readonly laid: readonly Step[]; readonly sweeps: readonly Step[] },
): CutoverSteps {
  const moment = cutovers.find(({ wave }) => wave === 0);
  if (moment === undefined) return NO_CUTOVER;
  return cutoverSteps(context, moment, 'opening', idsOf(sweeps), idsOf(laid));
}

function waveSteps(context: Context, cutovers: readonly Moment[], base: Base, opening: CutoverSteps): WaveSteps {
  const steps: Step[] = [];
  const stopped: Existing[][] = [];
  const count = Math.max(1, context.schedule.waves.length);
  let passed: readonly string[] = [];
  for (let number = 1; number <= count; number++) {
    const wave = context.schedule.waves[number - 1] ?? { starts: [], before: [], after: [], holdMs: 0 };
    const label = `cutover-${number}`;
    const out = number === 1 && wave.before.length > 0 ? outOfUse(context, opening) : [];
    const before = wave.before.map((existing) =>
      stopStep(context, existing, [...base.all, ...passed, ...opening.switched, ...idsOf(out)], true),
    );
    const started = startsOfWave(context, wave.starts, number, {
      base: [...base.all, ...passed],
      ground: base.ground,
      before,
      opening: opening.switched,
    });
    const ran = gateOver(context, `healthy wave-${number}`, 'all of the wave run and are healthy', started);
    const probes = probeSteps(context, wave.starts, number, label, idsOf(ran));
    const moment = cutovers.find((one) => one.wave === number);
    const ready = idsOf([...before, ...ran, ...probes]);
    const cut =
      moment === undefined
        ? NO_CUTOVER
        : cutoverSteps(
            context,
            moment,
            label,
            [...base.all, ...passed, ...ready, ...opening.switched],
            [...base.routers, ...passed, ...opening.switched],
          );
    const verify = moment === undefined ? [] : verifySteps(context, number, label, cut.switched);
    for (const one of [...out, ...before, ...started, ...ran, ...probes, ...all(cut), ...verify]) steps.push(one);
    stopped.push([...wave.before]);
    passed = [...(moment === undefined ? ready : cut.switched), ...idsOf(verify)];
    if (number === count) break;
    const leaving = [...wave.after, ...(context.schedule.waves[number]?.before ?? [])];
    const between = betweenWaves(context, { ...wave, leaving: leaving.length > 0 }, label, passed);
    const over = gateOver(context, `over wave-${number}`, 'the wave is in, its blue is gone', between);
    steps.push(...between, ...over);
    stopped.push([...wave.after]);
    if (over.length > 0) passed = idsOf(over);
  }
  return { steps, stopped: stopped.flat() };
}

/**
 * A pause, then blue of a wave that is not the last leaves: drained, stopped, and kept until the commit. Blue that stops
 * before the next wave's starts is out of the routers since this wave's cutover, so it waits for the same drain.
 */
function betweenWaves(
  context: Context,
  { after, holdMs, leaving }: Wave & { readonly leaving: boolean },
  label: string,
  passed: readonly string[],
): Step[] {
  const hold =
    holdMs === 0
      ? []
      : [
          step(`hold ${label}`, firstKeeper(context), { kind: 'hold', ms: holdMs }, 'as the rollout says', {
            needs: passed,
            commands: [{ kind: 'hold', ms: holdMs }],
          }),
        ];
  if (!leaving) return hold;
  const drains = context.sites.map((site) => drainStep(context, site, label, [...passed, ...idsOf(hold)], []));
  const drained = gateOver(context, `drained ${label}`, DRAINED, drains);
  const stops = after.map((existing) => stopStep(context, existing, idsOf(drained), true));
  return [...hold, ...drains, ...drained, ...stops];
}

/** Replicas that the opening took out of the routers may stop only when no old worker knows them. */
function outOfUse(context: Context, opening: CutoverSteps): Step[] {
  if (opening.confirm.length === 0) return [];
  const drains = context.sites.map((site) => drainStep(context, site, 'opening', opening.switched, []));
  return [...drains, ...gateOver(context, 'drained opening', DRAINED, drains)];
}

function probeSteps(
  context: Context,
  starts: Context['schedule']['waves'][number]['starts'],
  number: number,
  label: string,
  needs: readonly string[],
): Step[] {
  const adopted = number === 1 ? unserved(context) : [];
  const fresh = [...starts, ...adopted];
  const targetsOf = once((service: string) => probeTargets(context, service));
  const asked = fresh.map((start) => ({ replica: start.replica, targets: targetsOf(start.service)(start) }));
  if (asked.every(({ targets }) => targets.length === 0)) return [];
  const shares = sharesOf(context.sites.length, asked);
  // Where all ask all there is one list for all hosts: a plan has as many of these steps as hosts.
  const whole = questionsOf(asked);
  return context.sites.map(({ host }, index) => {
    const share = shares[index] ?? asked;
    if (share === asked) return { ...probeStep(host.name, label, whole), needs };
    const reason = 'this router must reach its share of the new replicas';
    return { ...probeStep(host.name, label, questionsOf(share)), reason, needs };
  });
}

function questionsOf(asked: readonly Asked[]): Questions {
  return { targets: asked.flatMap(({ targets }) => targets), replicas: asked.map(({ replica }) => replica) };
}

interface Asked {
  readonly replica: string;
  readonly targets: readonly ProbeTarget[];
}

/** Replicas that run with the right spec but get no traffic yet. */
function unserved(
  context: Context,
): { service: string; replica: string; address: string; ports: Existing['container']['ports'] }[] {
  return context.situations.flatMap(({ stays, unserved: names, resumed }) =>
    [...stays.filter(({ container }) => names.has(container.name)), ...resumed].map(({ container, host }) => ({
      service: container.service,
      replica: container.name,
      address: context.world.present.hosts.get(host)?.private ?? '',
      ports: container.ports,
    })),
  );
}

function finalSteps(context: Context, cutovers: readonly Moment[], waves: WaveSteps, commit: string): Step[] {
  const last = leavingBlues(context);
  const going = [...waves.stopped, ...last];
  const switched = cutovers.some(({ switches }) => switches.length > 0);
  if (going.length === 0 && !switched) return [];
  const generations = generationsOf(cutovers);
  const kept = (site: Site): string[] => keptGenerations(context, site, generations.get(site.host.name));
  if (going.length === 0) return context.sites.map((site) => tidyStep(context, site, [commit], kept(site)));
  const drains = context.sites.map((site) => drainStep(context, site, 'last', [commit], kept(site)));
  const drained = gateOver(context, 'drained last', DRAINED, drains);
  const stops = new Map(last.map((existing) => [existing, stopStep(context, existing, idsOf(drained), false)]));
  const removes = going.map((existing) => removeStep(existing, [stops.get(existing)?.id ?? commit]));
  return [...drains, ...drained, ...stops.values(), ...removes];
}

/** The first generation of a host that the plan changes, and the last that it lays. */
interface Generations {
  readonly first: string | undefined;
  last: string;
}

function generationsOf(cutovers: readonly Moment[]): ReadonlyMap<string, Generations> {
  const generations = new Map<string, Generations>();
  for (const { site, before, next } of cutovers.flatMap(({ switches }) => switches)) {
    const known = generations.get(site.host.name);
    if (known === undefined) generations.set(site.host.name, { first: before?.id, last: next.id });
    else known.last = next.id;
  }
  return generations;
}

/** The live generation and the one before it stay on the host; the latter is the way back. */
function keptGenerations({ app }: Context, { report }: Site, own: Generations | undefined): string[] {
  const live = report.router.apps[app]?.generation;
  return [own?.last ?? live, own?.first].filter((id): id is string => id !== undefined);
}

const DRAINED = 'no old worker knows blue any more';

/** One gate behind all of the steps; none when there are none. */
function gateOver(context: Context, id: string, reason: string, steps: readonly Step[]): Step[] {
  return steps.length === 0 ? [] : [gate(id, firstKeeper(context), reason, idsOf(steps))];
}

function all({ lay, switches, confirm, gates: [ready, done] }: CutoverSteps): Step[] {
  return [
    ...lay,
    ...(ready === undefined ? [] : [ready]),
    ...switches,
    ...confirm,
    ...(done === undefined ? [] : [done]),
  ];
}

function firstKeeper({ keepers }: Context): string {
  return keepers[0]?.name ?? '';
}

/** `failure_action: pause` leaves everything as it is when something fails. */
function pauses(context: Context): boolean {
  const changing = new Set(context.starts.map(({ service }) => service));
  return context.desired.some(({ service }) => changing.has(service.name) && service.update.onFailure === 'pause');
}

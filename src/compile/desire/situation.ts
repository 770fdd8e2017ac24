/** Where a service stands: which of its containers stay, which serve but are old, which are left over, what is missing. */
import type { Host } from '../../model/inventory.ts';
import type { Upstream } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { meetsConstraints } from '../place/filters.ts';
import {
  hasMoved,
  hasSuccessor,
  isDistrusted,
  isDouble,
  isSingle,
  isSurplus,
  isWell,
  oneEach,
  oneOfEachSlot,
  Places,
  slotOf,
} from './copies.ts';
import { isVolumeBound, ledTo, mayServe, waitingReplicas } from './serving.ts';
import type { Desired } from './spec.ts';
import { isLed, type Serving, spotOf } from './traffic.ts';
import { type Vacancy, vacanciesOf } from './vacancies.ts';
import { type Existing, hostUp, keyOf, type World } from './world.ts';

/** One service between observed and desired. */
export interface Situation {
  readonly desired: Desired;
  /** Right spec, running, in a wanted slot. */
  readonly stays: readonly Existing[];
  /** Names of `stays` that no router sends traffic to yet: they are checked before they may serve. */
  readonly unserved: ReadonlySet<string>;
  /** Right spec, not running: made by a run that was cut off before it started them, or ended. Started, not made again. */
  readonly resumed: readonly Existing[];
  /** Serve now and go. */
  readonly blues: readonly Existing[];
  /** Serve nobody and go first: dead, surplus, or green of an abandoned release. */
  readonly leftovers: readonly Existing[];
  /** Docker starts them again and again, or nobody does for now: they keep a slot that nobody else has, and their place in the routers. */
  readonly crashing: readonly Existing[];
  readonly vacancies: readonly Vacancy[];
  /** Replicas on hosts that do not answer: their place is kept. */
  readonly waiting: readonly Upstream[];
}

/** Judges one service. One that is not selected is held: what runs of it stays, whatever its spec. */
export function situationOf(desired: Desired, world: World, serving: Serving, isSelected: boolean): Situation {
  if (!isSelected) return held(desired, world, serving);
  const { service } = desired;
  const own = world.present.containers.get(service.name) ?? [];
  const absent = oneOfEachSlot(waitingReplicas(service, world), service, serving);
  // A deploy makes anew what has ended: for it nothing is crashing.
  const crashed =
    world.stance.ended === 'replaced' ? [] : own.filter((existing) => isCrashing(existing, desired, world));
  const isCrashed = new Set(crashed);
  const right = own.filter((existing) => !isCrashed.has(existing) && fits(existing, desired, world, serving));
  const moved = new Set(
    isSingle(service, world) ? own.filter((existing) => hasMoved(existing, { absent, serving }, world)) : [],
  );
  const stays = oneEach(
    right
      .filter((existing) => works(existing, world) && !moved.has(existing))
      .filter((existing) => !isDouble(existing, service, { absent, serving })),
    service,
    { serving, world },
  );
  const places = new Places(service);
  places.take(stays);
  const crashing = crashed.filter((existing) => !places.isTaken(existing));
  places.take(crashing);
  places.keep(absent);
  const resumed = oneEach(
    right.filter((existing) => isResumable(existing, world) && !isBlocked(existing, own, service)),
    service,
    { serving, world },
  ).filter((existing) => !places.isTaken(existing));
  places.take(resumed);
  const kept = [...stays, ...resumed, ...crashing];
  const others = without(own, kept);
  const surplus = isSingle(service, world)
    ? others.filter((existing) => isSurplus(existing, { stays, others }, serving))
    : [];
  const isSpare = new Set([...surplus, ...moved]);
  const serve = serversIn(others, service, world).filter((existing) => !isSpare.has(existing));
  const isServing = new Set(serve);
  const empty = vacanciesOf(service, { kept, others, taken: places.slots }, world);
  const vacancies = empty.filter(({ slot }) => !isLeftAlone(slot, service, serve, world));
  const isKept = absent.length + crashing.length + stays.length + empty.length > 0;
  const spared = isKept && resumed.length + vacancies.length === 0 ? lastOf(serve, { absent, stays }, world) : [];
  const staying = [...stays, ...spared];
  const blues = serve.filter((existing) => !spared.includes(existing));
  return {
    desired,
    stays: staying,
    unserved: unservedOf(staying, service, world, serving),
    resumed,
    blues,
    leftovers: others.filter((existing) => !isServing.has(existing) && !world.warm.has(keyOf(existing))),
    crashing,
    vacancies,
    waiting: absent.length === 0 ? [] : withoutSuccessor(absent, service, { staying, right }),
  };
}

/** What is left of `all` when some of them are taken out. */
function without(all: readonly Existing[], some: readonly Existing[]): readonly Existing[] {
  if (some.length === all.length) return [];
  const taken = new Set(some);
  return all.filter((existing) => !taken.has(existing));
}

function serversIn(others: readonly Existing[], service: Service, world: World): Existing[] {
  if (others.length === 0) return [];
  const led = ledTo(service, world);
  return others.filter((existing) => mayServe(existing, service, led));
}

/** What is bound to a volume has no successor: nobody else has its data. */
function withoutSuccessor(
  absent: readonly Upstream[],
  service: Service,
  { staying, right }: { readonly staying: readonly Existing[]; readonly right: readonly Existing[] },
): readonly Upstream[] {
  const isRight = new Set(right);
  const successors = isVolumeBound(service) ? [] : staying.filter((existing) => isRight.has(existing));
  return absent.filter((one) => !hasSuccessor(one, service, successors));
}

/**
 * Who serves goes on serving, one in each slot: one of a host that is back may run beside its successor. What else runs was
 * never checked; where nobody serves, all that runs is.
 */
function held(desired: Desired, world: World, serving: Serving): Situation {
  const { service } = desired;
  // Nobody has asked whether its replicas on silent hosts are gone.
  const asRouted: World = { ...world, stance: { ...world.stance, silent: 'as-routed' } };
  const absent = oneOfEachSlot(waitingReplicas(service, asRouted), service, serving);
  const running = (world.present.containers.get(service.name) ?? [])
    .filter(({ runs }) => runs)
    .filter((existing) => !isDouble(existing, service, { absent, serving }));
  const served = running.filter((existing) => isLed(serving, existing));
  const candidates = served.length > 0 ? served : running;
  const stays = service.mode === 'global' ? candidates : oneEach(candidates, service, { serving, world });
  const waiting = absent.filter((one) => !hasSuccessor(one, service, stays));
  const none = { unserved: new Set<string>(), resumed: [], blues: [], leftovers: [], crashing: [], vacancies: [] };
  return { desired, stays, waiting, ...none };
}

/**
 * Where whoever has a slot serves nobody as far as is known: of those that must go the last one waits for that to change.
 * One that is sick may be better than none, but nobody is as good as the one in the same slot on a silent host.
 */
function lastOf(
  serve: readonly Existing[],
  { absent, stays }: { readonly absent: readonly Upstream[]; readonly stays: readonly Existing[] },
  world: World,
): Existing[] {
  const led = absent.filter(({ away }) => away === undefined);
  const isElsewhere = led.some(({ host }) => world.stance.order.absences[host] === 'serving');
  if (isElsewhere || stays.some((existing) => isWell(existing, world))) return [];
  const own = serve.filter((existing) => !led.some(({ slot }) => slot === slotOf(existing)));
  const well = own.filter((existing) => isWell(existing, world));
  return (well.length > 0 || stays.length > 0 ? well : own).slice(0, 1);
}

function works(existing: Existing, { stance }: World): boolean {
  if (!existing.runs || isDistrusted(existing, stance)) return false;
  return stance.health === 'ordered' || !existing.isSick;
}

/** Docker starts it again and again by itself, or the order says to leave its slot alone for now. */
function isCrashing({ runs, container }: Existing, { spec, service }: Desired, { stance }: World): boolean {
  if (runs || container.kind !== 'replica' || container.spec !== spec) return false;
  if (container.state === 'restarting') return true;
  return stance.order.held.includes(`${service.name}.${container.slot}`);
}

/** The order says to start nothing in this slot for now; but who serves there and must go has a successor first. */
function isLeftAlone(slot: number, { name }: Service, blues: readonly Existing[], { stance }: World): boolean {
  return stance.order.held.includes(`${name}.${slot}`) && !blues.some((blue) => slotOf(blue) === slot);
}

function isResumable(existing: Existing, { stance, crowded }: World): boolean {
  if (existing.runs) return false;
  const { state } = existing.container;
  if (state !== 'created' && (stance.ended === 'replaced' || state !== 'exited')) return false;
  return !crowded.has(keyOf(existing));
}

/** Another one runs in its place, or in the slot of a service whose replicas go one after the other: that one stops first. */
function isBlocked({ container, host }: Existing, own: readonly Existing[], { rollout }: Service): boolean {
  const isInTurn = rollout.kind === 'recreate' || (rollout.kind === 'rolling' && rollout.order === 'stop-first');
  const ports = new Set(container.ports.map(({ hostPort }) => hostPort));
  return own
    .filter((other) => other.container !== container && other.container.state === 'running')
    .some((other) => {
      const isInPlace = other.host === host && other.container.ports.some(({ hostPort }) => ports.has(hostPort));
      return isInPlace || (isInTurn && other.container.slot === container.slot);
    });
}

/**
 * A router on a host that was away still sends traffic to what runs beside it. Where others do not, that is no proof that
 * it works.
 */
function unservedOf(stays: readonly Existing[], service: Service, world: World, serving: Serving): ReadonlySet<string> {
  if (service.ports.length === 0 || stays.length === 0) return new Set();
  const { app } = world.playbook;
  const hasFiles = ({ name }: Host): boolean => hostUp(world.observed, name)?.router.apps[app] !== undefined;
  const first = world.up.findIndex(hasFiles);
  const isOnly = first !== -1 && world.up.findLastIndex(hasFiles) === first;
  const isServed = (one: Existing): boolean =>
    isOnly ? serving.has(service.name, spotOf(one)) : serving.hasElsewhere(service.name, spotOf(one), one.host);
  return new Set(stays.filter((one) => !isServed(one)).map(({ name }) => name));
}

function isAllowedOn(host: string, service: Service, { present }: World): boolean {
  if (service.constraints.length === 0) return true;
  const declared = present.hosts.get(host);
  return declared !== undefined && meetsConstraints(service, declared);
}

function fits(existing: Existing, desired: Desired, world: World, serving: Serving): boolean {
  const { container, host, runs, spec, slot } = existing;
  const { service } = desired;
  if (spec !== desired.spec || (!runs && container.kind !== 'replica')) return false;
  if (world.present.strangers.has(host) || !isAllowedOn(host, service, world)) return false;
  if (world.stance.leaving.includes(host) && service.mode === 'replicated' && !isVolumeBound(service)) return false;
  if (world.stance.order.avoided.includes(host) && service.ports.length > 0 && !isLed(serving, existing)) return false;
  const target = world.moves.size === 0 ? undefined : world.moves.get(`${service.name}.${slot}`);
  if (target !== undefined && target !== host) return false;
  return service.mode === 'global' || slot <= service.replicas;
}

/** Several containers for one slot: which one counts, and which one goes first. */
import { byStart } from '../../model/labels.ts';
import type { Upstream } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import { isSingleton } from './serving.ts';
import { isLed, isLedElsewhere, type Serving, spotOf } from './traffic.ts';
import { type Existing, keyOf, type World } from './world.ts';

export function slotOf(existing: Existing): number {
  return existing.slot;
}

/** As far as anybody knows it serves. */
export function isWell(existing: Existing, { stance }: World): boolean {
  return existing.container.state === 'running' && !existing.isSick && !isDistrusted(existing, stance);
}

/** The order says that it does not work, whatever Docker says. */
export function isDistrusted(existing: Existing, { order: { distrusted } }: World['stance']): boolean {
  return distrusted.length > 0 && distrusted.includes(keyOf(existing));
}

/** Started in a slot whose replica is on a silent host, and in no router yet: never two of a slot are reached. */
export function isDouble(
  existing: Existing,
  { mode }: Service,
  { absent, serving }: { readonly absent: readonly Upstream[]; readonly serving: Serving },
): boolean {
  if (mode === 'global' || absent.length === 0 || isLed(serving, existing)) return false;
  return absent.some(({ slot }) => slot === slotOf(existing));
}

/** A router that was away may still lead to a former one of a slot: the one to which most routers lead is kept, or the newest. */
export function oneOfEachSlot(absent: readonly Upstream[], { name, mode }: Service, serving: Serving): Upstream[] {
  if (mode === 'global') return [...absent];
  const led = (one: Upstream): number => serving.routersOf(name, one).size;
  const ordered = [...absent].sort((a, b) => led(b) - led(a) || byStart(b.container, a.container));
  return absent.filter((one) => one === ordered.find(({ slot }) => slot === one.slot));
}

/** Slots that are taken, and hosts, of a service that runs once on every host: a second one there is one too many, whatever its slot. */
export class Places {
  readonly slots = new Set<number>();
  readonly #hosts = new Set<string>();
  readonly #isGlobal: boolean;

  constructor({ mode }: Service) {
    this.#isGlobal = mode === 'global';
  }

  /** Slots of hosts that do not answer. */
  keep(absent: readonly Upstream[]): void {
    for (const { slot } of absent) this.slots.add(slot);
  }

  take(all: readonly Existing[]): void {
    for (const existing of all) {
      this.slots.add(slotOf(existing));
      if (this.#isGlobal) this.#hosts.add(existing.host);
    }
  }

  isTaken(existing: Existing): boolean {
    return this.slots.has(slotOf(existing)) || this.#hosts.has(existing.host);
  }
}

/** One in each slot, and of a service that runs once on every host one on each. */
export function oneEach(
  candidates: readonly Existing[],
  { mode }: Service,
  { serving, world }: { readonly serving: Serving; readonly world: World },
): Existing[] {
  const bySlot = onePerPlace(candidates, slotOf, { serving, world });
  const each = mode === 'global' ? onePerPlace(bySlot, ({ host }) => host, { serving, world }) : bySlot;
  return each.sort((a, b) => slotOf(a) - slotOf(b));
}

/**
 * Of several containers in one place one that is well stays, of those the one that most routers send traffic to, then the
 * first host by name. The router beside it counts half: it may have been away together with its host.
 */
function onePerPlace<Place>(
  candidates: readonly Existing[],
  placeOf: (existing: Existing) => Place,
  { serving, world }: { readonly serving: Serving; readonly world: World },
): Existing[] {
  const led = (existing: Existing): number => {
    const routers = serving.routersOf(existing.container.service, spotOf(existing));
    return routers.size - (routers.has(existing.host) ? 0.5 : 0);
  };
  const rank = (existing: Existing): number => Number(isWell(existing, world));
  const isBefore = (a: Existing, b: Existing): boolean =>
    (rank(a) - rank(b) || led(a) - led(b) || (a.host < b.host ? 1 : -1)) > 0;
  const byPlace = new Map<Place, Existing>();
  for (const existing of candidates) {
    const place = placeOf(existing);
    const known = byPlace.get(place);
    if (known === undefined || isBefore(existing, known)) byPlace.set(place, existing);
  }
  return [...byPlace.values()];
}

export function hasSuccessor({ slot }: Upstream, { mode }: Service, stays: readonly Existing[]): boolean {
  return mode === 'replicated' && stays.some((existing) => slotOf(existing) === slot);
}

/** A repair puts "never two" of a singleton above "always one", which holds for all hosts but the one that was away. */
export function isSingle(service: Service, { stance }: World): boolean {
  return isSingleton(service) && stance.ended === 'resumed';
}

/**
 * Back with its host, while its successor runs elsewhere by now, in the same slot or, since the service was scaled, in
 * another: only its own host's router, which was away too, still sends traffic to it. It goes first, before any other
 * router may hear of it. The successor is the one that stays, or one that goes as well and to which others lead.
 */
export function isSurplus(
  existing: Existing,
  { stays, others }: { readonly stays: readonly Existing[]; readonly others: readonly Existing[] },
  serving: Serving,
): boolean {
  if (isLedElsewhere(serving, existing)) return false;
  const successors = [...stays, ...others.filter((one) => isLedElsewhere(serving, one))];
  return successors.some((one) => one !== existing && one.container.spec === existing.container.spec);
}

/** Back with its host, while the one that there is to be serves from a host that does not answer: as above. */
export function hasMoved(
  existing: Existing,
  { absent, serving }: { readonly absent: readonly Upstream[]; readonly serving: Serving },
  { stance }: World,
): boolean {
  if (isLedElsewhere(serving, existing)) return false;
  return absent
    .filter(({ slot, host }) => slot === 1 && stance.order.absences[host] === 'serving')
    .some((one) => serving.hasElsewhere(existing.container.service, one, existing.host));
}

/** Who gets traffic by the live router files of all hosts that answer, and from whose router. */
import type { Observed, Upstream } from '../../model/observed.ts';
import { pairwise } from '../pairwise.ts';
import { linkedKinds, type RoutedKind } from './routed.ts';
import type { Existing } from './world.ts';

/** What tells a container from all others of its service, as its host reports it or as router files name it. */
export type Spot = Pick<Upstream, 'container' | 'slot' | 'host'>;

type Routers = ReadonlySet<string>;

/** Read when a service is asked about first. */
export class Serving {
  readonly #kinds: readonly { readonly kind: RoutedKind; readonly routers: Routers }[];
  readonly #services = new Map<string, readonly Roll[]>();
  readonly #both = pairwise((one: Routers, other: Routers): Routers => new Set([...one, ...other]));

  constructor(kinds: readonly RoutedKind[]) {
    this.#kinds = kinds.map((kind) => ({ kind, routers: new Set(kind.routers) }));
  }

  /** Hosts whose router sends traffic to that container of the service; equal sets are one set. */
  routersOf(service: string, spot: Spot): Routers {
    let found = NONE;
    for (const roll of this.#rollsOf(service)) {
      if (roll.has(spot)) found = found === NONE ? roll.routers : this.#both(found, roll.routers);
    }
    return found;
  }

  /** Some router sends traffic to it. */
  has(service: string, spot: Spot): boolean {
    return this.#rollsOf(service).some((roll) => roll.has(spot));
  }

  /** Some router on another host than `from` does. */
  hasElsewhere(service: string, spot: Spot, from: string): boolean {
    const routers = this.routersOf(service, spot);
    return routers.size > 1 || (routers.size === 1 && !routers.has(from));
  }

  #rollsOf(service: string): readonly Roll[] {
    const known = this.#services.get(service) ?? this.#makeRolls(service);
    this.#services.set(service, known);
    return known;
  }

  /** What is early has nobody who serves. */
  #makeRolls(service: string): Roll[] {
    return this.#kinds.flatMap(({ kind: { services }, routers }) => {
      const found = services[service];
      return found === undefined || found.early ? [] : [new Roll(found.upstreams, routers)];
    });
  }
}

const NONE: Routers = new Set();

/** The upstreams of one service in one kind of files, found by their slots: numbers are found faster than names. */
class Roll {
  readonly routers: Routers;
  /** Slots are numbers from 1 on, but for what somebody wrote by hand. */
  readonly #bySlot: (Upstream | undefined)[] = [];
  /** Others of a slot that is taken, or that is none. */
  readonly #more: Upstream[] = [];

  constructor(upstreams: readonly Upstream[], routers: Routers) {
    this.routers = routers;
    for (const upstream of upstreams) {
      if (upstream.away) continue;
      const { slot } = upstream;
      const isTaken = slot > MOST_SLOTS || this.#bySlot[slot] !== undefined;
      if (isTaken) this.#more.push(upstream);
      else this.#bySlot[slot] = upstream;
    }
  }

  has(spot: Spot): boolean {
    const first = this.#bySlot[spot.slot];
    if (first !== undefined && isAt(first, spot)) return true;
    return this.#more.length > 0 && this.#more.some((one) => isAt(one, spot));
  }
}

/** More replicas than a service has. */
const MOST_SLOTS = 100_000;

function isAt(upstream: Upstream, { container, slot, host }: Spot): boolean {
  return upstream.slot === slot && upstream.container === container && upstream.host === host;
}

/** Made once for what is observed. */
export function servingOf(app: string, observed: Observed): Serving {
  const known = servings.get(observed)?.get(app) ?? new Serving(linkedKinds(app, observed));
  servings.set(observed, (servings.get(observed) ?? new Map()).set(app, known));
  return known;
}

const servings = new WeakMap<Observed, Map<string, Serving>>();

/** Some router sends traffic to it. */
export function isLed(serving: Serving, existing: Existing): boolean {
  return serving.has(existing.container.service, spotOf(existing));
}

/** A router on another host sends traffic to it. */
export function isLedElsewhere(serving: Serving, existing: Existing): boolean {
  return serving.hasElsewhere(existing.container.service, spotOf(existing), existing.host);
}

export function spotOf({ name, slot, host }: Existing): Spot {
  return { container: name, slot, host };
}

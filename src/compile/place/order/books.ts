/**
 * The books of all hosts while replicas are placed. Room and load stand in arrays of numbers, and hosts that the same
 * services may use are found once for all of them, so that a service's turn begins with one quick pass over the hosts.
 */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import { type Candidate, eligibility, type Request, TINY_CPUS } from '../filters.ts';
import { book, dominantShare, release, unbook } from './load.ts';

/** Hosts with equal values of all preferred labels, of those that may ever take the service. */
export interface Domain {
  /** A value for each preferred label. */
  readonly values: readonly string[];
  /** Indexes of the hosts, by name. */
  readonly members: number[];
}

/** The hosts that services with equal constraints, architectures and preferred labels may use. */
export interface Field {
  readonly domains: readonly Domain[];
  /** By index of the host: its domain, or -1, and which member it is there. */
  readonly domainOf: Int32Array;
  readonly memberOf: Int32Array;
}

/** What services are told apart by before anything is placed. */
export type Asker = Pick<Request, 'service' | 'architectures'>;

/** Two fields of 17 bits below the count of replicas: 53 bits hold counts up to 500,000. */
const FIELD = 2 ** 17;

/** All bookings go through it while it is in use. Hosts must be sorted by name. */
export class Books {
  readonly candidates: readonly Candidate[];
  readonly #freeCpus: Float64Array;
  readonly #freeMemory: Float64Array;
  readonly #byLoad: Float64Array;
  readonly #byNumber: Float64Array;
  readonly #holders = new Map<string, number[]>();
  readonly #fields = new Map<string, Field>();

  constructor(candidates: readonly Candidate[]) {
    this.candidates = candidates;
    const zeros = (): Float64Array => new Float64Array(candidates.length);
    [this.#freeCpus, this.#freeMemory, this.#byLoad, this.#byNumber] = [zeros(), zeros(), zeros(), zeros()];
    for (const [index, candidate] of candidates.entries()) {
      this.#read(index, candidate);
      for (const service of candidate.counts.keys()) this.#hold(service, index);
    }
  }

  /** Index of the host of that name, or -1. */
  indexOf(name: string): number {
    let [low, high] = [0, this.candidates.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.candidates[middle]?.host.name ?? '';
      if (found === name) return middle;
      if (found < name) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  book(index: number, service: string, room: Resources): void {
    const candidate = this.candidates[index];
    if (candidate === undefined) return;
    if (!candidate.counts.has(service)) this.#hold(service, index);
    book(candidate, service, room);
    this.#read(index, candidate);
  }

  /** Takes a booking back. */
  unbook(index: number, service: string, room: Resources): void {
    const candidate = this.candidates[index];
    if (candidate === undefined) return;
    unbook(candidate, service, room);
    this.#read(index, candidate);
  }

  /** Gives back the room of a replica that was not booked here, as of another colour. */
  release(index: number, room: Resources): void {
    const candidate = this.candidates[index];
    if (candidate === undefined) return;
    release(candidate, room);
    this.#read(index, candidate);
  }

  /** Indexes of hosts that have, or had, replicas of the service, each once. */
  holdersOf(service: string): readonly number[] {
    return this.#holders.get(service) ?? [];
  }

  /** Made once for all services that ask the same. */
  fieldFor({ service, architectures }: Asker): Field {
    const key = JSON.stringify([service.constraints, service.spread, architectures]);
    const field = this.#fields.get(key) ?? fieldOf({ service, architectures }, this.candidates);
    this.#fields.set(key, field);
    return field;
  }

  /**
   * Smaller is better: replicas of the service on the host, then its load (for what reserves nothing: all replicas there).
   * Infinity when the host can not take one more.
   */
  keyOf(index: number, { name, reservation, maxPerHost }: Service): number {
    const count = this.candidates[index]?.counts.get(name) ?? 0;
    if (maxPerHost !== undefined && count >= maxPerHost) return Number.POSITIVE_INFINITY;
    return this.#keyOfNone(index, reservation) + count * FIELD * FIELD;
  }

  /** The same for many hosts at once. */
  keysOf(members: readonly number[], service: Service, memberOf: Int32Array): Float64Array {
    const keys = new Float64Array(members.length);
    for (let member = 0; member < members.length; member++)
      keys[member] = this.#keyOfNone(members[member] ?? 0, service.reservation);
    for (const index of this.holdersOf(service.name)) {
      const member = memberOf[index] ?? 0;
      if (members[member] === index) keys[member] = this.keyOf(index, service);
    }
    return keys;
  }

  #keyOfNone(index: number, { cpus, memoryBytes }: Resources): number {
    if (memoryBytes > (this.#freeMemory[index] ?? 0) || cpus > (this.#freeCpus[index] ?? 0) + TINY_CPUS)
      return Number.POSITIVE_INFINITY;
    // What reserves nothing changes no load: by load alone, all of a file without reservations would go to one host.
    return (cpus === 0 && memoryBytes === 0 ? this.#byNumber[index] : this.#byLoad[index]) ?? 0;
  }

  #read(index: number, candidate: Candidate): void {
    const { capacity, used } = candidate;
    const load = within(Math.round(dominantShare(candidate) * 1000));
    const total = within(candidate.total);
    this.#freeCpus[index] = capacity.cpus - used.cpus;
    this.#freeMemory[index] = capacity.memoryBytes - used.memoryBytes;
    this.#byLoad[index] = load * FIELD + total;
    this.#byNumber[index] = total * FIELD + load;
  }

  #hold(service: string, index: number): void {
    const holders = this.#holders.get(service);
    if (holders === undefined) this.#holders.set(service, [index]);
    else holders.push(index);
  }
}

/** Replicas of the service that a key of a host stands for. */
export function countIn(key: number): number {
  return Math.floor(key / FIELD / FIELD);
}

/** The host's value of a label; hosts without it are one domain. */
export function labelOf({ host }: Candidate, label: string): string {
  return host.labels[label] ?? '';
}

function fieldOf(asker: Asker, candidates: readonly Candidate[]): Field {
  const isEligible = eligibility(asker);
  const domains = new Map<string, { readonly number: number; readonly domain: Domain }>();
  const domainOf = new Int32Array(candidates.length).fill(-1);
  const memberOf = new Int32Array(candidates.length);
  for (const [index, candidate] of candidates.entries()) {
    if (!isEligible(candidate)) continue;
    const values = asker.service.spread.map((label) => labelOf(candidate, label));
    const name = JSON.stringify(values);
    const found = domains.get(name) ?? { number: domains.size, domain: { values, members: [] } };
    domains.set(name, found);
    domainOf[index] = found.number;
    memberOf[index] = found.domain.members.push(index) - 1;
  }
  return { domains: [...domains.values()].map(({ domain }) => domain), domainOf, memberOf };
}

function within(value: number): number {
  return Math.min(Math.max(value, 0), FIELD - 1);
}

/**
 * The books of all hosts while replicas are placed. Room and load stand in arrays of numbers, and hosts that the same
 * services may use are found once for all of them, so that a service's turn begins with one quick pass over the hosts.
 */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import { type Candidate, eligibility, type Request, type Standing } from '../filters.ts';
import { Account } from './account.ts';
import { Labels, labelOf } from './labels.ts';
import { Rooms } from './rooms.ts';

/** Hosts with equal values of all preferred labels, of those that may ever take the service. */
export interface Domain {
  /** A value for each preferred label. */
  readonly values: readonly string[];
  /** Indexes of the hosts, by name. */
  readonly members: readonly number[];
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

/** Service -> by index of the host: replicas of it there, only those of the colour that is being placed. */
export type Counts = ReadonlyMap<string, Int32Array>;

/** What is reserved on each host, and how many replicas of which service it has. Hosts must be sorted by name. */
export class Books {
  readonly candidates: readonly Candidate[];
  /** Values of labels by number. */
  readonly labels: Labels;
  readonly #rooms: Rooms;
  readonly #counts: Map<string, Int32Array>;
  readonly #fields = new Map<string, Field>();

  /** Begins with what the candidates have reserved and with these counts, which it does not change. */
  constructor(candidates: readonly Candidate[], counts: Counts = new Map()) {
    this.candidates = candidates;
    this.labels = new Labels(candidates);
    this.#counts = new Map([...counts].map(([service, row]) => [service, row.slice()]));
    this.#rooms = new Rooms(candidates, totalsOf(counts, candidates.length));
  }

  /** The same as they are now, to try something. */
  copy(): Books {
    const candidates = this.candidates.map((one, index) => ({ ...one, used: this.usedOn(index) }));
    return new Books(candidates, this.#counts);
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

  /** Replicas of the service are booked and counted there. */
  accountOf(service: Service): Account {
    const counts = this.#counts.get(service.name) ?? new Int32Array(this.candidates.length);
    this.#counts.set(service.name, counts);
    return new Account(service, counts, this.#rooms);
  }

  /** Gives back the room of a replica that was not booked here, as of another colour. */
  release(index: number, { cpus, memoryBytes }: Resources): void {
    if (index >= 0) this.#rooms.change(index, { cpus: -cpus, memoryBytes: -memoryBytes }, 0);
  }

  /** What is reserved on the host now. */
  usedOn(index: number): Resources {
    return this.#rooms.usedOn(index);
  }

  /** The larger of the two shares of the host that are reserved, 0 to 1 (more when it is overbooked). */
  shareOn(index: number): number {
    return this.#rooms.shareOn(index);
  }

  /** See `Rooms.weightOn`. */
  weightOn(index: number, reservesNothing: boolean): number {
    return this.#rooms.weightOn(index, reservesNothing);
  }

  /** Replicas of all services on the host. */
  totalOn(index: number): number {
    return this.#rooms.totalOn(index);
  }

  /** How a host stands before a replica of the service. */
  standing(index: number, service: string): Standing | undefined {
    const candidate = this.candidates[index];
    const count = this.#counts.get(service)?.[index] ?? 0;
    return candidate && { ...candidate, used: this.usedOn(index), count };
  }

  /** Made once for all services that ask the same. */
  fieldFor({ service, architectures }: Asker): Field {
    const key = JSON.stringify([service.constraints, service.spread, architectures]);
    const field = this.#fields.get(key) ?? fieldOf({ service, architectures }, this);
    this.#fields.set(key, field);
    return field;
  }
}

function totalsOf(counts: Counts, length: number): Int32Array {
  const totals = new Int32Array(length);
  for (const row of counts.values())
    for (let index = 0; index < length; index++) totals[index] = (totals[index] ?? 0) + (row[index] ?? 0);
  return totals;
}

function fieldOf(asker: Asker, { candidates }: Books): Field {
  const isEligible = eligibility(asker);
  const domains = new Map<string, { readonly number: number; readonly values: string[]; readonly members: number[] }>();
  const domainOf = new Int32Array(candidates.length).fill(-1);
  const memberOf = new Int32Array(candidates.length);
  for (const [index, candidate] of candidates.entries()) {
    if (!isEligible(candidate)) continue;
    const values = asker.service.spread.map((label) => labelOf(candidate, label));
    const name = JSON.stringify(values);
    const found = domains.get(name) ?? { number: domains.size, values, members: [] as number[] };
    domains.set(name, found);
    domainOf[index] = found.number;
    memberOf[index] = found.members.push(index) - 1;
  }
  return { domains: [...domains.values()], domainOf, memberOf };
}

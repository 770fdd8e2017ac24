/**
 * The books of all hosts while replicas are placed. Room and load stand in arrays of numbers, and hosts that the same
 * services may use are found once for all of them, so that a service's turn begins with one quick pass over the hosts.
 */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import type { Candidate, Standing } from '../filters.ts';
import { Account } from './account.ts';
import { Fields } from './fields.ts';
import { Rooms } from './rooms.ts';

/** Service -> by index of the host: replicas of it there, only those of the colour that is being placed. */
export type Counts = ReadonlyMap<string, Int32Array>;

/** What is reserved on each host, and how many replicas of which service it has. Hosts must be sorted by name. */
export class Books {
  readonly candidates: readonly Candidate[];
  /** What of the hosts does not change by any booking. */
  readonly fields: Fields;
  readonly #rooms: Rooms;
  readonly #counts: Map<string, Int32Array>;

  /** Begins with what the candidates have reserved and with these counts, which are its own from now on. */
  constructor(candidates: readonly Candidate[], counts: Counts = new Map(), fields = new Fields(candidates)) {
    this.candidates = candidates;
    this.fields = fields;
    this.#counts = new Map(counts);
    this.#rooms = new Rooms(candidates, totalsOf(counts, candidates.length));
  }

  /** The same as they are now, to try something. */
  copy(): Books {
    const candidates = this.candidates.map((one, index) => ({ ...one, used: this.usedOn(index) }));
    const counts = [...this.#counts].map(([service, row]): [string, Int32Array] => [service, row.slice()]);
    return new Books(candidates, new Map(counts), this.fields);
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
}

function totalsOf(counts: Counts, length: number): Int32Array {
  const totals = new Int32Array(length);
  for (const row of counts.values())
    for (let index = 0; index < length; index++) totals[index] = (totals[index] ?? 0) + (row[index] ?? 0);
  return totals;
}

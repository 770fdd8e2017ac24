/** What there is on each host, what of it is reserved, and how many replicas it has: plain numbers, by index of the host. */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import { type Candidate, TINY_CPUS } from '../filters.ts';
import { share } from './load.ts';

/** Two fields of 17 bits below the count of replicas: 53 bits hold counts up to 500,000. */
const FIELD = 2 ** 17;

/** Begins with what the candidates have reserved and with so many replicas on each. */
export class Rooms {
  readonly #allCpus: Float64Array;
  readonly #allMemory: Float64Array;
  readonly #cpus: Float64Array;
  readonly #memory: Float64Array;
  readonly #totals: Int32Array;
  /** What the key of a host is before the service's own replicas count: for what reserves something, and for what does not. */
  readonly #byLoad: Float64Array;
  readonly #byNumber: Float64Array;

  constructor(candidates: readonly Candidate[], totals: Int32Array) {
    const zeros = (): Float64Array => new Float64Array(candidates.length);
    [this.#allCpus, this.#allMemory, this.#cpus, this.#memory] = [zeros(), zeros(), zeros(), zeros()];
    [this.#byLoad, this.#byNumber, this.#totals] = [zeros(), zeros(), totals];
    for (const [index, { capacity, used }] of candidates.entries()) {
      [this.#allCpus[index], this.#allMemory[index]] = [capacity.cpus, capacity.memoryBytes];
      [this.#cpus[index], this.#memory[index]] = [used.cpus, used.memoryBytes];
      this.#weigh(index);
    }
  }

  /** Reserves so much more on the host, for so many replicas more; both below zero when something goes. */
  change(index: number, by: Resources, replicas: number): void {
    add(this.#cpus, index, by.cpus);
    add(this.#memory, index, by.memoryBytes);
    add(this.#totals, index, replicas);
    this.#weigh(index);
  }

  usedOn(index: number): Resources {
    return { cpus: this.#cpus[index] ?? 0, memoryBytes: this.#memory[index] ?? 0 };
  }

  totalOn(index: number): number {
    return this.#totals[index] ?? 0;
  }

  /** The larger of the two shares of the host that are reserved, 0 to 1 (more when it is overbooked). */
  shareOn(index: number): number {
    const cpus = share(this.#cpus[index] ?? 0, this.#allCpus[index] ?? 0);
    return Math.max(cpus, share(this.#memory[index] ?? 0, this.#allMemory[index] ?? 0));
  }

  /**
   * Smaller is better: so many replicas of the service are on the host, then its load (for what reserves nothing: all
   * replicas there). Infinity when the host can not take one more.
   */
  keyOn(index: number, { reservation: { cpus, memoryBytes }, maxPerHost }: Service, count: number): number {
    const freeMemory = (this.#allMemory[index] ?? 0) - (this.#memory[index] ?? 0);
    const freeCpus = (this.#allCpus[index] ?? 0) - (this.#cpus[index] ?? 0);
    const isFull = memoryBytes > freeMemory || cpus > freeCpus + TINY_CPUS;
    if (isFull || (maxPerHost !== undefined && count >= maxPerHost)) return Number.POSITIVE_INFINITY;
    return this.weightOn(index, cpus === 0 && memoryBytes === 0) + count * FIELD * FIELD;
  }

  /** The key for a service that has nothing on the host and for which there is room. */
  weightOn(index: number, reservesNothing: boolean): number {
    // What reserves nothing changes no load: by load alone, all of a file without reservations would go to one host.
    return (reservesNothing ? this.#byNumber : this.#byLoad)[index] ?? 0;
  }

  #weigh(index: number): void {
    const load = within(Math.round(this.shareOn(index) * 1000));
    const total = within(this.totalOn(index));
    this.#byLoad[index] = load * FIELD + total;
    this.#byNumber[index] = total * FIELD + load;
  }
}

/** Replicas of the service that a key of a host stands for. */
export function countIn(key: number): number {
  return Math.floor(key / FIELD / FIELD);
}

function add(row: Int32Array | Float64Array, index: number, by: number): void {
  row[index] = (row[index] ?? 0) + by;
}

function within(value: number): number {
  return Math.min(Math.max(value, 0), FIELD - 1);
}

/** The account of one service in the books: its replicas on each host, and what a host is worth to one more. */
import type { Resources } from '../../../model/inventory.ts';
import type { Service } from '../../../model/playbook.ts';
import type { Rooms } from './rooms.ts';

/** Shares `counts` (by index of the host) and `rooms` with all others who use the books. */
export class Account {
  readonly counts: Int32Array;
  readonly reservesNothing: boolean;
  readonly #service: Service;
  readonly #rooms: Rooms;
  readonly #less: Resources;

  constructor(service: Service, counts: Int32Array, rooms: Rooms) {
    this.counts = counts;
    this.#service = service;
    this.#rooms = rooms;
    const { cpus, memoryBytes } = service.reservation;
    this.reservesNothing = cpus === 0 && memoryBytes === 0;
    this.#less = { cpus: -cpus, memoryBytes: -memoryBytes };
  }

  /** Smaller is better; Infinity when the host can not take one more. See `Rooms.keyOn`. */
  keyOn(index: number): number {
    return this.#rooms.keyOn(index, this.#service, this.counts[index] ?? 0);
  }

  /** The same for many hosts at once. */
  keysOf(members: readonly number[]): Float64Array {
    const keys = new Float64Array(members.length);
    for (let member = 0; member < members.length; member++) keys[member] = this.keyOn(members[member] ?? 0);
    return keys;
  }

  book(index: number): void {
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.#rooms.change(index, this.#service.reservation, 1);
  }

  /** Takes a booking back. */
  unbook(index: number): void {
    this.counts[index] = (this.counts[index] ?? 0) - 1;
    this.#rooms.change(index, this.#less, -1);
  }
}

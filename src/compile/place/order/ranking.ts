/**
 * The first hosts in the order of one service, for questions that change a few hosts and are taken back: what if this host
 * were lost? Only hosts that took something since are asked again. A booking never makes a host better, so the first one
 * that is as it was stands before all that follow it.
 */
import type { Account } from './account.ts';
import type { Books } from './books.ts';
import type { Asker, Domain } from './fields.ts';
import { compareTallies, Tallies, type Tally } from './tallies.ts';

/** The first hosts of a domain, best first, each with its key as it is while nothing is booked. */
interface Row {
  readonly tallies: readonly Tally[];
  readonly hosts: Int32Array;
  readonly keys: Float64Array;
}

/** Stands for the books as they are when it is made; what is booked since must be in `changed`. */
export class Ranking {
  readonly #account: Account;
  readonly #tallies: Tallies;
  readonly #rows: readonly Row[];

  /** `length`: so many hosts of each domain are known, one more than hosts may have changed when it is asked. */
  constructor(asker: Asker, books: Books, { length, queues }: { readonly length: number; readonly queues: Queues }) {
    this.#account = books.accountOf(asker.service);
    this.#tallies = new Tallies(asker.service.spread, this.#account.counts, books.fields.labels);
    this.#rows = books.fields.of(asker).domains.map((domain) => this.#rowOf(domain, length, queues));
  }

  /** Counts so many replicas more on the host, which makes its domain come later; its room is as it was. */
  count(index: number, by: number): void {
    this.#tallies.count(index, by);
  }

  /** Books a replica on the best host but the lost one; its index, or -1 when none can take it. */
  take(lost: number, changed: Uint8Array): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let tallies: readonly Tally[] | undefined;
    for (const row of this.#rows) {
      const byDomain = tallies === undefined ? -1 : compareTallies(row.tallies, tallies);
      if (byDomain > 0) continue;
      const index = this.#firstOf(row, lost, changed);
      if (index === -1) continue;
      const key = this.#account.keyOn(index);
      if (byDomain === 0 && !isBefore(index, key, best, least)) continue;
      best = index;
      least = key;
      tallies = row.tallies;
    }
    if (best === -1) return -1;
    this.#account.book(best);
    this.#tallies.count(best, 1);
    return best;
  }

  /** Takes back what `take` did on that host. */
  giveBack(index: number): void {
    this.#account.unbook(index);
    this.#tallies.count(index, -1);
  }

  /** The best host of the row, or -1. The first one that has not changed stands before all that follow it. */
  #firstOf({ hosts, keys }: Row, lost: number, changed: Uint8Array): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let place = 0; place < hosts.length; place++) {
      const index = hosts[place] ?? -1;
      if (index === lost) continue;
      const isChanged = changed[index] === 1;
      const key = isChanged ? this.#account.keyOn(index) : (keys[place] ?? 0);
      if (key < Number.POSITIVE_INFINITY && isBefore(index, key, best, least)) {
        best = index;
        least = key;
      }
      if (!isChanged) break;
    }
    return best;
  }

  /** Who has none of the service stands before all who have, by load alone: of those a few looks find the first. */
  #rowOf(domain: Domain, length: number, queues: Queues): Row {
    const { counts } = this.#account;
    const found: Place[] = [];
    const take = (index: number): void => {
      const key = this.#account.keyOn(index);
      if (key < Number.POSITIVE_INFINITY) found.push({ index, key });
    };
    for (const index of queues.of(domain, this.#account)) {
      if (found.length === length) break;
      if (counts[index] === 0) take(index);
    }
    if (found.length < length) {
      const first = found.length;
      for (const index of domain.members) if (counts[index] !== 0) take(index);
      found.push(...found.splice(first).sort((a, b) => a.key - b.key || a.index - b.index));
    }
    const row = found.slice(0, length);
    return {
      tallies: this.#tallies.of(domain.values),
      hosts: Int32Array.from(row, ({ index }) => index),
      keys: Float64Array.from(row, ({ key }) => key),
    };
  }
}

/** A host and its key. */
interface Place {
  readonly index: number;
  readonly key: number;
}

/** The hosts of domains by what they are worth to a service that has nothing there, the best first; for all services at once. */
export class Queues {
  readonly #books: Books;
  readonly #queues = new Map<Domain, Map<boolean, Int32Array>>();

  /** Stands for the books as they are when a queue is asked for first. */
  constructor(books: Books) {
    this.#books = books;
  }

  of(domain: Domain, { reservesNothing }: Account): Int32Array {
    const known = this.#queues.get(domain) ?? new Map<boolean, Int32Array>();
    this.#queues.set(domain, known);
    const queue = known.get(reservesNothing) ?? this.#queueOf(domain, reservesNothing);
    known.set(reservesNothing, queue);
    return queue;
  }

  #queueOf({ members }: Domain, reservesNothing: boolean): Int32Array {
    const weights = Float64Array.from(members, (index) => this.#books.weightOn(index, reservesNothing));
    const order = members.map((_, member) => member).sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0) || a - b);
    return Int32Array.from(order, (member) => members[member] ?? 0);
  }
}

/** True when the host comes before the other by its key, or by its name where these are equal. */
function isBefore(index: number, key: number, other: number, least: number): boolean {
  return key < least || (key === least && index < other);
}

/**
 * The first hosts in the order of one service, for questions that change a few hosts and are taken back: what if this host
 * were lost? Only hosts that took something since are asked again. A booking never makes a host better, so the first one
 * that is as it was stands before all that follow it.
 */
import type { Service } from '../../../model/playbook.ts';
import type { Asker, Books, Domain, Field } from './books.ts';
import { compareTallies, Tallies, type Tally } from './tallies.ts';
import { Tournament } from './tournament.ts';

/** The first hosts of a domain, best first, each with its key as it is while nothing is booked. */
interface Row {
  readonly tallies: readonly Tally[];
  readonly hosts: Int32Array;
  readonly keys: Float64Array;
}

/** A host and its place in the order. */
interface Entry {
  readonly tallies: readonly Tally[];
  readonly index: number;
  readonly key: number;
}

/** Stands for the books as they are when it is made; what is booked since must be in `changed`. */
export class Ranking {
  readonly #service: Service;
  readonly #books: Books;
  readonly #tallies: Tallies;
  readonly #rows: readonly Row[];

  /** `length`: so many hosts of each domain are known, one more than hosts may have changed when it is asked. */
  constructor(asker: Asker, books: Books, length: number) {
    const { service } = asker;
    this.#service = service;
    this.#books = books;
    this.#tallies = new Tallies(service.name, service.spread, books);
    const field = books.fieldFor(asker);
    this.#rows = field.domains.map((domain) => this.#rowOf(domain, field, length));
  }

  /** What the lost host has counts nowhere, until `readmit`. */
  dismiss(lost: number): void {
    this.#tallies.count(lost, -this.#tallies.on(lost));
  }

  readmit(lost: number): void {
    this.#tallies.count(lost, this.#tallies.on(lost));
  }

  /** Books a replica on the best host but the lost one; its index, or undefined when none can take it. */
  take(lost: number, changed: ReadonlySet<number>): number | undefined {
    let best: Entry | undefined;
    for (const row of this.#rows) {
      const byDomain = best === undefined ? -1 : compareTallies(row.tallies, best.tallies);
      if (byDomain > 0) continue;
      const first = this.#firstOf(row, lost, changed);
      if (first !== undefined && (best === undefined || byDomain < 0 || isBefore(first, best))) best = first;
    }
    if (best === undefined) return undefined;
    this.#books.book(best.index, this.#service.name, this.#service.reservation);
    this.#tallies.count(best.index, 1);
    return best.index;
  }

  /** Takes back what `take` did on that host. */
  giveBack(index: number): void {
    this.#books.unbook(index, this.#service.name, this.#service.reservation);
    this.#tallies.count(index, -1);
  }

  #firstOf({ tallies, hosts, keys }: Row, lost: number, changed: ReadonlySet<number>): Entry | undefined {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let place = 0; place < hosts.length; place++) {
      const index = hosts[place] ?? -1;
      if (index === lost) continue;
      const isChanged = changed.has(index);
      const key = isChanged ? this.#books.keyOf(index, this.#service) : (keys[place] ?? 0);
      if (key < least || (key === least && key < Number.POSITIVE_INFINITY && index < best))
        [best, least] = [index, key];
      if (!isChanged) break;
    }
    return best === -1 ? undefined : { tallies, index: best, key: least };
  }

  #rowOf({ values, members }: Domain, { memberOf }: Field, length: number): Row {
    const tournament = new Tournament(this.#books.keysOf(members, this.#service, memberOf));
    const count = Math.min(length, members.length);
    const [hosts, keys] = [new Int32Array(count), new Float64Array(count)];
    let found = 0;
    for (let entrant = tournament.best; entrant !== undefined && found < count; entrant = tournament.best) {
      hosts[found] = members[entrant] ?? -1;
      keys[found++] = tournament.keyOf(entrant);
      tournament.set(entrant, Number.POSITIVE_INFINITY);
    }
    return { tallies: this.#tallies.of(values), hosts: hosts.slice(0, found), keys: keys.slice(0, found) };
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.key < right.key || (left.key === right.key && left.index < right.index);
}

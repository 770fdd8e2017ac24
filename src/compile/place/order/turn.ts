/**
 * The turn of one service: all hosts that may take it, kept in the order of the aims, so that each further replica costs
 * the logarithm of the hosts. Order of aims: spread over the preferred labels (zones), spread over hosts, the host the slot
 * had before, the least loaded host by its dominant resource (for what reserves nothing: the one with the fewest replicas),
 * and last the name, so that the same input always gives the same answer.
 *
 * Hosts with equal values of the preferred labels are one domain. The hosts of a domain play a tournament; domains are
 * compared by the replicas that they have. (Swarm's spread strategy, with dominant resource fairness, Ghodsi et al., NSDI
 * 2011, as the tie-break.)
 */
import type { Request } from '../filters.ts';
import type { Account } from './account.ts';
import type { Books } from './books.ts';
import type { Asker, Domain, Field } from './fields.ts';
import { countIn } from './rooms.ts';
import { compareTallies, Tallies, type Tally } from './tallies.ts';
import { Tournament } from './tournament.ts';

/** A slot to fill: only on `pinned`; on `previous` where spread and number of replicas are equal. */
export type Opening = Pick<Request, 'pinned' | 'previous'>;

/** A domain while hosts are chosen: entrant N of its tournament is member N. */
interface Arena {
  readonly tallies: readonly Tally[];
  readonly members: readonly number[];
  readonly tournament: Tournament;
}

/** A host and its place in the order. */
interface Contender {
  readonly arena: Arena;
  readonly index: number;
  readonly key: number;
}

/** Made for one service. Others may book on the same hosts: what only makes a host worse is noticed when it wins. */
export class Turn {
  readonly #books: Books;
  readonly #account: Account;
  readonly #field: Field;
  readonly #arenas: readonly Arena[];
  readonly #tallies: Tallies;

  constructor(asker: Asker, books: Books) {
    this.#books = books;
    this.#field = books.fields.of(asker);
    this.#account = books.accountOf(asker.service);
    this.#tallies = new Tallies(asker.service.spread, this.#account.counts, books.fields.labels);
    this.#arenas = this.#field.domains.map((domain) => this.#arenaOf(domain));
  }

  /** Index of the host that is best now, with room for the replica booked on it. Undefined when none can take it. */
  take(opening: Opening): number | undefined {
    const chosen = opening.pinned === undefined ? this.#choose(opening.previous) : this.#named(opening.pinned);
    if (chosen === undefined) return undefined;
    const { index } = chosen;
    this.#account.book(index);
    this.#tallies.count(index, 1);
    this.#refresh(index);
    return index;
  }

  #arenaOf({ values, members }: Domain): Arena {
    const tallies = this.#tallies.of(values);
    return { tallies, members, tournament: new Tournament(this.#account.keysOf(members)) };
  }

  #choose(previous: string | undefined): Contender | undefined {
    const best = this.#best();
    const former = best === undefined || previous === undefined ? undefined : this.#named(previous);
    return best !== undefined && former !== undefined && isLevel(former, best) ? former : best;
  }

  #best(): Contender | undefined {
    let best: Contender | undefined;
    for (const arena of this.#arenas) {
      const byDomain = best === undefined ? -1 : compareTallies(arena.tallies, best.arena.tallies);
      if (byDomain > 0) continue;
      const entrant = this.#winnerOf(arena);
      if (entrant === undefined) continue;
      const key = arena.tournament.keyOf(entrant);
      const index = arena.members[entrant] ?? -1;
      const isBefore = best === undefined || byDomain < 0 || key < best.key || (key === best.key && index < best.index);
      if (isBefore) best = { arena, index, key };
    }
    return best;
  }

  /** Somebody else may have booked on the winner since its key was made: then they play again. */
  #winnerOf({ tournament, members }: Arena): number | undefined {
    for (let entrant = tournament.best; entrant !== undefined; entrant = tournament.best) {
      const index = members[entrant] ?? -1;
      const key = this.#account.keyOn(index);
      if (key === tournament.keyOf(entrant)) return entrant;
      this.#set(index, key);
    }
    return undefined;
  }

  #named(name: string): Contender | undefined {
    const index = this.#books.indexOf(name);
    const arena = this.#arenas[this.#field.domainOf[index] ?? -1];
    if (arena === undefined) return undefined;
    const key = this.#account.keyOn(index);
    return key === Number.POSITIVE_INFINITY ? undefined : { arena, index, key };
  }

  #refresh(index: number): void {
    this.#set(index, this.#account.keyOn(index));
  }

  #set(index: number, key: number): void {
    this.#arenas[this.#field.domainOf[index] ?? -1]?.tournament.set(this.#field.memberOf[index] ?? 0, key);
  }
}

/** Neither the spread over domains nor that over hosts tells the two apart. */
function isLevel(left: Contender, right: Contender): boolean {
  return compareTallies(left.arena.tallies, right.arena.tallies) === 0 && countIn(left.key) === countIn(right.key);
}

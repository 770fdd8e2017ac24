/**
 * Ejection chains: a replica that fits nowhere takes the place of up to three others, which go elsewhere, if need be in
 * the same way. Shorter chains come before longer ones, fewer ejected before more. (Glover, Ejection chains, reference
 * structures and alternating path methods, 1996.)
 */
import type { Books } from '../order/books.ts';
import type { Asker } from '../order/fields.ts';

/** A replica of this plan and the index of its host; it may move, since nothing of it has been carried out yet. */
export interface Seat {
  readonly asker: Asker;
  index: number;
}

/** Links of a chain at most. */
const LONGEST = 3;

/** A look at so many hosts for one with room counts as much as one at a set of replicas to eject. */
const HOSTS_PER_LOOK = 16;

/** Replicas that one replica may eject from a host. */
const MOST_EJECTED = 3;

/** Finds chains until it has looked at `looks` sets to eject; seats and books are changed only by a chain that ends well. */
export class Chains {
  readonly #books: Books;
  readonly #seats: Map<number, Set<Seat>>;
  /** Takes the last change back first. */
  readonly #undo: (() => void)[] = [];
  #looks: number;

  constructor(seats: readonly Seat[], books: Books, looks: number) {
    this.#books = books;
    this.#looks = looks;
    this.#seats = new Map(books.candidates.map((_, index) => [index, new Set<Seat>()]));
    for (const seat of seats) this.#seats.get(seat.index)?.add(seat);
  }

  /** A new seat for the replica, with others moved as needed; undefined when no chain was found. */
  seat(asker: Asker): Seat | undefined {
    for (let depth = 0; depth <= LONGEST && this.#looks > 0; depth++) {
      const index = this.#find(asker, depth, new Set());
      if (index === undefined) continue;
      const seat: Seat = { asker, index };
      this.#seats.get(index)?.add(seat);
      this.#undo.length = 0;
      return seat;
    }
    return undefined;
  }

  /** Books a host for it and gives its index. */
  #find(asker: Asker, depth: number, fixed: ReadonlySet<Seat>): number | undefined {
    const hosts = this.#books.fields.of(asker).domains.flatMap(({ members }) => members);
    const open = this.#leastLoaded(asker, hosts);
    if (open !== undefined) return this.#book(asker, open);
    this.#looks -= hosts.length / HOSTS_PER_LOOK;
    if (depth === 0) return undefined;
    for (let count = 1; count <= MOST_EJECTED; count++) {
      for (const index of hosts) {
        for (const ejected of this.#ejections(asker, index, { count, fixed })) {
          if (this.#looks < 0) return undefined;
          if (this.#eject(asker, index, { ejected, depth, fixed })) return index;
        }
      }
    }
    return undefined;
  }

  #leastLoaded(asker: Asker, hosts: readonly number[]): number | undefined {
    let best = { key: Number.POSITIVE_INFINITY, index: -1 };
    for (const index of hosts) {
      const key = this.#books.accountOf(asker.service).keyOn(index);
      if (key < best.key || (key === best.key && index < best.index)) best = { key, index };
    }
    return best.index === -1 ? undefined : best.index;
  }

  /** Sets of so many replicas that make just enough room, found one after the other. */
  *#ejections(
    asker: Asker,
    index: number,
    { count, fixed }: { readonly count: number; readonly fixed: ReadonlySet<Seat> },
  ): Generator<readonly Seat[]> {
    const movable = [...(this.#seats.get(index) ?? [])].filter(
      (seat) => !fixed.has(seat) && seat.asker.service !== asker.service,
    );
    for (const set of setsOf(movable, count)) {
      if (--this.#looks < 0) return;
      if (this.#fitsWithout(asker, index, set)) yield set;
    }
  }

  #fitsWithout({ service }: Asker, index: number, seats: readonly Seat[]): boolean {
    for (const { asker } of seats) this.#books.accountOf(asker.service).unbook(index);
    const fits = this.#books.accountOf(service).keyOn(index) < Number.POSITIVE_INFINITY;
    for (const { asker } of seats) this.#books.accountOf(asker.service).book(index);
    return fits;
  }

  #eject(
    asker: Asker,
    index: number,
    {
      ejected,
      depth,
      fixed,
    }: { readonly ejected: readonly Seat[]; readonly depth: number; readonly fixed: ReadonlySet<Seat> },
  ): boolean {
    const mark = this.#undo.length;
    const moved = new Set([...fixed, ...ejected]);
    for (const seat of ejected) this.#free(seat.asker, index);
    this.#book(asker, index);
    for (const seat of ejected) {
      const to = this.#find(seat.asker, depth - 1, moved);
      if (to === undefined) {
        for (const undo of this.#undo.splice(mark).reverse()) undo();
        return false;
      }
      this.#move(seat, to);
    }
    return true;
  }

  #move(seat: Seat, to: number): void {
    const from = seat.index;
    this.#sit(seat, to);
    this.#undo.push(() => this.#sit(seat, from));
  }

  #sit(seat: Seat, index: number): void {
    this.#seats.get(seat.index)?.delete(seat);
    this.#seats.get(index)?.add(seat);
    seat.index = index;
  }

  #book({ service }: Asker, index: number): number {
    const account = this.#books.accountOf(service);
    account.book(index);
    this.#undo.push(() => account.unbook(index));
    return index;
  }

  #free({ service }: Asker, index: number): void {
    const account = this.#books.accountOf(service);
    account.unbook(index);
    this.#undo.push(() => account.book(index));
  }
}

/** All sets of so many of the seats. Replicas of one service are as good as each other: of equal sets there is one. */
function* setsOf(seats: readonly Seat[], count: number): Generator<readonly Seat[]> {
  if (count === 0) {
    yield [];
    return;
  }
  const tried = new Set<unknown>();
  for (const [at, seat] of seats.entries()) {
    if (tried.has(seat.asker.service)) continue;
    tried.add(seat.asker.service);
    for (const rest of setsOf(seats.slice(at + 1), count - 1)) yield [seat, ...rest];
  }
}

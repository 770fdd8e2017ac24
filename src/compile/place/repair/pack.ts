/**
 * Packing: host by host, small ones first, each filled as full as it can be, beginning with the hardest kind that is left.
 * (The minimum bin slack heuristic MBS': Fleszar and Hindi, New heuristics for one-dimensional bin-packing, 2002; both
 * resources count by how scarce they are: Panigrahy et al., Heuristics for vector bin packing, 2011.)
 */
import { type Board, type Kind, worthOf } from './board.ts';
import { noSeats, type Seats } from './seats.ts';

/** Ways to fill one host that are looked at. */
const LOOKS_PER_HOST = 5_000;

/** A host with a smaller share of one resource left is full. */
const FULL = 1e-4;

/** A kind while hosts are filled. */
interface Pile {
  readonly kind: Kind;
  /** Index of the kind. */
  readonly at: number;
  /** How much of what is scarce one of them is. */
  readonly worth: number;
  left: number;
}

/** Seats of as many as were packed; no host has more than it has room for. */
export function packed(board: Board): Seats {
  const worth = worthOf(board);
  const seats = noSeats(board);
  const piles = board.kinds
    .map((kind, at): Pile => ({ kind, at, worth: worth(kind.cpus, kind.memoryBytes), left: kind.count }))
    .sort((a, b) => b.worth - a.worth || a.at - b.at);
  const sizes = Float64Array.from(board.freeCpus, (cpus, host) => worth(cpus, board.freeMemory[host] ?? 0));
  const order = [...sizes.keys()].sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b);
  for (const host of order) {
    for (const { at } of new Filling(board, host, piles).best()) {
      const row = seats[at];
      if (row !== undefined) row[host] = (row[host] ?? 0) + 1;
    }
  }
  return seats;
}

/** One host's filling: depth first through all sets of what is left, the hardest first, as long as looks last. */
class Filling {
  readonly #host: number;
  readonly #free: { readonly cpus: number; readonly memoryBytes: number };
  readonly #piles: readonly Pile[];
  readonly #chosen: Pile[] = [];
  #best: { readonly worth: number; readonly chosen: readonly Pile[] } = { worth: 0, chosen: [] };
  #looks = LOOKS_PER_HOST;

  constructor({ freeCpus, freeMemory }: Board, host: number, piles: readonly Pile[]) {
    this.#host = host;
    this.#free = { cpus: freeCpus[host] ?? 0, memoryBytes: freeMemory[host] ?? 0 };
    this.#piles = piles.filter(({ left, kind }) => left > 0 && (kind.limits[host] ?? 0) > 0);
  }

  /** One pile for each replica that the host gets; they are taken off their piles. */
  best(): readonly Pile[] {
    this.#fill(0, { ...this.#free, worth: 0 });
    for (const pile of this.#best.chosen) pile.left--;
    return this.#best.chosen;
  }

  /** True when nothing better is to be looked for. */
  #fill(from: number, left: { readonly cpus: number; readonly memoryBytes: number; readonly worth: number }): boolean {
    if (left.worth > this.#best.worth) {
      this.#best = { worth: left.worth, chosen: [...this.#chosen] };
      const { cpus, memoryBytes } = this.#free;
      if (left.cpus < cpus * FULL || left.memoryBytes < memoryBytes * FULL) return true;
    }
    let already = this.#chosen.filter((one) => one === this.#piles[from]).length;
    for (let which = from; which < this.#piles.length; which++, already = 0) {
      const pile = this.#piles[which];
      if (pile === undefined || already >= Math.min(pile.left, pile.kind.limits[this.#host] ?? 0)) continue;
      const { cpus, memoryBytes } = pile.kind;
      if (cpus > left.cpus || memoryBytes > left.memoryBytes) continue;
      if (--this.#looks < 0) return true;
      this.#chosen.push(pile);
      const isDone = this.#fill(which, {
        cpus: left.cpus - cpus,
        memoryBytes: left.memoryBytes - memoryBytes,
        worth: left.worth + pile.worth,
      });
      this.#chosen.pop();
      // The first of all is the hardest that fits: it stays, or it would be left to the end.
      if (isDone || this.#chosen.length === 0) return true;
    }
    return false;
  }
}

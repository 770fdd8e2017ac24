/** What the loss of one host does: its replicas are placed again on all others, as a deploy would, and taken back. */
import type { Books } from './order/books.ts';
import type { Asker } from './order/fields.ts';
import { Queues, Ranking } from './order/ranking.ts';

/** The loss that leaves most replicas without a host, and of equal ones the one after which the fullest host is fullest. */
export interface Loss {
  /** Name of the lost host; empty without hosts. */
  readonly host: string;
  readonly unplaced: number;
}

/** By index of the host: numbers of the services of which it loses replicas, each as often as it has them, in their order. */
type Losers = readonly Int32Array[];

/**
 * Tries each host in turn. Who would take what is ranked once for each service, and a loss only looks at the hosts that
 * come first there: all losses together cost one pass over the hosts for each service, and a few looks for each replica.
 * The books are as all is placed; `askers` are the services whose replicas may go elsewhere.
 */
export function worstLoss(askers: readonly Asker[], books: Books): Loss {
  const losers = losersOf(askers, books);
  // One for each replica that may have gone there before, one for the lost host, one that is as it was.
  const length = losers.reduce((most, one) => Math.max(most, one.length), 0) + 1;
  const tried = books.copy();
  const queues = new Queues(tried);
  const rankings = askers.map((asker) => new Ranking(asker, tried, { length, queues }));
  const trial = new Trial(tried, rankings);
  const shares = books.candidates.map((_, index) => books.shareOn(index));
  const fullest = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0)).slice(0, 2);
  let worst = { host: '', unplaced: -1, share: -1 };
  for (const [index, { host }] of books.candidates.entries()) {
    const others = Math.max(0, ...fullest.map((one) => (one === index ? 0 : (shares[one] ?? 0))));
    const loss = trial.lose(index, losers[index] ?? NOBODY);
    const share = Math.max(others, loss.share);
    if (loss.unplaced > worst.unplaced || (loss.unplaced === worst.unplaced && share > worst.share))
      worst = { host: host.name, unplaced: loss.unplaced, share };
  }
  return { host: worst.host, unplaced: worst.unplaced };
}

const NOBODY = new Int32Array();

function losersOf(askers: readonly Asker[], books: Books): Losers {
  const rows = askers.map(({ service }) => books.accountOf(service).counts);
  const ends = new Int32Array(books.candidates.length);
  for (const row of rows)
    for (let index = 0; index < row.length; index++) ends[index] = (ends[index] ?? 0) + (row[index] ?? 0);
  const losers = Array.from(ends, (count) => new Int32Array(count));
  for (let number = rows.length - 1; number >= 0; number--) {
    const row = rows[number] ?? ends;
    for (let index = 0; index < row.length; index++) {
      const count = row[index] ?? 0;
      if (count === 0) continue;
      const end = ends[index] ?? 0;
      losers[index]?.fill(number, end - count, end);
      ends[index] = end - count;
    }
  }
  return losers;
}

/** One loss after the other on the same books. */
class Trial {
  readonly #books: Books;
  readonly #rankings: readonly Ranking[];
  /** By index of the host: 1 where it is lost or has taken something. */
  readonly #changed: Uint8Array;

  constructor(books: Books, rankings: readonly Ranking[]) {
    this.#books = books;
    this.#rankings = rankings;
    this.#changed = new Uint8Array(books.candidates.length);
  }

  /** Loses the host and takes it back: how many replicas fit nowhere else, and the greatest share of who took something. */
  lose(lost: number, losers: Int32Array): { readonly unplaced: number; readonly share: number } {
    for (const number of losers) this.#rankings[number]?.count(lost, -1);
    this.#changed[lost] = 1;
    const takers: number[] = [];
    let unplaced = 0;
    for (const number of losers) {
      const taker = this.#rankings[number]?.take(lost, this.#changed) ?? -1;
      takers.push(taker);
      if (taker === -1) unplaced++;
      else this.#changed[taker] = 1;
    }
    const share = takers.reduce((most, taker) => Math.max(most, this.#books.shareOn(taker)), 0);
    for (let place = 0; place < losers.length; place++) this.#takeBack(losers[place] ?? -1, lost, takers[place] ?? -1);
    this.#changed[lost] = 0;
    return { unplaced, share };
  }

  #takeBack(number: number, lost: number, taker: number): void {
    const ranking = this.#rankings[number];
    ranking?.count(lost, 1);
    if (taker === -1) return;
    ranking?.giveBack(taker);
    this.#changed[taker] = 0;
  }
}

/** What the loss of one host does: its replicas are placed again on all others, as a deploy would, and taken back. */
import type { Candidate } from './filters.ts';
import { type Asker, Books } from './order/books.ts';
import { dominantShare } from './order/load.ts';
import { Ranking } from './order/ranking.ts';

/** The loss that leaves most replicas without a host, and of equal ones the one after which the fullest host is fullest. */
export interface Loss {
  /** Name of the lost host; empty without hosts. */
  readonly host: string;
  readonly unplaced: number;
}

/**
 * Tries each host in turn. Who would take what is ranked once for each service, and a loss only looks at the hosts that
 * come first there: all losses together cost one pass over the hosts for each service, and a few looks for each replica.
 * `losers` has by host who would go elsewhere; replicas of one service are one and the same value.
 */
export function worstLoss(losers: ReadonlyMap<string, readonly Asker[]>, candidates: readonly Candidate[]): Loss {
  // Own books: those of the schedule must not change while losses are tried.
  const books = new Books(candidates.map(copyOf));
  // One for each replica that may have gone there before, one for the lost host, one that is as it was.
  const length = [...losers.values()].reduce((most, one) => Math.max(most, one.length), 0) + 1;
  const rankings = new Map<Asker, Ranking>();
  const rankingOf = (asker: Asker): Ranking => {
    const ranking = rankings.get(asker) ?? new Ranking(asker, books, length);
    rankings.set(asker, ranking);
    return ranking;
  };
  const shares = books.candidates.map(dominantShare);
  const fullest = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0)).slice(0, 2);
  let worst = { host: '', unplaced: -1, share: -1 };
  for (const [index, { host }] of candidates.entries()) {
    const others = Math.max(0, ...fullest.map((one) => (one === index ? 0 : (shares[one] ?? 0))));
    const moved = (losers.get(host.name) ?? []).map(rankingOf);
    const loss = lose(index, moved, books);
    const share = Math.max(others, loss.share);
    if (loss.unplaced > worst.unplaced || (loss.unplaced === worst.unplaced && share > worst.share))
      worst = { host: host.name, unplaced: loss.unplaced, share };
  }
  return { host: worst.host, unplaced: worst.unplaced };
}

/** Loses the host and takes it back: how many replicas fit nowhere else, and the greatest share of who took something. */
function lose(
  lost: number,
  moved: readonly Ranking[],
  books: Books,
): { readonly unplaced: number; readonly share: number } {
  const rankings = new Set(moved);
  for (const ranking of rankings) ranking.dismiss(lost);
  const changed = new Set([lost]);
  const taken: { readonly ranking: Ranking; readonly index: number }[] = [];
  for (const ranking of moved) {
    const index = ranking.take(lost, changed);
    if (index === undefined) continue;
    changed.add(index);
    taken.push({ ranking, index });
  }
  let share = 0;
  for (const { index } of taken) {
    const candidate = books.candidates[index];
    if (candidate !== undefined) share = Math.max(share, dominantShare(candidate));
  }
  for (const { ranking, index } of taken) ranking.giveBack(index);
  for (const ranking of rankings) ranking.readmit(lost);
  return { unplaced: moved.length - taken.length, share };
}

function copyOf(candidate: Candidate): Candidate {
  return { ...candidate, counts: new Map(candidate.counts) };
}

/** What the loss of one host does: its replicas are placed again on all others, as a deploy would, and taken back. */

import type { Candidate } from './filters.ts';
import { type Asker, Books } from './order/books.ts';
import { dominantShare } from './order/load.ts';
import { Turn } from './order/turn.ts';

/** The loss that leaves most replicas without a host, and of equal ones the one after which the fullest host is fullest. */
export interface Loss {
  /** Name of the lost host; empty without hosts. */
  readonly host: string;
  readonly unplaced: number;
}

/**
 * Tries each host in turn. The turns of all services are made once, and a loss only touches the hosts that take something:
 * all losses together cost what it costs to place every replica once more. `losers` has by host who would go elsewhere;
 * replicas of one service are one and the same value.
 */
export function worstLoss(losers: ReadonlyMap<string, readonly Asker[]>, candidates: readonly Candidate[]): Loss {
  // Own books: those of the schedule must not change while losses are tried.
  const books = new Books(candidates.map(copyOf));
  const turns = new Map<Asker, Turn>();
  const turnOf = (asker: Asker): Turn => {
    const turn = turns.get(asker) ?? new Turn(asker, books);
    turns.set(asker, turn);
    return turn;
  };
  const shares = books.candidates.map(dominantShare);
  const fullest = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0)).slice(0, 2);
  let worst = { host: '', unplaced: -1, share: -1 };
  for (const [index, { host }] of candidates.entries()) {
    const others = Math.max(0, ...fullest.map((one) => (one === index ? 0 : (shares[one] ?? 0))));
    const moved = (losers.get(host.name) ?? []).map(turnOf);
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
  moved: readonly Turn[],
  books: Books,
): { readonly unplaced: number; readonly share: number } {
  const turns = new Set(moved);
  for (const turn of turns) turn.dismiss(lost);
  const taken: { readonly turn: Turn; readonly index: number }[] = [];
  for (const turn of moved) {
    const index = turn.take({});
    if (index !== undefined) taken.push({ turn, index });
  }
  let share = 0;
  for (const { index } of taken) {
    const candidate = books.candidates[index];
    if (candidate !== undefined) share = Math.max(share, dominantShare(candidate));
  }
  for (const { turn, index } of taken) turn.giveBack(index);
  for (const turn of turns) turn.readmit(lost);
  for (const turn of turns) turn.settle();
  return { unplaced: moved.length - taken.length, share };
}

function copyOf(candidate: Candidate): Candidate {
  return { ...candidate, counts: new Map(candidate.counts) };
}

/** One choice of a host that stands alone: for jobs, and for services that live together. */
import { type Refusal, type Request, refusalsOf } from './filters.ts';
import type { Books } from './order/books.ts';
import { Turn } from './order/turn.ts';

/** A host for the request, or every host's reason against it. */
export type Choice =
  | { readonly kind: 'placed'; readonly host: string; readonly address: string }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** Chooses a host, as the service's turn would, and books the room on it. */
export function place(request: Request, books: Books): Choice {
  return placeInTurn(request, books, new Turn(request, books));
}

/** The same for one of many replicas of a service; the turn must be of that service and these books. */
export function placeInTurn(request: Request, books: Books, turn: Turn): Choice {
  const taken = books.candidates[turn.take(request) ?? -1];
  if (taken !== undefined) return { kind: 'placed', host: taken.host.name, address: taken.host.private };
  const standings = books.candidates.flatMap((_, index) => books.standing(index, request.service.name) ?? []);
  return { kind: 'refused', refusals: refusalsOf(request, standings) };
}

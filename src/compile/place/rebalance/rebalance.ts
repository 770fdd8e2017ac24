/**
 * Which running replicas move so that hosts are loaded evenly, by the same aims as placing: each service is spread over its
 * preferred labels (zones), then over hosts, then the fullest hosts give to emptier ones. Greedy: the move that helps most
 * goes first, and each must help by a stated least amount, so that nothing swings and a second run finds nothing.
 */
import type { Situation } from '../../desire/situation.ts';
import type { Books } from '../order/books.ts';
import type { Asker } from '../order/fields.ts';
import { type Gain, isMore, Judge, type Way } from './judge.ts';

/** A running replica and the host that it moves to. */
export interface Move {
  readonly service: string;
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

/** Replicas of one service that may move; indexes of hosts by slot, as they are after the moves so far. */
interface Mover {
  readonly situation: Situation;
  readonly origins: ReadonlyMap<number, number>;
  readonly hosts: Map<number, number>;
}

interface Option extends Way {
  readonly mover: Mover;
  readonly slot: number;
  readonly gain: Gain;
}

/**
 * At most `maxMoves` moves; each fits where it goes once those before it are done. Sorted by service and slot. Only what is
 * at rest moves, and of it only what leaves nothing behind: no volumes, no writable folders of the host, nothing that runs
 * on every host, nothing that pauses when it is replaced. A cordoned host neither takes nor gives.
 */
export function rebalanceMoves(situations: readonly Situation[], present: Books, maxMoves: number): Move[] {
  const books = present.copy();
  const movers = situations.filter(isMovable).map((situation) => moverOf(situation, books));
  for (;;) {
    const option = bestOf(movers, books);
    if (option === undefined) break;
    apply(option, books);
    if (movesOf(movers, books).length <= maxMoves) continue;
    option.mover.hosts.set(option.slot, option.from);
    break;
  }
  return movesOf(movers, books);
}

function isMovable({ desired, stays, unserved, resumed, blues, vacancies }: Situation): boolean {
  const { mode, job, rollout, mounts } = desired.service;
  const isAtRest = unserved.size + resumed.length + blues.length + vacancies.length === 0;
  const isBound = mounts.some((mount) => mount.kind === 'volume' || (mount.kind === 'bind' && !mount.readOnly));
  const isPlain = mode === 'replicated' && job === undefined && rollout.kind !== 'recreate';
  return stays.length > 0 && isAtRest && isPlain && !isBound;
}

function moverOf(situation: Situation, books: Books): Mover {
  const origins = new Map(situation.stays.map(({ container, host }) => [container.slot, books.indexOf(host)]));
  return { situation, origins, hosts: new Map(origins) };
}

function movesOf(movers: readonly Mover[], { candidates }: Books): Move[] {
  const nameOn = (index: number): string => candidates[index]?.host.name ?? '';
  return movers
    .flatMap(({ situation, origins, hosts }) =>
      [...hosts].flatMap(([slot, to]): Move[] => {
        const from = origins.get(slot) ?? to;
        if (from === to) return [];
        return [{ service: situation.desired.service.name, slot, from: nameOn(from), to: nameOn(to) }];
      }),
    )
    .sort((a, b) => (a.service === b.service ? a.slot - b.slot : a.service < b.service ? -1 : 1));
}

/** Of equal options the first by service, then by host. Hosts from which nothing better can come are passed over. */
function bestOf(movers: readonly Mover[], books: Books): Option | undefined {
  let best: Option | undefined;
  const byName = [...movers].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const mover of byName) {
    const judge = new Judge(askerOf(mover), books);
    for (const [from, slot] of givers(mover, books)) {
      if (best !== undefined && !isMore(judge.most(from), best.gain)) continue;
      for (let to = 0; to < books.candidates.length; to++) {
        const gain = judge.gain({ from, to });
        if (gain === undefined || (best !== undefined && !isMore(gain, best.gain))) continue;
        if (judge.fits(to)) best = { mover, slot, from, to, gain };
      }
    }
  }
  return best;
}

function askerOf({ situation: { desired } }: Mover): Asker {
  return { service: desired.service, architectures: desired.facts?.architectures ?? [] };
}

function nameOf({ situation }: Mover): string {
  return situation.desired.service.name;
}

/** Hosts that may give a replica, by name, each with the highest slot of the service there: the one that came last. */
function givers({ hosts }: Mover, { candidates }: Books): (readonly [number, number])[] {
  const slots = new Map<number, number>();
  for (const [slot, host] of hosts) slots.set(host, Math.max(slot, slots.get(host) ?? slot));
  return [...slots].filter(([host]) => candidates[host]?.host.cordoned === false).sort(([a], [b]) => a - b);
}

function apply({ mover, slot, from, to }: Option, books: Books): void {
  const account = books.accountOf(mover.situation.desired.service);
  account.unbook(from);
  account.book(to);
  mover.hosts.set(slot, to);
}

/**
 * What may be rearranged, as plain numbers: vacancies by kind (replicas of one service are as good as each other) and what is
 * free on each host before any of them is seated.
 */
import type { Resources } from '../../../model/inventory.ts';
import { eligibility, TINY_CPUS } from '../filters.ts';
import type { Books } from '../order/books.ts';
import type { Asker } from '../order/fields.ts';

/** Vacancies of one service. */
export interface Kind {
  readonly asker: Asker;
  readonly count: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** By index of the host: how many of them it may have, by every rule but its room. */
  readonly limits: Int32Array;
  /** By index of the host: how many of the service are there already. */
  readonly there: Int32Array;
  /** For each label that it is to be spread over, in their order: by index of the host, the number of the host's value. */
  readonly domains: readonly Int32Array[];
}

/** Kinds by their index, hosts by theirs. */
export interface Board {
  readonly kinds: readonly Kind[];
  readonly hosts: number;
  readonly capacities: readonly Resources[];
  /** What is free; 0 where more is reserved than there is. */
  readonly freeCpus: Float64Array;
  readonly freeMemory: Float64Array;
}

/** The board of these vacancies, one asker for each, on hosts on which nothing of them is booked. */
export function boardOf(askers: readonly Asker[], books: Books): Board {
  const counts = new Map<string, { readonly asker: Asker; count: number }>();
  for (const asker of askers) {
    const known = counts.get(asker.service.name);
    if (known === undefined) counts.set(asker.service.name, { asker, count: 1 });
    else known.count++;
  }
  const { candidates } = books;
  return {
    kinds: [...counts.values()].map((one) => kindOf(one, books)),
    hosts: candidates.length,
    capacities: candidates.map(({ capacity }) => capacity),
    freeCpus: Float64Array.from(candidates, (_, host) => Math.max(0, freeOn(books, host).cpus)),
    freeMemory: Float64Array.from(candidates, (_, host) => Math.max(0, freeOn(books, host).memoryBytes)),
  };
}

/** False when all of it together is more than all that is free: then nobody need search. */
export function mayFit(board: Board): boolean {
  const { cpus, memory } = sumsOf(board);
  return cpus.wanted <= cpus.free && memory.wanted <= memory.free;
}

/** Tells how much of what is scarce an amount of both resources is: shares of all that is free, by how much of it is wanted. */
export function worthOf(board: Board): (cpus: number, memoryBytes: number) => number {
  const sums = sumsOf(board);
  const [perCpu = 0, perByte = 0] = [sums.cpus, sums.memory].map(({ wanted, free }) =>
    free > 0 ? wanted / free / free : 0,
  );
  return (cpus, memoryBytes) => cpus * perCpu + memoryBytes * perByte;
}

/** What is wanted and what is free, of each resource. */
function sumsOf({ kinds, freeCpus, freeMemory }: Board): {
  readonly cpus: { readonly wanted: number; readonly free: number };
  readonly memory: { readonly wanted: number; readonly free: number };
} {
  const wanted = (amount: (kind: Kind) => number): number =>
    kinds.reduce((all, kind) => all + kind.count * amount(kind), 0);
  const free = (amounts: Float64Array): number => amounts.reduce((all, one) => all + one, 0);
  return {
    cpus: { wanted: wanted(({ cpus }) => cpus), free: free(freeCpus) },
    memory: { wanted: wanted(({ memoryBytes }) => memoryBytes), free: free(freeMemory) },
  };
}

function kindOf({ asker, count }: { readonly asker: Asker; readonly count: number }, books: Books): Kind {
  const { reservation, spread, maxPerHost = Number.POSITIVE_INFINITY } = asker.service;
  const isEligible = eligibility(asker);
  const { candidates } = books;
  const there = books.accountOf(asker.service).counts.slice();
  const limitOn = (host: number): number => {
    const candidate = candidates[host];
    const free = freeOn(books, host);
    if (candidate === undefined || !isEligible(candidate) || free.cpus < 0 || free.memoryBytes < 0) return 0;
    return Math.max(0, Math.min(count, maxPerHost - (there[host] ?? 0)));
  };
  return {
    asker,
    count,
    ...reservation,
    limits: Int32Array.from(candidates, (_, host) => limitOn(host)),
    there,
    domains: spread.map((label) => books.fields.labels.valuesOf(label).numbers),
  };
}

function freeOn(books: Books, host: number): Resources {
  const { cpus, memoryBytes } = books.candidates[host]?.capacity ?? { cpus: 0, memoryBytes: 0 };
  const used = books.usedOn(host);
  return { cpus: cpus - used.cpus + TINY_CPUS, memoryBytes: memoryBytes - used.memoryBytes };
}

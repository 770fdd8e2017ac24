/**
 * What others do with the same problem, in their plainest form: one replica after the other goes to the best host that has
 * room and is allowed, and none is moved again.
 */
import type { Load, Problem, Room, Seating } from './problem.ts';

/** A host while it is filled. */
interface Spot {
  readonly room: Room;
  readonly index: number;
  freeCpus: number;
  freeMemory: number;
  total: number;
  /** By index of the load. */
  readonly counts: number[];
}

/** The smaller number is the better host; of equal ones the first in the file is taken. */
type Score = (spot: Spot, load: Load, at: number) => number;

/** Replicas that found no host are missing from the seating. */
export interface Baseline {
  readonly name: string;
  readonly seat: (problem: Problem) => Seating;
}

/** First fit: services in the order of the file, each replica on the first host that has room (Johnson, 1973). */
const firstFit: Baseline = { name: 'first fit', seat: (problem) => seated(problem, inFileOrder(problem), () => 0) };

/**
 * Best fit decreasing over vectors: replicas by their larger share of the whole fleet's cpu or memory, the largest first,
 * each on the host that has least left of both afterwards, counted in the same shares (Panigrahy, Talwar, Uyeda and Wieder,
 * Heuristics for vector bin packing, 2011).
 */
const bestFitDecreasing: Baseline = {
  name: 'best fit decreasing',
  seat: (problem) => {
    const all = wholeOf(problem);
    const size = (load: Load): number => Math.max(load.cpus / all.cpus, load.memoryBytes / all.memoryBytes);
    const left: Score = ({ freeCpus, freeMemory }) => freeCpus / all.cpus + freeMemory / all.memoryBytes;
    return seated(problem, decreasing(problem, size), left);
  },
};

/**
 * Swarm's rule: of the zones, where the service asks for them, the one with the fewest tasks of the service; there the host
 * with the fewest tasks of the service, then the one with the fewest of all (moby/swarmkit, manager/scheduler).
 */
const swarm: Baseline = {
  name: "Swarm's rule",
  seat: (problem) => {
    const byZone = problem.loads.map(() => new Map<string, number>());
    const score: Score = ({ room, counts, total }, { isSpread }, at) =>
      (isSpread ? (byZone[at]?.get(room.zone) ?? 0) : 0) * 1e8 + (counts[at] ?? 0) * 1e4 + total;
    const note = (at: number, { zone }: Room): void => void byZone[at]?.set(zone, (byZone[at]?.get(zone) ?? 0) + 1);
    return seated(problem, inFileOrder(problem), score, note);
  },
};

/** Nomad's bin packing: the host with the highest score after the replica has come (hashicorp/nomad, nomad/structs/funcs.go). */
const nomad: Baseline = {
  name: "Nomad's bin packing",
  seat: (problem) =>
    seated(
      problem,
      inFileOrder(problem),
      ({ room, freeCpus, freeMemory }, load) =>
        -scoreFit((freeCpus - load.cpus) / room.cpus, (freeMemory - load.memoryBytes) / room.memoryBytes),
    ),
};

/** All of them. */
export const BASELINES: readonly Baseline[] = [firstFit, bestFitDecreasing, swarm, nomad];

/** Nomad's ScoreFitBinPack: 20 - (10^free cpu + 10^free memory), free as shares 0 to 1; 0 for an empty host, 18 for a full one. */
export function scoreFit(freeCpus: number, freeMemory: number): number {
  return Math.min(18, Math.max(0, 20 - (10 ** freeCpus + 10 ** freeMemory)));
}

/** Indexes of loads, one for each replica. */
function inFileOrder({ loads }: Problem): number[] {
  return loads.flatMap(({ replicas }, at) => Array.from({ length: replicas }, () => at));
}

function decreasing(problem: Problem, size: (load: Load) => number): number[] {
  const sizes = problem.loads.map(size);
  return inFileOrder(problem).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
}

function wholeOf({ rooms }: Problem): { readonly cpus: number; readonly memoryBytes: number } {
  return {
    cpus: rooms.reduce((all, { cpus }) => all + cpus, 0),
    memoryBytes: rooms.reduce((all, { memoryBytes }) => all + memoryBytes, 0),
  };
}

function seated(
  { rooms, loads }: Problem,
  order: readonly number[],
  score: Score,
  note: (at: number, room: Room) => void = () => {},
): Seating {
  const spots: Spot[] = rooms.map((room, index) => ({
    room,
    index,
    freeCpus: room.cpus,
    freeMemory: room.memoryBytes,
    total: 0,
    counts: [],
  }));
  for (const at of order) {
    const load = loads[at];
    const spot = load === undefined ? undefined : bestOf(spots, load, at, score);
    if (load === undefined || spot === undefined) continue;
    spot.freeCpus -= load.cpus;
    spot.freeMemory -= load.memoryBytes;
    spot.total++;
    spot.counts[at] = (spot.counts[at] ?? 0) + 1;
    note(at, spot.room);
  }
  return loads.map((_, at) => spots.map(({ counts }) => counts[at] ?? 0));
}

function bestOf(spots: readonly Spot[], load: Load, at: number, score: Score): Spot | undefined {
  let best: { readonly spot: Spot; readonly score: number } | undefined;
  for (const spot of spots) {
    if (load.allowed[spot.index] !== true || (spot.counts[at] ?? 0) >= load.maxPerHost) continue;
    // Sums of fractions such as 0.1 drift.
    if (load.cpus > spot.freeCpus + 1e-6 || load.memoryBytes > spot.freeMemory) continue;
    const its = score(spot, load, at);
    if (best === undefined || its < best.score) best = { spot, score: its };
  }
  return best?.spot;
}

/**
 * Waves: which replicas start together, and which blue ones go before or after. One wave is one cutover. Where blue and
 * green do not fit together, a service goes in batches; where not one fits, one blue replica goes first.
 */
import type { FleetError } from '../../model/error.ts';
import type { Host } from '../../model/inventory.ts';
import type { PortBinding } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import type { Vacancy } from '../desire/vacancies.ts';
import { type Existing, namesFor, type World } from '../desire/world.ts';
import { booksOf } from './candidates.ts';
import { portsUsedUp, unplaceable } from './explain.ts';
import type { Refusal, Request } from './filters.ts';
import { type Homes, homeNote, homesOf, placeAtHome } from './homes.ts';
import type { Books } from './order/books.ts';
import { dominantShare } from './order/load.ts';
import { Turn } from './order/turn.ts';
import { type Choice, placeInTurn } from './place.ts';
import type { Schedule, Start, Task, Wave } from './planned.ts';
import { bindPorts, inheritedPorts, type PortBook, takenPorts } from './ports.ts';
import {
  byDifficulty,
  finishes,
  holdAfter,
  inTurn,
  isServed,
  type Queue,
  stopFirstCount,
  takeBlues,
  waveSize,
} from './queue.ts';
import type { Assignment } from './repair/rearrange.ts';

/** What goes on around one try to place a replica. */
interface Attempt {
  readonly turn: Turn;
  readonly before: readonly Existing[];
  readonly refused: Map<Queue, readonly Refusal[]>;
  /** True once a slot that might have gone anywhere went nowhere: so will the others. */
  isFull: boolean;
}

/** The smaller rank is placed first. */
export type Rank = (service: Service) => number;

/** Plans the waves in one go; replicas of the assignment go to its hosts, or nowhere. */
export function wavesOf(task: Task, rank: Rank, assignment: Assignment = new Map()): Schedule {
  const run = new Scheduling(task, rank, assignment);
  for (let wave = 0; wave === 0 || run.isOpen(); wave++) run.wave(wave);
  return run.result();
}

/** Holds the books (room, ports, queues) while waves are made; dropped afterwards. */
class Scheduling {
  private readonly queues: Queue[];
  private readonly books: Books;
  private readonly assignment: Assignment;
  private readonly ports: PortBook;
  private readonly homes: Homes;
  private readonly waves: Wave[] = [];
  private readonly notes = new Map<string, string[]>();
  private readonly problems: FleetError[] = [];
  private readonly peak = new Map<string, { cpus: number; memoryBytes: number }>();
  private readonly world: World;
  private readonly releaseNumber: number;
  private readonly names = new Map<string, (slot: number) => string>();

  constructor({ situations, world, release: releaseNumber }: Task, rank: Rank, assignment: Assignment) {
    this.assignment = assignment;
    this.world = world;
    this.releaseNumber = releaseNumber;
    this.books = booksOf(world, situations);
    this.ports = takenPorts(world);
    this.homes = homesOf(world);
    this.queues = [...situations]
      .sort((a, b) => rank(a.desired.service) - rank(b.desired.service) || byDifficulty(a, b))
      .map((situation) => ({
        situation,
        ...inTurn(situation, world),
        architectures: situation.desired.facts?.architectures ?? [],
        placed: 0,
        forced: 0,
      }));
  }

  /** Blue that no successor waits for goes, too, when the last slot turned out to fit nowhere. */
  isOpen(): boolean {
    return this.queues.some(({ pending, blues }) => pending.length + blues.length > 0);
  }

  wave(index: number): void {
    const starts: Start[] = [];
    const counts = new Map<Queue, number>();
    const refused = new Map<Queue, readonly Refusal[]>();
    const stopped = new Map(this.queues.map((queue) => [queue, this.stopFirst(queue, index)]));
    const before = [...stopped.values()].flat();
    for (const queue of this.queues) {
      const slots = queue.pending.slice(0, waveSize(queue, index));
      if (slots.length === 0) continue;
      const placed = new Map<Vacancy, Start>();
      const attempt = { turn: this.turnOf(queue), before, refused, isFull: false };
      for (const vacancy of slots) {
        const start = this.tryPlace(queue, vacancy, attempt);
        if (start !== undefined) placed.set(vacancy, start);
      }
      for (const start of placed.values()) starts.push(start);
      counts.set(queue, placed.size);
      queue.pending = queue.pending.filter((vacancy) => !placed.has(vacancy));
    }
    this.notePeak();
    // Whoever went before its successor came does not let a second one go after it.
    const after = this.queues.flatMap((queue) =>
      this.stopAfter(queue, Math.max(0, (counts.get(queue) ?? 0) - (stopped.get(queue)?.length ?? 0))),
    );
    const isFinish = index === 0 && this.queues.some(({ situation }) => finishes(situation));
    if (starts.length + before.length + after.length === 0 && !isFinish) {
      this.makeRoom(refused);
      return;
    }
    this.waves.push({ starts, before, after, holdMs: holdAfter(this.queues, index) });
    this.noteBatches(refused);
  }

  result(): Schedule {
    const { waves, notes, problems, peak, books } = this;
    return { waves, notes, problems, peak, books };
  }

  private stopFirst(queue: Queue, index: number): Existing[] {
    const count = stopFirstCount(queue, index);
    const going = takeBlues(queue, count, queue.pending.slice(0, Math.max(count, 1)));
    this.noteStopFirst(queue, going.length);
    queue.forced = 0;
    this.free(going);
    return going;
  }

  private noteStopFirst(queue: Queue, count: number): void {
    const { desired } = queue.situation;
    if (count === 0 || desired.service.rollout.kind !== 'rolling' || queue.forced > 0) return;
    if (queue.placed > 0 || isServed(queue, this.world)) return;
    this.note(queue, `stop-first: a pause of a few seconds without ${desired.service.name}`);
  }

  private stopAfter(queue: Queue, successors: number): Existing[] {
    const count = queue.pending.length === 0 ? queue.blues.length : successors;
    const going = queue.blues.slice(0, count);
    queue.blues = queue.blues.slice(count);
    this.free(going);
    return going;
  }

  private free(going: readonly Existing[]): void {
    for (const { container, host } of going) this.books.release(this.books.indexOf(host), container);
  }

  private turnOf({ situation, architectures }: Queue): Turn {
    return new Turn({ service: situation.desired.service, architectures }, this.books);
  }

  private tryPlace(queue: Queue, vacancy: Vacancy, attempt: Attempt): Start | undefined {
    const { turn, before, refused } = attempt;
    const { service } = queue.situation.desired;
    const assigned = this.assignment.get(`${service.name}.${vacancy.slot}`);
    const bound = assigned === undefined ? vacancy : { ...vacancy, pinned: assigned };
    if (attempt.isFull && bound.pinned === undefined) return undefined;
    const choice = this.choose({ service, architectures: queue.architectures, ...bound }, turn);
    if (choice.kind === 'refused') {
      refused.set(queue, choice.refusals);
      if (bound.pinned === undefined) attempt.isFull = true;
      return undefined;
    }
    queue.placed++;
    const shared = homeNote(service, this.homes);
    if (shared !== undefined) this.note(queue, shared);
    const replica = this.nameOf(service.name, vacancy.slot);
    const ports = this.portsFor(service, replica, choice.host, vacancy, before);
    return {
      service: service.name,
      slot: vacancy.slot,
      replica,
      host: choice.host,
      address: choice.address,
      ports,
    };
  }

  private nameOf(service: string, slot: number): string {
    const id = { app: this.world.playbook.app, service, release: this.releaseNumber };
    const names = this.names.get(service) ?? namesFor(id, this.world);
    this.names.set(service, names);
    return names(slot);
  }

  private hostOf(name: string): Host | undefined {
    return this.books.candidates[this.books.indexOf(name)]?.host;
  }

  private choose(request: Request, turn: Turn): Choice {
    return this.homes.groups.has(request.service.name)
      ? placeAtHome(request, this.books, this.homes)
      : placeInTurn(request, this.books, turn);
  }

  /** A recreated replica takes over its predecessor's host ports, so no router needs to change. */
  private portsFor(
    service: Service,
    replica: string,
    host: string,
    vacancy: Vacancy,
    before: readonly Existing[],
  ): readonly PortBinding[] {
    const inherited = inheritedPorts(service, { host, slot: vacancy.slot }, before);
    if (service.ports.length > 0 && inherited.length === service.ports.length) return inherited;
    const ports = bindPorts(service.ports, replica, host, this.world.inventory, this.ports);
    if (ports === undefined) this.problems.push(portsUsedUp(this.world, service.name, host));
    return ports ?? [];
  }

  /** Nothing could move: one blue replica must go first, or the service fits nowhere. */
  private makeRoom(refused: ReadonlyMap<Queue, readonly Refusal[]>): void {
    const stuck = this.queues.filter(({ pending }) => pending.length > 0);
    const willing = stuck.find((queue) => this.mayStopFirst(queue));
    if (willing !== undefined) {
      willing.forced = 1;
      this.note(willing, 'no room for a second colour: a replica stops before its successor starts');
      return;
    }
    for (const queue of stuck) {
      const { service } = queue.situation.desired;
      const slots = queue.pending.map(({ slot }) => slot);
      this.problems.push(unplaceable(service, slots, refused.get(queue) ?? [], this.world.playbook.locations));
      queue.pending = [];
      // A repair leaves who has no successor where it is: one that is sick may be better than none.
      if (this.isLenient()) queue.blues = queue.blues.filter(({ container }) => !slots.includes(container.slot));
    }
  }

  private isLenient(): boolean {
    return this.world.stance.misfits === 'reported';
  }

  /** A repair stops nobody for room that would be on a host which takes nobody. */
  private mayStopFirst({ blues }: Queue): boolean {
    if (!this.isLenient()) return blues.length > 0;
    return blues.some(({ host }) => this.hostOf(host)?.cordoned === false);
  }

  private noteBatches(refused: ReadonlyMap<Queue, readonly Refusal[]>): void {
    for (const queue of refused.keys()) {
      if (queue.situation.blues.length > 0) this.note(queue, 'no room for both colours at once: goes in batches');
    }
  }

  private note(queue: Queue, sentence: string): void {
    const { name } = queue.situation.desired.service;
    const sentences = this.notes.get(name) ?? [];
    if (!sentences.includes(sentence)) this.notes.set(name, [...sentences, sentence]);
  }

  private notePeak(): void {
    for (const [index, { host, capacity }] of this.books.candidates.entries()) {
      const old = this.peak.get(host.name);
      if (old === undefined || this.books.shareOn(index) > dominantShare({ used: old, capacity }))
        this.peak.set(host.name, this.books.usedOn(index));
    }
  }
}

/** What placing is asked and what it answers, as plain data. */
import type { FleetError } from '../../model/error.ts';
import type { PortBinding } from '../../model/observed.ts';
import type { Service } from '../../model/playbook.ts';
import type { Situation } from '../desire/situation.ts';
import type { Existing, World } from '../desire/world.ts';
import type { Books } from './order/books.ts';

/** A replica to start, with all that was chosen for it. */
export interface Start {
  readonly service: string;
  readonly slot: number;
  readonly replica: string;
  readonly host: string;
  readonly address: string;
  readonly ports: readonly PortBinding[];
}

/** What happens around one cutover. */
export interface Wave {
  readonly starts: readonly Start[];
  /** Blue replicas that go before their successors start: recreate, stop-first, or no room. */
  readonly before: readonly Existing[];
  /** Blue replicas that go once traffic has left them. */
  readonly after: readonly Existing[];
  /** Pause after the cutover, for canary and update delay. */
  readonly holdMs: number;
}

/** The waves of all services, and what has to be said about them. */
export interface Schedule {
  readonly waves: readonly Wave[];
  /** Service -> sentences. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly FleetError[];
  /** The most loaded moment of each host. */
  readonly peak: ReadonlyMap<string, { cpus: number; memoryBytes: number }>;
  /** The hosts once all is placed. */
  readonly books: Books;
}

/** What waves are planned for. */
export interface Task {
  readonly situations: readonly Situation[];
  readonly world: World;
  /** The release that the plan makes. */
  readonly release: number;
  /** Jobs that run in the first wave. */
  readonly jobs: readonly Service[];
}

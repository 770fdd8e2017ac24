/** What a watcher feels with between two full looks, as a port: the real senses are in observe/watch/. */
import type { Inventory } from './inventory.ts';
import type { Observed } from './observed.ts';
import type { Shell } from './shell.ts';
import type { DockerEvent, Pulse, Reach } from './watch.ts';

/** What is felt, and who wants to know. */
export interface Feelers {
  readonly shell: Shell;
  readonly inventory: Inventory;
  /** How the hosts were when they were looked at last. */
  readonly observed: () => Observed['hosts'];
  /** Called when a host's pulse is known first and whenever it changes. */
  readonly onPulse: (host: string, pulse: Pulse) => void;
  readonly onEvent: (event: DockerEvent) => void;
  /** Events of the host come from now on; what happened before was not told. */
  readonly onStream: (host: string) => void;
  /** "HOST/NAME" of running containers that left several questions in a row unanswered: all of them, at each change. */
  readonly onHung: (keys: readonly string[]) => void;
  readonly signal: AbortSignal;
}

/** A question to hosts that are up: does anything behind these silent hosts still answer you? */
export interface ReachQuestion {
  readonly shell: Shell;
  readonly inventory: Inventory;
  readonly silent: readonly string[];
  readonly up: readonly string[];
  /** Silent hosts may have what they reported `before`; routers of hosts that are up know their replicas, too. */
  readonly observed: Observed['hosts'];
}

/** A question to all replicas: does any of you hang? */
export interface HungQuestion {
  readonly shell: Shell;
  readonly inventory: Inventory;
  readonly observed: Observed['hosts'];
  readonly signal: AbortSignal;
}

/** The senses of a watcher. */
export interface Senses {
  /** Feels until the signal aborts; resolves then. */
  feel(feelers: Feelers): Promise<void>;
  /** Ends within a second or two, whoever answers. */
  reach(question: ReachQuestion): Promise<readonly Reach[]>;
  /**
   * "HOST/NAME" of running containers that leave several questions in a row unanswered which their kin can answer. Ends
   * at once when all answer, else usually within 15 s.
   */
  hung(question: HungQuestion): Promise<readonly string[]>;
}

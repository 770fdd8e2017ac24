/** What a watcher stands on beside the stages: senses, repairs, and who is told. */
import type { ApplyEnd, Audience } from '../flow.ts';
import type { HealOrder } from '../model/heal.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import type { Report } from '../model/report.ts';
import type { Shell } from '../model/shell.ts';
import type { DockerEvent, Pulse, Reach } from '../model/watch.ts';
import type { Stages } from '../stages.ts';

/** What is felt, and where. */
export interface Feelers {
  readonly shell: Shell;
  readonly inventory: Inventory;
  /** Called when a host's pulse is known first and whenever it changes. */
  readonly onPulse: (host: string, pulse: Pulse) => void;
  readonly onEvent: (event: DockerEvent) => void;
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
  /** Silent hosts have what they reported `before`. */
  readonly observed: Observed['hosts'];
}

/** What a watcher feels with, between two full looks. */
export interface Senses {
  /** Feels until the signal aborts; resolves then. `observed` tells at any time what runs where. */
  feel(feelers: Feelers, observed: () => Observed['hosts']): Promise<void>;
  /** Ends within a second or two, whoever answers. */
  reach(question: ReachQuestion): Promise<readonly Reach[]>;
}

/** What a repair is made for and with. */
export interface RepairScene {
  readonly app: string;
  readonly order: HealOrder;
  readonly inventory: Inventory;
  readonly shell: Shell;
  readonly stages: Stages;
}

/** How a repair is carried out. */
export interface RepairManner {
  /** True: the lease is taken first, and nobody is asked. */
  readonly isDecided: boolean;
  /** How long to wait for another one who acts on the app. */
  readonly waitMs: number;
  /** ann@laptop */
  readonly by: string;
  readonly signal: AbortSignal;
  readonly stopNow: AbortSignal;
}

/** Repairs go the one way of flow.ts, with what the app's last release asks for. */
export interface Repairs {
  /**
   * The plan for the order, by a look that was made; undefined when no host has the app's release. No lease is taken and
   * nothing is changed. Throws FleetErrors for each reason why there is no plan.
   */
  draft(scene: RepairScene, observed: Observed['hosts']): Promise<Plan | undefined>;
  /** Throws as `apply` of flow.ts. */
  repair(scene: RepairScene, manner: RepairManner, audience: Audience): Promise<ApplyEnd>;
}

/** Stages of a process that watches. */
export interface WatchStages extends Stages {
  readonly senses: Senses;
  readonly repairs: Repairs;
}

/** Who is told; returns at once. */
export type Tell = (report: Report) => void;

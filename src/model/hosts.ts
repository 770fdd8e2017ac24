/** What is asked of hosts as hosts, apart from any app. */
import type { HostMark } from './mark.ts';

/** A maintenance that goes host by host: how far it is. Kept on the keepers, so that the same command goes on. */
export interface Maintenance {
  /** What is done on each host; another one is another maintenance. */
  readonly command: string;
  readonly reboot: boolean;
  /** All hosts of it, in order. */
  readonly hosts: readonly string[];
  /** Those that are done. */
  readonly done: readonly string[];
  /** Marks that hosts had before and get back afterwards. */
  readonly before: Readonly<Record<string, HostMark>>;
  /** Epoch milliseconds by the recording machine's clock; of two the later one counts. */
  readonly at: number;
  /** ann@laptop */
  readonly by: string;
}

/** Where a maintenance stands, as it is asked to be written down. */
export type Progress = Omit<Maintenance, 'at' | 'by'>;

/** What is left to do of a maintenance. */
export interface Schedule {
  /** Hosts that are worked on together, turn by turn. */
  readonly turns: readonly (readonly string[])[];
  readonly progress: Progress;
  /** The maintenance that goes on: the same command was interrupted. */
  readonly goesOn?: Maintenance;
  /** Another one that was not finished, and is not any more. */
  readonly gaveUp?: Maintenance;
}

/** What was asked for. Lists of hosts are sorted by name where order means nothing. */
export type HostsIntent =
  /** "none" takes marks away. */
  | {
      readonly kind: 'mark';
      readonly hosts: readonly string[];
      readonly as: HostMark['kind'];
      readonly why: string;
      readonly progress?: Progress;
    }
  /** Docker, its group and the router, on machines that have none. */
  | { readonly kind: 'bootstrap'; readonly hosts: readonly string[] }
  /** The command on each host, "" for none; then a reboot; then all is as it was before. */
  | {
      readonly kind: 'maintain';
      readonly hosts: readonly string[];
      readonly command: string;
      readonly reboot: boolean;
    }
  /** Router and edge containers of the image and with the main files that the inventory asks for now. */
  | { readonly kind: 'routers' };

/** The plan: the difference between desired and observed as a plain value. What was reviewed is what runs. */
import type { HealOrder } from './heal.ts';
import type { HostsIntent } from './hosts.ts';
import type { HostMark } from './mark.ts';
import type { PortBinding } from './observed.ts';
import type { Playbook } from './playbook.ts';
import type { ReleaseBody } from './release.ts';
import type { WhatIf } from './what-if.ts';

/** What was asked for. Kept in a plan to print it and to compile again; the steps alone say what runs. */
export type Intent =
  | { readonly kind: 'deploy' /** Empty means all. */; readonly services: readonly string[] }
  | { readonly kind: 'remove'; readonly volumes: boolean }
  /** Back to the last release, as far as it is not so. */
  | { readonly kind: 'heal'; readonly order: HealOrder }
  /** Other numbers of replicas of these services; nobody else is touched. */
  | {
      readonly kind: 'scale';
      readonly replicas: Readonly<Record<string, number>>;
      /** Set when no person asks: what people declared stays on record, and what fits nowhere is reported. */
      readonly watcher?: WatcherReason;
    }
  /** What that release asked for, as a new release. */
  | { readonly kind: 'rollback'; readonly to: number }
  /** All that may move leaves the host, which is marked as drained. */
  | { readonly kind: 'drain'; readonly host: string }
  /** Replicas move so that hosts are loaded evenly. */
  | { readonly kind: 'rebalance'; readonly maxMoves: number };

/** Why a watcher asks for other numbers of replicas. */
export interface WatcherReason {
  /** For people: "web 3 -> 12: window of 2026-11-27 08:00 Europe/Berlin: at least 12". */
  readonly because: string;
  /** Hosts that come and go: they get nothing new. Sorted. */
  readonly avoided: readonly string[];
}

/** Whether the intent is about hosts and no app. */
export function isOfHosts(intent: Intent | HostsIntent): intent is HostsIntent {
  const { kind } = intent;
  return kind === 'mark' || kind === 'bootstrap' || kind === 'maintain' || kind === 'routers';
}

/** Where one replica belongs. */
export interface Placement {
  readonly service: string;
  readonly slot: number;
  /** Container name, for example shop.backend.7.2. */
  readonly replica: string;
  readonly host: string;
  /** Private address of the host. */
  readonly address: string;
  readonly ports: readonly PortBinding[];
  /** As written, with its digest where known: nginx:1.30@sha256:… */
  readonly image: string;
  /** "stays" runs already; "starts" is made by this plan. */
  readonly change: 'stays' | 'starts';
}

/** What a step means. Printed and summarised from; never interpreted by the executor. */
export type Action =
  | { readonly kind: 'prepare'; readonly what: string }
  | { readonly kind: 'pull'; readonly image: string }
  | { readonly kind: 'start'; readonly service: string; readonly replica: string }
  | { readonly kind: 'adopt'; readonly service: string; readonly replica: string }
  | { readonly kind: 'health'; readonly service: string; readonly replicas: readonly string[] }
  | { readonly kind: 'job'; readonly service: string; readonly replica: string }
  | { readonly kind: 'probe'; readonly replicas: readonly string[] }
  | { readonly kind: 'lay'; readonly generation: string }
  | { readonly kind: 'switch'; readonly generation: string }
  | { readonly kind: 'confirm'; readonly generation: string }
  | { readonly kind: 'verify'; readonly what: readonly string[] }
  | { readonly kind: 'commit' }
  /** Does nothing: names once what many steps wait for, so that a plan grows with its steps and not with their pairs. */
  | { readonly kind: 'gate' }
  | { readonly kind: 'hold'; readonly ms: number }
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop'; readonly service: string; readonly replica: string }
  | { readonly kind: 'remove'; readonly service: string; readonly replica: string }
  | { readonly kind: 'sweep'; readonly what: string }
  | { readonly kind: 'record'; readonly release: number }
  /** A host is marked; kept on every keeper. */
  | { readonly kind: 'mark'; readonly of: string; readonly as: HostMark['kind'] }
  /** A command of somebody's own, as a part of maintenance. */
  | { readonly kind: 'maintain'; readonly command: string }
  | { readonly kind: 'reboot' };

/** Bytes of a file that travels through standard input. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** Key in `Plan.files`, whose value is base64. */
  | { readonly kind: 'file'; readonly digest: string }
  /** The one declared hole in a plan: the executor feeds the value. */
  | { readonly kind: 'secret'; readonly name: string; readonly digest: string };

/** One entry of a tar stream. */
export interface ArchiveEntry {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: Content;
}

/** What a command reads from standard input. */
export type Stdin =
  | { readonly kind: 'text'; readonly text: string }
  /** A tar stream of the entries, compressed by gzip where it says so. */
  | { readonly kind: 'archive'; readonly entries: readonly ArchiveEntry[]; readonly gzip?: true }
  /** A tar stream of the entries of `Plan.carried`, all below `data`. */
  | { readonly kind: 'carried'; readonly digest: string }
  /** `Plan.body` as JSON, compressed by gzip. */
  | { readonly kind: 'body' }
  /**
   * The text with `@AT@` replaced by the time (epoch milliseconds), `@BY@` by who, `@PLAN@` by the plan's digest, `@RUN@`
   * by what no other run of any plan has; JSON-safe.
   */
  | {
      readonly kind: 'stamped';
      readonly text: string;
      /** The time that is filled in is later than this one (epoch milliseconds), whatever the clock says. */
      readonly laterThan?: number;
    };

/** A line for the host's shell, quoted and complete: sent as it stands. Safe to run twice. */
export interface RunCommand {
  readonly kind: 'run';
  readonly line: string;
  readonly stdin?: Stdin;
  readonly timeoutMs: number;
}

/** One address asked through the host's own network path (a channel forwarded by its sshd). */
export interface ProbeTarget {
  /** For people: "backend.7.1" or "shop.example/". */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Nobody knows that something listens there: one good answer in the group, or this long without any, is enough. */
  readonly maybe?: { readonly group: string; readonly ms: number };
  /** One of several ports that a file names: silent for `ms` after another of the group answered, it is unused; without `ms` it must answer. */
  readonly beside?: { readonly group: string; readonly ms?: number };
  /** Absent: a TCP connection that opens is enough. */
  readonly http?: {
    readonly path: string;
    /** Host header; and the TLS server name when `tls`. */
    readonly host?: string;
    readonly tls: boolean;
    /** Inclusive range of good status codes. */
    readonly status: readonly [number, number];
    /** The body must be exactly this, trimmed. */
    readonly body?: string;
  };
}

/** Ask all targets until each has answered well, or the time is over. */
export interface ProbeCommand {
  readonly kind: 'probe';
  readonly targets: readonly ProbeTarget[];
  /** Limit of one attempt. */
  readonly attemptMs: number;
  /** Pause between attempts. */
  readonly intervalMs: number;
  /** Time in which every target must have answered well once. */
  readonly timeoutMs: number;
  /** Go on asking for so long after that, counting failures. 0: not. */
  readonly monitorMs: number;
  /** Share of failures during the monitoring that is still good, 0 to 1. */
  readonly maxFailureRatio: number;
  /** Asked on the host again and again while it is monitored, and at its end. */
  readonly watch?: Watch;
}

/** A line for the host's shell that knows whether all is well: a code other than 0 ends the probe, and its last words say why. */
export interface Watch {
  readonly line: string;
  /** Pause between two times. */
  readonly everyMs: number;
  /** Limit of each time. */
  readonly timeoutMs: number;
}

/** Let time pass (delay between waves). */
export interface HoldCommand {
  readonly kind: 'hold';
  readonly ms: number;
}

/** Over a new connection: ask until the line ends with code 0. For what only a login or a reboot brings about. */
export interface RejoinCommand {
  readonly kind: 'rejoin';
  /** Quoted and complete; changes nothing, as it is asked again and again. */
  readonly line: string;
  /** Limit of one attempt, connecting included. */
  readonly attemptMs: number;
  /** Pause between attempts. */
  readonly intervalMs: number;
  /** Time in which it must have succeeded once. */
  readonly timeoutMs: number;
}

/** What a step does, in order. */
export type Command = RunCommand | ProbeCommand | HoldCommand | RejoinCommand;

/** One thing on one host, with what it needs and how it is taken back. */
export interface Step {
  /** Readable and stable: `start backend.7.2@vm3`. */
  readonly id: string;
  readonly host: string;
  readonly action: Action;
  readonly reason: string;
  /** Ids of steps that must be done before. */
  readonly needs: readonly string[];
  readonly commands: readonly Command[];
  /** Run when the plan fails after this step began and before the commit, needers first. Empty: nothing to take back. */
  readonly undo: readonly Command[];
  /**
   * Once it is done, nothing that it needed is taken back any more: what is good by itself stays when something else in
   * the plan fails, as if the run had been killed there, and the next plan goes on with it.
   */
  readonly checkpoint?: true;
  /** Lines whose output explains a failure of this step (last logs, exit code). */
  readonly diagnose: readonly string[];
}

/** A change of one service, for review. */
export interface ServiceChange {
  readonly service: string;
  readonly change: 'create' | 'update' | 'repair' | 'remove' | 'none';
  /** "image 1.4.2 -> 1.5.0", "replicas 2 -> 3". */
  readonly reasons: readonly string[];
  readonly replicas: number;
  readonly rollout: string;
  readonly image: string;
  readonly starts: readonly { readonly replica: string; readonly host: string; readonly ports: readonly number[] }[];
  readonly stops: readonly { readonly replica: string; readonly host: string }[];
  readonly stays: readonly { readonly replica: string; readonly host: string }[];
  /** Sentences about what it costs: a pause, batches, cut connections. */
  readonly notes: readonly string[];
}

/** Load of one resource while both colours run, for review. */
export interface Room {
  readonly cpuShare: number;
  readonly cpuHost: string;
  readonly memoryShare: number;
  readonly memoryHost: string;
  /** Whether all replicas still fit when any one host is lost, and the worst host to lose. */
  readonly withoutOne: { readonly fits: boolean; readonly worst: string };
}

/** A change of one router's or edge's files, for review. */
export interface RouterChange {
  readonly host: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Something the reviewer should know. Stable codes, for CI: W_… about hosts and services, N_FILE about what a file asks for. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** A compiled plan: equal to itself after a round trip through JSON. */
export interface Plan {
  readonly version: 1;
  /** The app, or `HOSTS` of model/labels.ts when the plan is about hosts. */
  readonly app: string;
  readonly fleet: string;
  readonly intent: Intent | HostsIntent;
  /** The release that this plan makes; equal to `previous` when it only repairs or does nothing. */
  readonly release: number;
  /** 0 when there is none. */
  readonly previous: number;
  /** Digest of everything in the plan but `warnings`, `room` and itself. */
  readonly digest: string;
  readonly hosts: number;
  readonly edges: number;
  readonly services: readonly ServiceChange[];
  readonly placements: readonly Placement[];
  /** Service -> VIP. */
  readonly vips: Readonly<Record<string, string>>;
  readonly routers: readonly RouterChange[];
  readonly room: Room;
  readonly warnings: readonly Warning[];
  /** In an order that respects `needs`. Empty: nothing to do. */
  readonly steps: readonly Step[];
  /** Digest -> base64 of files that steps carry. */
  readonly files: Readonly<Record<string, string>>;
  /** Digest -> folders and files for bind mounts, that steps lay on hosts or record; the plan's digest has their digests only. */
  readonly carried: Playbook['carried'];
  /** What this plan asks for, only where a step records it. Of its carried files it has the digests: see `carried`. */
  readonly body?: ReleaseBody;
  /** Hosts that keep records and lease, in order. */
  readonly keepers: readonly string[];
  /** This plan is the answer to a what-if: it is read, and never carried out. */
  readonly whatIf?: WhatIf;
}

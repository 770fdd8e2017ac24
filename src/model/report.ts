/** What a watcher tells people. A report is made when something changes, never each round. */

import type { ScaleChange } from './scale.ts';

/** About a host. */
export type HostNews =
  /** No traffic goes there any more. `replicas`: how many ran there. */
  | {
      readonly kind: 'host-lost';
      readonly host: string;
      readonly cause: 'silent' | 'no-docker';
      readonly message: string;
      readonly replicas: number;
    }
  /** The grace is over: `moving` replicas start elsewhere. */
  | { readonly kind: 'host-gone'; readonly host: string; readonly afterMs: number; readonly moving: number }
  /** They are bound to volumes on a lost host and wait for it. */
  | {
      readonly kind: 'volume-waits';
      readonly host: string;
      readonly app: string;
      readonly services: readonly string[];
      readonly replicas: number;
    }
  /** It can not be reached or has no Docker, but its replicas answer other hosts: they stay in the routers. */
  | {
      readonly kind: 'host-serving';
      readonly host: string;
      readonly cause: 'silent' | 'no-docker';
      readonly message: string;
      readonly asked: number;
      readonly answered: number;
    }
  /** It shows another key than known_hosts has: nobody talks to it, and it counts as silent. */
  | { readonly kind: 'host-untrusted'; readonly host: string; readonly message: string }
  | { readonly kind: 'host-back'; readonly host: string; readonly afterMs: number }
  /** It was lost and came back so often within ten minutes: it gets nothing new for a while. */
  | { readonly kind: 'host-flaps'; readonly host: string; readonly times: number; readonly forMs: number }
  | { readonly kind: 'host-settled'; readonly host: string }
  | { readonly kind: 'disk-low' | 'disk-freed'; readonly host: string; readonly freeBytes: number }
  | { readonly kind: 'clock-off' | 'clock-right'; readonly host: string; readonly skewMs: number };

/** About what an app's edges serve HTTPS with: once a day. `leftMs` is below 0 when it has ended. */
export interface CertificateNews {
  readonly kind: 'certificate-ends' | 'certificate-ended';
  readonly app: string;
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly endsAt: number;
  readonly leftMs: number;
}

/** About replicas of an app. */
export type ReplicaNews =
  /** It runs and does not work: it is replaced. */
  | {
      readonly kind: 'replica-sick';
      readonly app: string;
      readonly service: string;
      readonly host: string;
      readonly container: string;
      readonly cause: 'unhealthy' | 'hung';
    }
  | {
      readonly kind: 'replica-well';
      readonly app: string;
      readonly service: string;
      readonly host: string;
      readonly container: string;
    }
  /** All replicas at once: it is probably not the replicas. One is replaced; `helped` false when that changed nothing. */
  | {
      readonly kind: 'service-sick';
      readonly app: string;
      readonly service: string;
      readonly replicas: number;
      readonly helped?: false;
    }
  | { readonly kind: 'service-well'; readonly app: string; readonly service: string }
  /** It ended `deaths` times: left alone for `pauseMs`. `logs` are the last lines that it wrote. */
  | {
      readonly kind: 'crash-loop';
      readonly app: string;
      readonly service: string;
      readonly slot: number;
      readonly host: string;
      readonly container: string;
      readonly deaths: number;
      readonly exitCode: number;
      readonly pauseMs: number;
      readonly logs: readonly string[];
    }
  | { readonly kind: 'crash-over'; readonly app: string; readonly service: string; readonly slot: number };

/** About repairs of an app. */
export type RepairNews =
  /** `what`: one sentence for each change that was made. */
  | { readonly kind: 'repaired'; readonly app: string; readonly what: readonly string[]; readonly ms: number }
  | { readonly kind: 'repair-failed'; readonly app: string; readonly why: readonly string[]; readonly ms: number }
  /** There is no plan that would repair it. */
  | { readonly kind: 'repair-refused'; readonly app: string; readonly why: readonly string[] }
  /** The rest is repaired without it. */
  | { readonly kind: 'does-not-fit'; readonly app: string; readonly why: readonly string[] }
  | { readonly kind: 'fits-again'; readonly app: string }
  /** By the calendar or by load; what people declared stays. */
  | { readonly kind: 'scaled'; readonly app: string; readonly changes: readonly ScaleChange[]; readonly ms: number }
  /** The same, where it is only reported (`--max-repairs 0`). */
  | { readonly kind: 'scale-wanted'; readonly app: string; readonly changes: readonly ScaleChange[] }
  | { readonly kind: 'scale-failed'; readonly app: string; readonly why: readonly string[]; readonly ms: number }
  /** There is no plan for these numbers. */
  | { readonly kind: 'scale-refused'; readonly app: string; readonly why: readonly string[] }
  /** Ended half way for a repair that could not wait, or because the watcher leaves. */
  | { readonly kind: 'scale-interrupted'; readonly app: string; readonly ms: number }
  /** Ended half way for something more urgent, or because the watcher leaves. */
  | { readonly kind: 'repair-interrupted'; readonly app: string; readonly ms: number }
  /** So many repairs within an hour: no more until it is less. */
  | { readonly kind: 'ceiling'; readonly app: string; readonly repairs: number }
  | { readonly kind: 'ceiling-over'; readonly app: string }
  /** Somebody else acts on the app now. */
  | { readonly kind: 'lease-held'; readonly app: string; readonly why: string }
  /** It runs and nobody recorded what it should be. */
  | { readonly kind: 'no-release'; readonly app: string; readonly why: string };

/** About the watcher itself. */
export type WatcherNews =
  | { readonly kind: 'watch-started'; readonly hosts: number; readonly apps: readonly string[] }
  | { readonly kind: 'watch-ended' }
  /** Fewer than half of the hosts answer: nothing is changed. */
  | { readonly kind: 'cut-off'; readonly up: number; readonly hosts: number; readonly withoutDocker: number }
  | { readonly kind: 'cut-off-over'; readonly up: number; readonly hosts: number; readonly afterMs: number }
  | { readonly kind: 'reloaded'; readonly hosts: number }
  | { readonly kind: 'reload-failed'; readonly message: string }
  | { readonly kind: 'notify-failed'; readonly way: 'webhook' | 'command'; readonly message: string }
  /** Something that should not have happened; the watcher goes on. */
  | { readonly kind: 'trouble'; readonly message: string };

/** What is told, without its time. */
export type News = HostNews | CertificateNews | ReplicaNews | RepairNews | WatcherNews;

/** One report; `at` is epoch milliseconds by the watcher's clock. */
export type Report = { readonly at: number } & News;

/** Who is told of a report; returns at once. */
export type Tell = (report: Report) => void;

/** How loud a report is. */
export type Severity = 'info' | 'warning' | 'error';

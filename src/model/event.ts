/** What happens while a plan is carried out. Executors say nothing but events; every view is made of them. */

/** Why a step failed, ready to be shown. Secrets are masked. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The command as sent, when it was one. */
  readonly command?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Last logs, exit code, probe transcript. */
  readonly diagnosis: readonly string[];
}

/** One happening. `at` is epoch milliseconds. */
export type Event =
  | {
      readonly kind: 'plan-started';
      readonly at: number;
      readonly app: string;
      readonly release: number;
      readonly steps: number;
    }
  | { readonly kind: 'step-started'; readonly at: number; readonly id: string; readonly host: string }
  | { readonly kind: 'step-done'; readonly at: number; readonly id: string; readonly host: string; readonly ms: number }
  | {
      readonly kind: 'step-failed';
      readonly at: number;
      readonly id: string;
      readonly host: string;
      readonly failure: Failure;
    }
  | {
      readonly kind: 'step-skipped';
      readonly at: number;
      readonly id: string;
      readonly host: string;
      readonly reason: string;
    }
  | { readonly kind: 'undo-started'; readonly at: number; readonly steps: number; readonly reason: string }
  | { readonly kind: 'step-undone'; readonly at: number; readonly id: string; readonly host: string }
  | {
      readonly kind: 'undo-failed';
      readonly at: number;
      readonly id: string;
      readonly host: string;
      readonly failure: Failure;
    }
  | {
      readonly kind: 'lease';
      readonly at: number;
      readonly state: 'waiting' | 'taken' | 'lost' | 'released';
      readonly message: string;
    }
  | { readonly kind: 'plan-done'; readonly at: number; readonly result: Outcome };

/** How carrying out a plan ended. */
export interface Outcome {
  readonly kind: 'done' | 'failed' | 'interrupted';
  /** True when the commit was passed: the release serves, even if a later step failed. */
  readonly committed: boolean;
  readonly done: number;
  readonly failed: readonly string[];
  readonly undone: number;
  /** What is left on hosts that should not be there; "" entries never occur. */
  readonly left: readonly string[];
  readonly ms: number;
}

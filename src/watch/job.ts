/** What a worker does, one thing at a time, and what is said of how it ended. */
import type { FleetError } from '../model/error.ts';
import type { HealOrder } from '../model/heal.ts';
import type { Plan } from '../model/plan.ts';
import type { RepairNews } from '../model/report.ts';
import type { ScaleChange } from '../model/scale.ts';
import type { ChangeOfRelease } from '../recorded.ts';
import { repairSentences, scaleWords } from '../report/index.ts';

/** Back to what is declared; or to other numbers of replicas, while the order says what is taken of silent hosts. */
export type Job =
  | { readonly kind: 'repair'; readonly order: HealOrder }
  | { readonly kind: 'scale'; readonly order: HealOrder; readonly changes: readonly ScaleChange[] };

/** How a job ended. */
export interface JobEnd {
  readonly app: string;
  readonly end: 'done' | 'failed' | 'interrupted';
  readonly plan: Plan;
  /** "STEP: why" of the steps that failed. */
  readonly failures: readonly string[];
  readonly ms: number;
}

/** The job as a change of the release. */
export function changeOf(job: Job): ChangeOfRelease {
  if (job.kind === 'repair') return { kind: 'heal', order: job.order };
  return scaleChange(job.changes, job.order.avoided);
}

/** What a watcher asks for with these changes. */
export function scaleChange(changes: readonly ScaleChange[], avoided: readonly string[]): ChangeOfRelease {
  const replicas = Object.fromEntries(changes.map(({ service, to }) => [service, to]));
  return { kind: 'scale', replicas, watcher: { because: changes.map(scaleWords).join('; '), avoided } };
}

/** What is told of it. */
export function endNews(job: Job, { app, end, plan, failures: why, ms }: JobEnd): RepairNews {
  if (job.kind === 'scale') {
    if (end === 'done') return { kind: 'scaled', app, changes: job.changes, ms };
    return end === 'failed' ? { kind: 'scale-failed', app, why, ms } : { kind: 'scale-interrupted', app, ms };
  }
  if (end === 'done') return { kind: 'repaired', app, what: repairSentences(plan), ms };
  return end === 'failed' ? { kind: 'repair-failed', app, why, ms } : { kind: 'repair-interrupted', app, ms };
}

/** Why there is no plan for it, as news about the app. */
export function refusalOf(job: Job, app: string, problems: readonly FleetError[]): RepairNews {
  const [first] = problems;
  if (first?.code === 'E_RELEASE') return { kind: 'no-release', app, why: first.message };
  const why = problems.map(({ code, message }) => `${message} (${code})`);
  return { kind: job.kind === 'scale' ? 'scale-refused' : 'repair-refused', app, why };
}

/** The audit logs of the keepers: read apart from any change, and what is written there beside the steps of plans. */
import { keepersOf } from './compile/index.ts';
import { type AuditLogs, whatOf } from './model/audit.ts';
import type { Outcome } from './model/event.ts';
import type { Plan } from './model/plan.ts';
import type { Shell } from './model/shell.ts';
import { count } from './report/index.ts';
import type { Files, Stages } from './stages.ts';

/** The logs of all apps: the last so many lines of each, or all of them. */
export async function readAudit(files: Files, lines: number | 'all', stages: Stages): Promise<AuditLogs> {
  const inventory = await stages.loadInventory(files);
  const shell = stages.openShell(inventory);
  try {
    return await stages.readAudit(
      shell,
      keepersOf(inventory).map(({ name }) => name),
      lines,
    );
  } finally {
    await shell.close();
  }
}

/** Who carried a plan out, and by what its keepers are reached. */
export interface Acting {
  readonly shell: Shell;
  readonly stages: Stages;
  /** ann@laptop */
  readonly by: string;
}

/** Writes down how a plan failed or was interrupted; what went well is written down by the plan's own last steps. */
export async function auditTrouble(plan: Plan, outcome: Outcome, { shell, stages, by }: Acting): Promise<void> {
  const { kind: result, failed, undone, committed } = outcome;
  if (result === 'done') return;
  const back = committed ? 'after the commit' : `${count(undone, 'step')} taken back`;
  const detail = [...(failed.length === 0 ? [] : [`failed: ${failed.join(', ')}`]), back].join('; ');
  const { app, keepers, release, previous, digest } = plan;
  const made = { what: whatOf(plan), plan: digest, release, previous };
  await stages.appendAudit({ shell, app, keepers }, { at: stages.clock.now(), by, ...made, result, detail });
}

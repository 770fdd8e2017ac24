/** Carrying out a change from the command line: deploy and remove differ in their intent only. */
import { type ApplyEnd, apply } from '../flow.ts';
import type { Intent, Plan } from '../model/plan.ts';
import { formatOutcome, formatPlan } from '../report/index.ts';
import { type CliAudience, createAudience } from './audience.ts';
import { type Context, interrupts, paletteFor, whoIs } from './context.ts';
import { findFiles } from './files.ts';
import type { Flags } from './flags.ts';

/** What is to be changed. */
export interface Change {
  readonly intent: Intent;
  /** The plan from a file that has to be the one that runs. */
  readonly reviewed?: Plan;
  readonly flags: Flags;
}

/** Carries it out with everything a person needs to see. Returns the exit code: 0, 1 or 130. */
export async function carryOut(change: Change, context: Context): Promise<number> {
  const { terminal, stages } = context;
  const { flags, intent, reviewed } = change;
  const files = await findFiles(flags, terminal, 'both');
  const { gentle, atOnce, dispose } = interrupts(terminal, 'change');
  const audience = createAudience(context, flags, gentle);
  const request = {
    // What is only removed needs no secrets, and may have lost its files.
    files: intent.kind === 'deploy' ? { ...files, services: intent.services } : { ...files, values: 'leave' as const },
    intent,
    isDecided: flags.yes === true && flags.dryRun !== true,
    ...(reviewed === undefined ? {} : { reviewed }),
    ...(flags.wait === undefined ? {} : { waitMs: flags.wait }),
    by: whoIs(terminal),
    signal: gentle,
    stopNow: atOnce,
  };
  try {
    const end = await apply(request, stages, audience);
    audience.end();
    return report(end, audience, { context, flags });
  } catch (error) {
    if (gentle.aborted && isAbort(error, gentle)) return interrupted(context);
    throw error;
  } finally {
    audience.end();
    dispose();
  }
}

function report(end: ApplyEnd, audience: CliAudience, { context, flags }: { context: Context; flags: Flags }): number {
  const { terminal } = context;
  const results = flags.json === true ? terminal.stderr : terminal.stdout;
  switch (end.kind) {
    case 'nothing':
      results.write(formatPlan(end.plan, { palette: paletteFor(results, terminal, flags), detail: 'summary' }));
      if (flags.json === true) terminal.stdout.write(`${JSON.stringify(nothingDone(context))}\n`);
      return 0;
    case 'declined':
      return 1;
    case 'interrupted':
      return interrupted(context);
    case 'ended': {
      const { plan, outcome } = end;
      const output = outcome.kind === 'done' ? results : terminal.stderr;
      output.write(formatOutcome(plan, outcome, audience.events, paletteFor(output, terminal, flags)));
      return outcome.kind === 'done' ? 0 : outcome.kind === 'failed' ? 1 : 130;
    }
    default:
      return end satisfies never;
  }
}

/** The last line of `--json` when there was nothing to do: readers always find an end. */
function nothingDone({ stages }: Context): object {
  const result = { kind: 'done', committed: false, done: 0, failed: [], undone: 0, left: [], ms: 0 };
  return { kind: 'plan-done', at: stages.clock.now(), result };
}

function interrupted({ terminal }: Context): number {
  terminal.stderr.write('interrupted before the first step: nothing was changed\n');
  return 130;
}

/** Waiting for a lease ends with the signal's reason, or with Node's own AbortError. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

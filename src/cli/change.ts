/** Carrying out a change from the command line: commands differ in what they wish for only. */
import { type ApplyRequest, apply, plan, type Wish } from '../flow.ts';
import type { Plan } from '../model/plan.ts';
import type { ApplyEnd } from '../one-way.ts';
import { formatOutcome, formatPlan, planText } from '../report/index.ts';
import type { Files } from '../stages.ts';
import { type CliAudience, createAudience } from './audience.ts';
import { type Context, interrupts, paletteFor, printPlanJson, whoIs, writePieces } from './context.ts';
import { findFiles } from './files.ts';
import type { Flags } from './flags.ts';

/** What is to be changed. */
export interface Change {
  readonly intent: Wish;
  /** Of a change of a release: the app, where it is known. */
  readonly app?: string;
  /** The plan from a file that has to be the one that runs. */
  readonly reviewed?: Plan;
  readonly flags: Flags;
}

/** Carries it out with everything a person needs to see. Returns the exit code: 0, 1 or 130. */
export async function carryOut(change: Change, context: Context): Promise<number> {
  const { flags, intent, reviewed, app } = change;
  const files = await filesFor(intent, { flags, context });
  if (flags.dryRun === true) return show({ intent, files, ...(app === undefined ? {} : { app }) }, { flags, context });
  return showing({ flags, context }, (audience, common) =>
    apply(
      {
        ...common,
        files,
        intent,
        ...(app === undefined ? {} : { app }),
        isDecided: flags.yes === true,
        ...(reviewed === undefined ? {} : { reviewed }),
      },
      context.stages,
      audience,
    ),
  );
}

/** What all changes are asked with. */
export type CommonRequest = Pick<ApplyRequest, 'waitMs' | 'by' | 'signal' | 'stopNow'>;

/** Where a change is made from. */
export interface Setting {
  readonly context: Context;
  readonly flags: Flags;
}

/** Does the work before a person's eyes, with Ctrl-C at hand, and says how it ended. Returns the exit code: 0, 1 or 130. */
export async function showing(
  { context, flags }: Setting,
  work: (audience: CliAudience, common: CommonRequest) => Promise<ApplyEnd>,
): Promise<number> {
  const { terminal } = context;
  const { gentle, atOnce, dispose } = interrupts(terminal, 'change');
  const audience = createAudience(context, flags, gentle);
  const waiting = flags.wait === undefined ? {} : { waitMs: flags.wait };
  try {
    const end = await work(audience, { ...waiting, by: whoIs(terminal), signal: gentle, stopNow: atOnce });
    audience.end();
    return showEnd(end, audience, { context, flags });
  } catch (error) {
    if (gentle.aborted && isAbort(error, gentle)) return interrupted(context);
    throw error;
  } finally {
    audience.end();
    dispose();
  }
}

/** What is only removed needs no secrets, and may have lost its files; what is on record needs no playbook. */
async function filesFor(intent: Wish, { flags, context }: Setting): Promise<Files> {
  const isOfFiles = intent.kind === 'deploy' || intent.kind === 'remove';
  const files = await findFiles(flags, context.terminal, isOfFiles ? 'both' : 'inventory');
  if (intent.kind === 'deploy') return { ...files, services: intent.services };
  return intent.kind === 'remove' ? { ...files, values: 'leave' } : files;
}

/** The plan alone: nothing is changed. */
async function show(request: Parameters<typeof plan>[0], { flags, context }: Setting): Promise<number> {
  const { stages } = context;
  const made = await plan(request, { kind: 'live' }, stages);
  showPlan(made, { flags, context });
  return 0;
}

/** Prints a plan that is only looked at. */
export function showPlan(made: Plan, { flags, context: { terminal } }: Setting): void {
  if (flags.json === true) {
    printPlanJson(terminal, made);
    return;
  }
  const palette = paletteFor(terminal.stdout, terminal, flags);
  writePieces(terminal.stdout, planText(made, { palette, detail: flags.verbose === true ? 'full' : 'summary' }));
}

/** What came of it, for the person or the CI job. Returns the exit code. */
export function showEnd(end: ApplyEnd, audience: CliAudience, { context, flags }: Setting): number {
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
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

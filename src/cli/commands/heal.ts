/** `fleet heal`: one round of what `fleet watch` does all day, for cron and CI. */
import type { Command } from 'commander';
import type { Report } from '../../model/report.ts';
import {
  formatPlan,
  formatProblems,
  formatReport,
  formatReportJson,
  problemRecord,
  problemsOf,
} from '../../report/index.ts';
import { type AppEnd, heal } from '../../watch.ts';
import { type CliAudience, createAudience } from '../audience.ts';
import { isAbort, showEnd } from '../change.ts';
import { addChangeOptions, bind, type Call, type Context, interrupts, paletteFor, whoIs } from '../context.ts';
import { findFiles } from '../files.ts';
import type { Flags } from '../flags.ts';
import { addHealOptions, healSettings, namedApps } from './watch.ts';

/** Adds the command. */
export function addHeal(program: Command, context: Context): void {
  const command = program.command('heal').description('one round of watch: look, and repair');
  addHealOptions(addChangeOptions(command)).addHelpText(
    'after',
    `
It needs the inventory alone, and repairs all apps on record; -p APP repairs one. Hosts
that do not answer are asked again until the grace is over.

Example: fleet heal --yes`,
  );
  bind(command, context, runHeal);
}

/** What stands at hand while the round lasts. */
interface Room {
  readonly context: Context;
  readonly flags: Flags;
  readonly audiences: Map<string, CliAudience>;
}

async function runHeal({ flags }: Call, context: Context): Promise<number> {
  const { terminal, stages } = context;
  const files = await findFiles(flags, terminal, 'inventory');
  const { gentle, atOnce, dispose } = interrupts(terminal, 'change');
  const room: Room = { context, flags, audiences: new Map() };
  const waiting = flags.wait === undefined ? {} : { waitMs: flags.wait };
  const terms = { isDecided: false, ...waiting, by: whoIs(terminal), signal: gentle, stopNow: atOnce };
  const request = {
    files,
    apps: namedApps(flags),
    settings: healSettings(flags),
    terms: flags.dryRun === true ? ('show' as const) : terms,
  };
  const audience = {
    tell: (report: Report) => tell(report, room),
    of: (app: string) => {
      const one = createAudience(context, flags, gentle);
      room.audiences.set(app, one);
      return one;
    },
  };
  try {
    const ends = await heal(request, stages, audience);
    const codes = ends.map((end) => showOne(end, room, gentle));
    if (ends.length === 0 && !gentle.aborted) terminal.stderr.write('no app is on record on these hosts\n');
    return gentle.aborted ? 130 : Math.max(0, ...codes);
  } finally {
    for (const one of room.audiences.values()) one.end();
    dispose();
  }
}

function tell(report: Report, { context: { terminal }, flags }: Room): void {
  if (flags.json === true) terminal.stdout.write(`${formatReportJson(report)}\n`);
  else terminal.stderr.write(`${formatReport(report, paletteFor(terminal.stderr, terminal, flags))}\n`);
}

/** What came of one app. Returns its exit code. */
function showOne(end: AppEnd, { context, flags, audiences }: Room, gentle: AbortSignal): number {
  const { terminal } = context;
  switch (end.kind) {
    case 'planned':
      if (flags.json === true) terminal.stdout.write(`${JSON.stringify(end.plan)}\n`);
      else {
        const palette = paletteFor(terminal.stdout, terminal, flags);
        terminal.stdout.write(formatPlan(end.plan, { palette, detail: flags.verbose === true ? 'full' : 'summary' }));
      }
      return 0;
    case 'applied': {
      const audience = audiences.get(end.app) ?? createAudience(context, flags, gentle);
      audience.end();
      return showEnd(end.end, audience, { context, flags });
    }
    case 'refused':
      return gentle.aborted && isAbort(end.error, gentle) ? 130 : showProblems(end.error, context, flags);
    default:
      return end satisfies never;
  }
}

/** What is no error of ours is a bug, and ends the command as everywhere. */
function showProblems(error: unknown, { terminal }: Context, flags: Flags): number {
  const problems = problemsOf(error);
  if (problems === undefined) throw error;
  if (flags.json === true) {
    terminal.stdout.write(`${JSON.stringify({ kind: 'error', problems: problems.map(problemRecord) })}\n`);
  }
  terminal.stderr.write(formatProblems(problems, paletteFor(terminal.stderr, terminal, flags)));
  return 1;
}

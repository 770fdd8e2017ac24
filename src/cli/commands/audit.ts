/** `fleet audit`: who did what, when and from where, as all keepers have it. */
import { type Command, Option } from 'commander';
import { readAudit } from '../../audit.ts';
import { FleetError } from '../../model/error.ts';
import { type AuditHistory, count, formatAudit, formatAuditProblems, mergeAudit } from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';
import { type Flags, parseCount, parseWait } from '../flags.ts';

/** What is shown when neither a number nor a time is given. */
const DEFAULT_LIMIT = 50;

/** What is read of each log when a time is given and no number. */
const MOST_LINES = 10_000;

/** Adds the command. */
export function addAudit(program: Command, context: Context): void {
  const command = program
    .command('audit')
    .description('who changed what, when, from where, and how it ended')
    .option('--since <time>', 'only newer: a duration such as 7d, or a time such as 2026-11-25')
    .addOption(new Option('--limit <n>', `only the last so many (default: ${DEFAULT_LIMIT})`).argParser(parseCount))
    .addOption(new Option('--format <format>', 'how it is printed').choices(['table', 'json']))
    .option('--json', 'the same as --format json')
    .option('--verify', 'read all of it; exit code 1 where a line was changed or keepers do not agree')
    .addHelpText('after', '\nExamples: fleet audit --since 7d\n          fleet audit --verify');
  bind(command, context, audit);
}

async function audit({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'inventory');
  const since = flags.since === undefined ? 0 : timeOf(flags.since, stages.clock.now());
  const logs = await readAudit(files, flags.verify === true ? 'all' : linesOf(flags), stages);
  const { projectName: app } = flags;
  const isMeant = (one: { readonly app: string }): boolean => app === undefined || one.app === app || one.app === '';
  const merged = mergeAudit({ ...logs, logs: logs.logs.filter(isMeant) });
  const entries = merged.entries.filter(({ at }) => at >= since).slice(-linesOf(flags));
  const { problems } = merged;
  if (flags.json === true || flags.format === 'json') printJson(terminal, { entries, problems });
  else terminal.stdout.write(formatAudit(entries, paletteFor(terminal.stdout, terminal, flags)));
  terminal.stderr.write(formatAuditProblems(problems, paletteFor(terminal.stderr, terminal, flags)));
  if (flags.verify !== true) return 0;
  if (problems.length === 0) terminal.stderr.write(verified(merged, logs.keepers));
  return problems.length === 0 ? 0 : 1;
}

function linesOf(flags: Flags): number {
  return flags.limit ?? (flags.since === undefined ? DEFAULT_LIMIT : MOST_LINES);
}

function verified({ entries }: AuditHistory, keepers: readonly string[]): string {
  return `verified: ${count(entries.length, 'entry', 'entries')} on ${keepers.join(', ')}, each line follows the one before it\n`;
}

/** Epoch milliseconds of "7d" before now, or of "2026-11-25", "2026-11-25T10:00Z". Throws FleetError E_VALUE. */
function timeOf(text: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const at = Date.parse(text);
    if (!Number.isNaN(at)) return at;
  }
  try {
    return now - parseWait(text);
  } catch (cause) {
    const hint = 'fleet audit --since 7d   or   fleet audit --since 2026-11-25';
    throw new FleetError('E_VALUE', `--since ${text} is neither a duration nor a time`, { hint, cause });
  }
}

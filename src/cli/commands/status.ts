/** `fleet status`: hosts, services, release and drift on one screen. */
import type { Command } from 'commander';
import { look, type Sight } from '../../look.ts';
import type { FleetError } from '../../model/error.ts';
import { formatProblems, formatStatus, hostRows, problemsOf, type Status, statusOf } from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds the command. */
export function addStatus(program: Command, context: Context): void {
  const command = program
    .command('status')
    .description('hosts, services, release, drift')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: fleet status --json');
  bind(command, context, status);
}

async function status({ flags }: Call, context: Context): Promise<number> {
  const { terminal, stages } = context;
  const files = await findFiles(flags, terminal, 'inventory');
  const sight = await look({ files, depth: 'drift' }, stages, async (seen) => seen);
  const problems = [
    ...(problemsOf(sight.unread) ?? []),
    ...(sight.compiled?.ok === false ? sight.compiled.problems : []),
  ];
  const seen = statusFrom(sight, problems);
  if (problems.length > 0) {
    terminal.stderr.write(formatProblems(problems, paletteFor(terminal.stderr, terminal, flags)));
  }
  if (flags.json === true) printJson(terminal, seen);
  else terminal.stdout.write(formatStatus(seen, paletteFor(terminal.stdout, terminal, flags)));
  return 0;
}

function statusFrom(sight: Sight, problems: readonly FleetError[]): Status {
  return statusOf({
    fleet: sight.inventory.name,
    hosts: hostRows(sight.inventory, sight.observed.hosts),
    observed: sight.observed.hosts,
    ...(sight.playbook === undefined ? {} : { app: sight.playbook.app }),
    ...(sight.compiled?.ok === true ? { plan: sight.compiled.plan } : {}),
    problems: problems.map((problem) => `${problem.code}: ${problem.message}`),
  });
}

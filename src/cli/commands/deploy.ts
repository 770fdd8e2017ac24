/** `fleet deploy`: makes the hosts as the playbook says, or carries out a plan that was reviewed. */
import type { Command } from 'commander';
import { plan, refuseWhatIf } from '../../flow.ts';
import { FleetError } from '../../model/error.ts';
import { formatPlan } from '../../report/index.ts';
import { carryOut } from '../change.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';
import { parseWait } from '../flags.ts';
import { readPlan } from '../saved.ts';

/** Adds the command. */
export function addDeploy(program: Command, context: Context): void {
  const command = program
    .command('deploy')
    .description('make the hosts as the playbook says')
    .argument('[service|plan...]', 'only these services, or one saved plan (FILE.json)')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show the plan and stop')
    .option('-v, --verbose', 'show the plan with all commands')
    .option('--wait <duration>', 'wait so long for another deploy to end, for example 5m', parseWait)
    .option('--json', 'one event per line')
    .addHelpText('after', '\nExamples: fleet deploy backend --yes\n          fleet deploy next.plan.json');
  bind(command, context, deploy);
}

async function deploy(call: Call, context: Context): Promise<number> {
  const { words, flags } = call;
  const { terminal } = context;
  const saved = words.find((word) => word.endsWith('.json'));
  if (saved !== undefined && words.length > 1) {
    throw new FleetError('E_VALUE', 'a saved plan is carried out alone: it already says which services', {
      hint: `fleet deploy ${saved}`,
    });
  }
  const reviewed = saved === undefined ? undefined : await readPlan(terminal.cwd, saved);
  if (reviewed !== undefined) refuseWhatIf(reviewed);
  const intent = reviewed?.intent ?? { kind: 'deploy' as const, services: words };
  if (flags.dryRun !== true) {
    return carryOut({ intent, flags, ...(reviewed === undefined ? {} : { reviewed }) }, context);
  }
  const files = await findFiles(flags, terminal, 'both');
  const made = await plan(
    { files: { ...files, services: intent.kind === 'deploy' ? intent.services : [] }, intent },
    { kind: 'live' },
    context.stages,
  );
  if (flags.json === true) printJson(terminal, made);
  else {
    const palette = paletteFor(terminal.stdout, terminal, flags);
    terminal.stdout.write(formatPlan(made, { palette, detail: flags.verbose === true ? 'full' : 'summary' }));
  }
  return 0;
}

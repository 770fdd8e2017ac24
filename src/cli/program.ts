/** The command line as a whole: all commands, help on one screen, and how problems end. */
import { Command, CommanderError } from 'commander';
import type { FleetError } from '../model/error.ts';
import { FleetErrors } from '../model/error.ts';
import { formatProblems, problemRecord, problemsOf } from '../report/index.ts';
import type { Stages } from '../stages.ts';
import { addAudit } from './commands/audit.ts';
import { addCheck } from './commands/check.ts';
import { addConfig } from './commands/config.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDrain } from './commands/drain.ts';
import { addExec } from './commands/exec.ts';
import { addHeal } from './commands/heal.ts';
import { addBootstrap, addCordon, addRouters } from './commands/hosts.ts';
import { addInit } from './commands/init.ts';
import { addLock } from './commands/lock.ts';
import { addLogs } from './commands/logs.ts';
import { addMaintain } from './commands/maintain.ts';
import { addObserve } from './commands/observe.ts';
import { addPlan } from './commands/plan.ts';
import { addHosts, addPs } from './commands/ps.ts';
import { addRebalance } from './commands/rebalance.ts';
import { addRecords, addWhere, addWhois } from './commands/records.ts';
import { addDiff, addReleases } from './commands/releases.ts';
import { addRemove } from './commands/remove.ts';
import { addRollback } from './commands/rollback.ts';
import { addScale } from './commands/scale.ts';
import { addSchema } from './commands/schema.ts';
import { addStatus } from './commands/status.ts';
import { addWatch } from './commands/watch.ts';
import { type Context, paletteFor } from './context.ts';
import { addSharedOptions } from './flags.ts';
import { labCommand } from './lab.ts';
import type { Terminal } from './terminal.ts';

/** Codes that mean wrong input: exit code 2. */
const INPUT_CODES = new Set([
  'E_CYCLE',
  'E_FILE',
  'E_INTERPOLATION',
  'E_REFERENCE',
  'E_SCHEMA',
  'E_UNSUPPORTED',
  'E_VALUE',
  'E_YAML',
]);

const FOOT = `
-f, --profile and --env-file may be repeated. FLEET_INVENTORY and COMPOSE_FILE name
the files as well. fleet COMMAND --help shows more.
Exit codes: 0 done, 1 failed, 2 wrong input, 3 changes pending, 130 interrupted.`;

/** Runs one call of fleet; the result is its exit code. Never throws. */
export async function runCli(terminal: Terminal, stages: Stages): Promise<number> {
  const context: Context = { terminal, stages, exit: { code: 0 } };
  try {
    await createProgram(context).parseAsync([...terminal.args], { from: 'user' });
    return context.exit.code;
  } catch (error) {
    return endWith(error, terminal);
  }
}

/** The program with all its commands. */
function createProgram(context: Context): Command {
  const { terminal } = context;
  const program = new Command('fleet')
    .description('Containers on a fleet of Docker hosts, over SSH, without a lost request.')
    .usage('[options] COMMAND')
    .version(terminal.version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => Math.max(80, terminal.stdout.columns),
      getErrHelpWidth: () => Math.max(80, terminal.stderr.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showSuggestionAfterError();
  addSharedOptions(program, 'program').helpCommand(false);
  program.commandsGroup('Begin');
  addInit(program, context);
  addSchema(program, context);
  program.commandsGroup('Review');
  for (const add of [addCheck, addConfig, addPlan, addObserve]) add(program, context);
  program.commandsGroup('Change');
  for (const add of [addDeploy, addScale, addRollback, addRebalance, addRemove, addLock, addHeal, addWatch]) {
    add(program, context);
  }
  program.commandsGroup('Hosts');
  for (const add of [addBootstrap, addCordon, addDrain, addMaintain, addRouters]) add(program, context);
  program.commandsGroup('See');
  for (const add of [
    addStatus,
    addPs,
    addHosts,
    addWhere,
    addWhois,
    addRecords,
    addReleases,
    addDiff,
    addAudit,
    addLogs,
    addExec,
  ])
    add(program, context);
  program.commandsGroup('Practise');
  program.addCommand(adopt(labCommand(), program));
  return program.addHelpText('after', FOOT);
}

/** Lets a command made elsewhere end and write as all others do. */
function adopt(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) adopt(inner, parent);
  return command;
}

function endWith(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const problems = problemsOf(error);
  if (problems === undefined) return internal(error, terminal);
  if (wantsJson(terminal.args)) {
    terminal.stdout.write(`${JSON.stringify({ kind: 'error', problems: problems.map(problemRecord) })}\n`);
  }
  const color = !terminal.args.includes('--no-color');
  terminal.stderr.write(formatProblems(problems, paletteFor(terminal.stderr, terminal, { color })));
  return exitCodeOf(error, problems);
}

function exitCodeOf(error: unknown, problems: readonly FleetError[]): number {
  if (error instanceof FleetErrors) return error.exitCode;
  return problems.every((problem) => INPUT_CODES.has(problem.code)) ? 2 : 1;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).includes('--json');
}

/** A bug of ours: one line for the user, the stack only for who asks. */
function internal(error: unknown, terminal: Terminal): number {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  terminal.stderr.write(`internal error: ${message.split('\n')[0] ?? ''}. Please report it, with FLEET_DEBUG=1 set.\n`);
  if (terminal.env.FLEET_DEBUG === '1' && stack !== undefined) terminal.stderr.write(`${stack}\n`);
  return 1;
}

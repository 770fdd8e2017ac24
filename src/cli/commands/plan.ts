/** `fleet plan`: what a deploy would do, without doing it. */
import { type Command, Option } from 'commander';
import { plan, type World } from '../../flow.ts';
import type { Plan } from '../../model/plan.ts';
import { formatPlanMarkdown, planText } from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printPlanJson, writePieces } from '../context.ts';
import { findFiles } from '../files.ts';
import { collectWords, type Flags } from '../flags.ts';
import { readWorld, savePlan } from '../saved.ts';
import type { Terminal } from '../terminal.ts';

const EXAMPLES = `
Examples: fleet plan -o next.plan.json && fleet deploy next.plan.json
          fleet plan --what-if lose=vm3,scale.web=12
What-ifs: lose=HOST  cordon=HOST  scale.SERVICE=N  add=HOST[:cpus=N][:memory=SIZE]; exit code 1 when it does not fit`;

/** Adds the command. */
export function addPlan(program: Command, context: Context): void {
  const command = program
    .command('plan')
    .description('show what a deploy would do')
    .argument('[service...]', 'only these services')
    .option('-v, --verbose', 'with all commands and the nginx difference')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['text', 'json', 'markdown']))
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'save the plan, for fleet deploy FILE')
    .option('--detailed-exitcode', 'exit with 3 when there is something to do')
    .addOption(new Option('--observed <file>', 'plan from a saved observation').conflicts('offline'))
    .option('--offline', 'take all hosts as up and empty')
    .option('--what-if <assumptions>', 'for example lose=vm3,scale.web=12,cordon=vm2,add=vm9:cpus=8', collectWords)
    .addHelpText('after', EXAMPLES);
  bind(command, context, showPlan);
}

async function showPlan({ words, flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'both');
  const world = await worldOf(flags, terminal);
  const made = await plan(
    {
      files: { ...files, services: words },
      intent: { kind: 'deploy', services: words },
      ...(flags.whatIf === undefined ? {} : { whatIf: flags.whatIf }),
    },
    world,
    stages,
  );
  if (flags.output !== undefined) await savePlan(terminal.cwd, flags.output, made);
  print(made, flags, terminal);
  if (made.whatIf?.fits === false) return 1;
  return flags.detailedExitcode === true && made.steps.length > 0 ? 3 : 0;
}

async function worldOf(flags: Flags, terminal: Terminal): Promise<World> {
  if (flags.offline === true) return { kind: 'offline' };
  if (flags.observed === undefined) return { kind: 'live' };
  return { kind: 'saved', observed: await readWorld(terminal.cwd, flags.observed) };
}

function print(made: Plan, flags: Flags, terminal: Terminal): void {
  if (flags.json === true || flags.format === 'json') {
    printPlanJson(terminal, made);
    return;
  }
  if (flags.format === 'markdown') {
    terminal.stdout.write(formatPlanMarkdown(made));
    return;
  }
  const palette = paletteFor(terminal.stdout, terminal, flags);
  const isLive = flags.offline !== true && flags.observed === undefined;
  const next = [
    'fleet deploy',
    ...(flags.output === undefined ? (made.intent.kind === 'deploy' ? made.intent.services : []) : [flags.output]),
  ];
  writePieces(
    terminal.stdout,
    planText(made, {
      palette,
      detail: flags.verbose === true ? 'full' : 'summary',
      ...(isLive ? { next: next.join(' ') } : {}),
    }),
  );
}

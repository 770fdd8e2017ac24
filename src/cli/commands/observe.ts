/** `fleet observe`: saves what the hosts report, to plan from it later or to report a bug. */
import type { Command } from 'commander';
import { look } from '../../look.ts';
import { bind, type Call, type Context, printJson } from '../context.ts';
import { findFiles } from '../files.ts';
import { saveJson } from '../saved.ts';

/** Adds the command. */
export function addObserve(program: Command, context: Context): void {
  const command = program
    .command('observe')
    .description('save what the hosts report, for fleet plan --observed')
    .option('-o, --output <file>', 'where to (else standard output)')
    .addHelpText('after', '\nExample: fleet observe -o world.json && fleet plan --observed world.json');
  bind(command, context, observe);
}

async function observe({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'inventory');
  const { observed, unread } = await look({ files, depth: 'drift' }, stages, async (sight) => sight);
  if (unread !== undefined) throw unread;
  if (flags.output === undefined) {
    printJson(terminal, observed);
    return 0;
  }
  await saveJson(terminal.cwd, flags.output, observed);
  const up = Object.values(observed.hosts).filter((state) => state.reachable).length;
  terminal.stderr.write(`${up} of ${Object.keys(observed.hosts).length} hosts answered: ${flags.output}\n`);
  return 0;
}

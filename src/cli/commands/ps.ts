/** `fleet ps` and `fleet hosts`: the replicas and the machines as tables. */
import type { Command } from 'commander';
import { chooseReplicas, look } from '../../look.ts';
import { formatHosts, formatReplicas, hostRows } from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds `ps`. */
export function addPs(program: Command, context: Context): void {
  const command = program
    .command('ps')
    .description('the replicas: where, how, since when')
    .argument('[service...]', 'only these services')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: fleet ps backend');
  bind(command, context, showReplicas);
}

/** Adds `hosts`. */
export function addHosts(program: Command, context: Context): void {
  const command = program
    .command('hosts')
    .description('the machines: facts, capacity, used, free')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: fleet hosts -i inventory/lab.yaml');
  bind(command, context, showHosts);
}

async function showReplicas({ words, flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'inventory');
  const rows = await look({ files, depth: 'hosts' }, stages, async (sight) => chooseReplicas(sight, words));
  const palette = paletteFor(terminal.stdout, terminal, flags);
  if (flags.json === true) printJson(terminal, rows);
  else terminal.stdout.write(formatReplicas(rows, { palette, now: stages.clock.now() }));
  return 0;
}

async function showHosts({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'inventory');
  const seen = await look({ files: { ...files, playbooks: [] }, depth: 'hosts' }, stages, async (sight) => sight);
  const rows = hostRows(seen.inventory, seen.observed.hosts);
  if (flags.json === true) printJson(terminal, rows);
  else {
    const palette = paletteFor(terminal.stdout, terminal, flags);
    terminal.stdout.write(formatHosts(rows, { palette, now: stages.clock.now() }));
  }
  return 0;
}

/** `fleet releases` and `fleet diff`: what was deployed when and by whom, and what differs between two of them. */
import type { Command } from 'commander';
import { FleetError } from '../../model/error.ts';
import { compareReleases, seeReleases } from '../../releases.ts';
import { diffReleases, formatReleaseDiff, formatReleases } from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds `releases`. */
export function addReleases(program: Command, context: Context): void {
  const command = program
    .command('releases')
    .description('what was deployed when; what can be brought back')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nBACK says what fleet rollback can bring back, and which keepers lack it.');
  bind(command, context, showReleases);
}

/** Adds `diff`. */
export function addDiff(program: Command, context: Context): void {
  const command = program
    .command('diff')
    .description('what differs between two releases')
    .argument('<from>', 'number of a release')
    .argument('[to]', 'number of another one (default: the current one)')
    .option('--json', 'as JSON, with whole values')
    .addHelpText('after', '\nExample: fleet diff 6 7\nValues that look like secrets are not shown.');
  bind(command, context, showDiff);
}

async function showReleases({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const rows = await seeReleases(await findFiles(flags, terminal, 'inventory'), stages);
  if (flags.json === true) printJson(terminal, rows);
  else terminal.stdout.write(formatReleases(rows, paletteFor(terminal.stdout, terminal, flags)));
  return 0;
}

async function showDiff({ words, flags }: Call, { terminal, stages }: Context): Promise<number> {
  const [from, to] = words.map(numberOf);
  const files = await findFiles(flags, terminal, 'inventory');
  const wanted = { from: from ?? 0, ...(to === undefined ? {} : { to }) };
  const compared = await compareReleases(files, wanted, stages);
  const services = diffReleases(compared.from, compared.to);
  const title = { app: compared.app, from: compared.from.record.release, to: compared.to.record.release };
  if (flags.json === true) printJson(terminal, { ...title, services });
  else terminal.stdout.write(formatReleaseDiff(title, services, paletteFor(terminal.stdout, terminal, flags)));
  return 0;
}

function numberOf(word: string): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new FleetError('E_VALUE', `${word} is no number of a release`, { hint: 'fleet releases' });
}

/** `fleet rollback`: what an earlier release asked for, as a new release. */
import type { Command } from 'commander';
import { FleetError } from '../../model/error.ts';
import { carryOut } from '../change.ts';
import { addChangeOptions, bind, type Call, type Context } from '../context.ts';

/** Adds the command. */
export function addRollback(program: Command, context: Context): void {
  const command = program
    .command('rollback')
    .description('go back to an earlier release')
    .argument('[release]', 'its number (default: the last good one)')
    .addHelpText('after', '\nImages, configs and secrets are those of that release; numbers from fleet scale stay.');
  addChangeOptions(command);
  bind(command, context, rollback);
}

async function rollback({ words: [word], flags }: Call, context: Context): Promise<number> {
  if (word === undefined) return carryOut({ intent: { kind: 'rollback' }, flags }, context);
  if (!/^\d{1,9}$/.test(word)) {
    throw new FleetError('E_VALUE', `${word} is no number of a release`, { hint: 'fleet releases' });
  }
  return carryOut({ intent: { kind: 'rollback', to: Number(word) }, flags }, context);
}

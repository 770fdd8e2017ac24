/** `fleet rebalance`: replicas move so that hosts are loaded evenly, after a host has joined for example. */
import { type Command, Option } from 'commander';
import { carryOut } from '../change.ts';
import { addChangeOptions, bind, type Context } from '../context.ts';
import { parseCount } from '../flags.ts';

/** So many replicas move at most when nobody says. */
const MOST_MOVES = 10;

/** Adds the command. */
export function addRebalance(program: Command, context: Context): void {
  const command = program
    .command('rebalance')
    .description('move replicas so that hosts are loaded evenly')
    .addOption(new Option('--max-moves <n>', `so many replicas at most (default: ${MOST_MOVES})`).argParser(parseCount))
    .addHelpText('after', '\nNew before old, as in a deploy. What has a volume or runs on every host stays.');
  addChangeOptions(command);
  bind(command, context, ({ flags }) =>
    carryOut({ intent: { kind: 'rebalance', maxMoves: flags.maxMoves ?? MOST_MOVES }, flags }, context),
  );
}

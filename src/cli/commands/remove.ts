/** `fleet remove`: takes an app off all hosts. */
import type { Command } from 'commander';
import { carryOut } from '../change.ts';
import { bind, type Context } from '../context.ts';
import { parseWait } from '../flags.ts';

/** Adds the command. */
export function addRemove(program: Command, context: Context): void {
  const command = program
    .command('remove')
    .description('take the app of the playbook off all hosts')
    .option('--volumes', 'and its named volumes: the data is gone then')
    .option('-y, --yes', 'do not ask')
    .option('-v, --verbose', 'show the plan with all commands')
    .option('--wait <duration>', 'wait so long for another deploy to end, for example 5m', parseWait)
    .option('--json', 'one event per line')
    .addHelpText('after', '\nExample: fleet remove -f playbooks/shop.yaml');
  bind(command, context, ({ flags }) =>
    carryOut({ intent: { kind: 'remove', volumes: flags.volumes === true }, flags }, context),
  );
}

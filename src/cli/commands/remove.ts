/** `fleet remove`: takes an app off all hosts. */
import type { Command } from 'commander';
import { carryOut } from '../change.ts';
import { addChangeOptions, bind, type Context } from '../context.ts';

/** Adds the command. */
export function addRemove(program: Command, context: Context): void {
  const command = program
    .command('remove')
    .description('take the app of the playbook off all hosts')
    .option('--volumes', 'and its named volumes: the data is gone then')
    .addHelpText('after', '\nExample: fleet remove -f playbooks/shop.yaml');
  addChangeOptions(command);
  bind(command, context, ({ flags }) =>
    carryOut({ intent: { kind: 'remove', volumes: flags.volumes === true }, flags }, context),
  );
}

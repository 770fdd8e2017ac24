/** `fleet schema`: what a kind of file may contain, for editors and other programs. */
import { Argument, type Command } from 'commander';
import { bind, type Call, type Context } from '../context.ts';

const KINDS = ['playbook', 'inventory'] as const;

const HELP = `
As the first line of a playbook, for editors with the YAML language server:
  # yaml-language-server: $schema=./.fleet/playbook.schema.json

Example: fleet schema playbook > .fleet/playbook.schema.json`;

/** Adds the command. */
export function addSchema(program: Command, context: Context): void {
  const command = program
    .command('schema')
    .description('the JSON Schema of playbook or inventory, for editors')
    .addArgument(new Argument('<kind>', 'of which file').choices(KINDS))
    .addHelpText('after', HELP);
  bind(command, context, schema);
}

async function schema({ words }: Call, { terminal, stages }: Context): Promise<number> {
  const kind = KINDS.find((one) => one === words[0]) ?? 'playbook';
  terminal.stdout.write(stages.starter.schemaText(kind));
  return 0;
}

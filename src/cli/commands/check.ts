/** `fleet check`: reads the files and touches no host. */
import type { Command } from 'commander';
import { count } from '../../report/index.ts';
import { bind, type Call, type Context, printJson } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds the command. */
export function addCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .description('check inventory and playbook; no host is touched')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: fleet check -i inventory/lab.yaml -f playbooks/shop.yaml');
  bind(command, context, check);
}

async function check({ flags }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findFiles(flags, terminal, 'both');
  const { inventory, playbook, warnings } = await stages.loadAll(files);
  const read = [files.inventory, ...files.playbooks];
  if (flags.json === true) {
    const services = playbook.services.map((service) => service.name);
    const hosts = inventory.hosts.map((host) => host.name);
    printJson(terminal, { ok: true, app: playbook.app, fleet: inventory.name, services, hosts, warnings, files: read });
    return 0;
  }
  for (const warning of warnings) terminal.stderr.write(`warning  ${warning}\n`);
  const what = `${playbook.app}: ${count(playbook.services.length, 'service')}`;
  const where = `${inventory.name}: ${count(inventory.hosts.length, 'host')}`;
  terminal.stdout.write(`ok   ${what}   ${where}   (${read.join(', ')})\n`);
  return 0;
}

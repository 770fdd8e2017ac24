/** `fleet drain`: all that may move leaves a host, new before old; then the host can go. */
import type { Command } from 'commander';
import { drain, planDrain } from '../../drain.ts';
import { withHosts } from '../../hosts-flow.ts';
import { count } from '../../report/index.ts';
import { addChangeOptions, bind, type Call, type Context } from '../context.ts';
import { findFiles } from '../files.ts';
import { inParts } from '../parts.ts';

/** Adds the command. */
export function addDrain(program: Command, context: Context): void {
  const command = program
    .command('drain')
    .description('move what may move off a host, new before old')
    .argument('<host...>', 'which hosts')
    .option('--why <text>', 'kept with it, for others to read')
    .addHelpText(
      'after',
      '\nWhat has a volume or runs on every host stays. Back: fleet uncordon HOST, then fleet rebalance.\nExample: fleet drain vm3',
    );
  bind(addChangeOptions(command), context, drainHosts);
}

async function drainHosts({ words, flags }: Call, context: Context): Promise<number> {
  const { terminal, stages } = context;
  const files = await findFiles(flags, terminal, 'inventory');
  const wish = { hosts: [...new Set(words)].sort(), why: flags.why ?? '' };
  return withHosts(files, stages, (scene) =>
    inParts({ context, flags }, async (parts) => {
      const plans = await planDrain(scene, wish);
      parts.show(plans);
      if (plans.length === 0) terminal.stdout.write(`nothing to do: ${wish.hosts.join(', ')} is drained\n`);
      if (plans.length === 0 || flags.dryRun === true) return 0;
      const question = `Drain ${wish.hosts.join(', ')} of ${scene.inventory.name} (${count(plans.length, 'plan')})? [y/N] `;
      if (!(await parts.agree(question))) return 1;
      return (await drain(wish, { scene, ...parts })) ? 0 : parts.stopped();
    }),
  );
}

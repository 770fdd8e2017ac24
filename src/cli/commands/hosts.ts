/** `fleet cordon`, `uncordon`, `bootstrap` and `routers`: what is done to hosts as hosts. None of them needs a playbook. */
import type { Command } from 'commander';
import { applyHosts, planHosts, withHosts } from '../../hosts-flow.ts';
import type { HostsIntent } from '../../model/hosts.ts';
import { showing, showPlan } from '../change.ts';
import { addChangeOptions, bind, type Call, type Context } from '../context.ts';
import { findFiles } from '../files.ts';

/** Adds `cordon` and `uncordon`. */
export function addCordon(program: Command, context: Context): void {
  const cordon = program
    .command('cordon')
    .description('give a host nothing new; what it runs stays')
    .argument('<host...>', 'which hosts')
    .option('--why <text>', 'kept with it, for others to read')
    .addHelpText('after', '\nExample: fleet cordon vm3 --why "disk is failing"');
  bind(addChangeOptions(cordon), context, (call, own) =>
    changeHosts({ kind: 'mark', hosts: sorted(call), as: 'cordoned', why: call.flags.why ?? '' }, call, own),
  );
  const uncordon = program
    .command('uncordon')
    .description('let a host take part again, also after fleet drain')
    .argument('<host...>', 'which hosts')
    .addHelpText('after', '\nExample: fleet uncordon vm3');
  bind(addChangeOptions(uncordon), context, (call, own) =>
    changeHosts({ kind: 'mark', hosts: sorted(call), as: 'none', why: '' }, call, own),
  );
}

/** Adds `bootstrap`. */
export function addBootstrap(program: Command, context: Context): void {
  const command = program
    .command('bootstrap')
    .description('make bare Debian or Ubuntu machines hosts')
    .argument('<host...>', 'machines of the inventory')
    .addHelpText(
      'after',
      '\nInstalls Docker where it is missing, lets the SSH user use it, starts the router. Needs sudo without a password.\nExample: fleet bootstrap vm7 vm8',
    );
  bind(addChangeOptions(command), context, (call, own) =>
    changeHosts({ kind: 'bootstrap', hosts: sorted(call) }, call, own),
  );
}

/** Adds `routers`. */
export function addRouters(program: Command, context: Context): void {
  const command = program
    .command('routers')
    .description('bring routers and edges to the image of the inventory')
    .addHelpText('after', '\nOne host after the other; HTTP goes on without a gap.\nExample: fleet routers --yes');
  bind(addChangeOptions(command), context, (call, own) => changeHosts({ kind: 'routers' }, call, own));
}

async function changeHosts(intent: HostsIntent, { flags }: Call, context: Context): Promise<number> {
  const files = await findFiles(flags, context.terminal, 'inventory');
  return withHosts(files, context.stages, async (scene) => {
    if (flags.dryRun === true) {
      showPlan(await planHosts(scene, intent), { context, flags });
      return 0;
    }
    return showing({ context, flags }, (audience, terms) => applyHosts(scene, intent, { terms, audience }));
  });
}

function sorted({ words }: Call): string[] {
  return [...new Set(words)].sort();
}

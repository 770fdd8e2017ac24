/** `fleet maintain`: a command and a reboot on one host after the other, each drained before and let in again after. */
import { type Command, InvalidArgumentError } from 'commander';
import { withHosts } from '../../hosts-flow.ts';
import { type MaintenanceEnd, maintain, planMaintenance } from '../../maintain.ts';
import { FleetError } from '../../model/error.ts';
import { count, formatMaintenance } from '../../report/index.ts';
import { addChangeOptions, bind, type Call, type Context, paletteFor } from '../context.ts';
import { findFiles } from '../files.ts';
import { inParts } from '../parts.ts';

const HELP = `
The command runs on each host as the SSH user; it stands in plans and in the audit log. Edges and
hosts that keep records take their turn alone. It stops at the first host that is not well again,
and the same command goes on from there.

Example: fleet maintain --run 'sudo apt-get -y upgrade' --reboot`;

/** Adds the command. */
export function addMaintain(program: Command, context: Context): void {
  const command = program
    .command('maintain')
    .description('host by host: drain, run a command, reboot, let in again')
    .argument('[host...]', 'only these hosts (default: all)')
    .option('--run <command>', 'what to run on each host')
    .option('--reboot', 'and reboot it')
    .option('--parallel <n>', 'so many hosts at one time (default: 1)', parseParallel)
    .addHelpText('after', HELP);
  bind(addChangeOptions(command), context, maintainHosts);
}

async function maintainHosts({ words, flags }: Call, context: Context): Promise<number> {
  const { terminal, stages } = context;
  const command = flags.run ?? '';
  const reboot = flags.reboot === true;
  if (command === '' && !reboot) {
    throw new FleetError('E_VALUE', 'there is nothing to do on the hosts', {
      hint: "fleet maintain --run 'CMD' --reboot",
    });
  }
  const files = await findFiles(flags, terminal, 'inventory');
  const wish = { hosts: words, command, reboot, parallel: flags.parallel ?? 1 };
  return withHosts(files, stages, (scene) =>
    inParts({ context, flags }, async (parts) => {
      const plan = await planMaintenance(scene, wish);
      const output = flags.json === true ? terminal.stderr : terminal.stdout;
      const palette = paletteFor(output, terminal, flags);
      output.write(formatMaintenance(plan.schedule, plan.work, { palette, now: stages.clock.now() }));
      if (flags.dryRun === true) return 0;
      const hosts = count(plan.schedule.turns.flat().length, 'host');
      if (!(await parts.agree(`Maintain ${hosts} of ${scene.inventory.name}? [y/N] `))) return 1;
      const end = await maintain(plan, { scene, ...parts });
      output.write(endWords(end));
      if (end.error !== undefined) throw end.error;
      return end.kind === 'done' ? 0 : parts.stopped();
    }),
  );
}

function endWords({ kind, done, at }: MaintenanceEnd): string {
  const hosts = done.length === 0 ? 'no host' : done.join(', ');
  if (kind === 'done') return `maintained: ${hosts}\n`;
  if (at.length === 0) return `maintained: ${hosts}; replicas are not shared out evenly: fleet rebalance\n`;
  const back = `the same command goes on from there; fleet uncordon ${at.join(' ')} lets it in as it is`;
  return `stopped at ${at.join(', ')}, ${hosts} done: ${back}\n`;
}

function parseParallel(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A number of hosts is from 1 to 999.');
}

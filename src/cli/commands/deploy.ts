/** `fleet deploy`: makes the hosts as the playbook says, or carries out a plan that was reviewed. */
import type { Command } from 'commander';
import { refuseWhatIf } from '../../flow.ts';
import { FleetError } from '../../model/error.ts';
import { isOfHosts } from '../../model/plan.ts';
import { carryOut } from '../change.ts';
import { addChangeOptions, bind, type Call, type Context } from '../context.ts';
import { readPlan } from '../saved.ts';

/** Adds the command. */
export function addDeploy(program: Command, context: Context): void {
  const command = program
    .command('deploy')
    .description('make the hosts as the playbook says')
    .argument('[service|plan...]', 'only these services, or one saved plan (FILE.json)')
    .addHelpText('after', '\nExamples: fleet deploy backend --yes\n          fleet deploy next.plan.json');
  addChangeOptions(command);
  bind(command, context, deploy);
}

async function deploy(call: Call, context: Context): Promise<number> {
  const { words, flags } = call;
  const { terminal } = context;
  const saved = words.find((word) => word.endsWith('.json'));
  if (saved !== undefined && words.length > 1) {
    throw new FleetError('E_VALUE', 'a saved plan is carried out alone: it already says which services', {
      hint: `fleet deploy ${saved}`,
    });
  }
  const reviewed = saved === undefined ? undefined : await readPlan(terminal.cwd, saved);
  if (reviewed !== undefined) refuseWhatIf(reviewed);
  const intent = reviewed?.intent ?? { kind: 'deploy' as const, services: words };
  if (isOfHosts(intent)) {
    throw new FleetError('E_VALUE', `${saved} is no plan of an app: hosts are changed by commands of their own`, {
      hint: 'fleet --help',
    });
  }
  const app = reviewed === undefined ? {} : { reviewed, app: reviewed.app };
  return carryOut({ intent, flags, ...app }, context);
}

/** What `fleet init` says: what it wrote, what stands in the way of a deploy, and what to type next. */
import { STARTER_FILES } from '../../model/starter.ts';
import { count, formatProblems, problemsOf } from '../../report/index.ts';
import { type Context, paletteFor } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Written } from './write.ts';

/** The files that commands will read from now on. */
interface Names {
  readonly inventory: string;
  readonly playbooks: readonly string[];
}

interface Scene {
  readonly flags: Flags;
  readonly context: Context;
}

/** What was written and what was left as it is. */
export function sayWhatWasWritten(
  made: Names & Written & { readonly hasOwnPlaybook: boolean },
  { context }: Scene,
): void {
  const { inventory, playbooks, written, outdated } = made;
  const say = (line: string) => context.terminal.stdout.write(`${line}\n`);
  if (written.length === 0) say(`nothing to do: ${[inventory, ...playbooks].join(' and ')} are there`);
  for (const path of written) say(`wrote  ${path}`);
  for (const path of outdated) say(`kept   ${path}   made by another version of fleet; --force makes it anew`);
  if (!made.hasOwnPlaybook || written.length === 0) return;
  say(`kept   ${playbooks.join(', ')}   the playbook as it stands`);
  say(
    `       for completion in editors, its first line: # yaml-language-server: $schema=${STARTER_FILES.playbookSchema}`,
  );
}

/** Reads the files as every command will, lists their problems, and names the next commands. */
export async function sayWhatStandsInTheWay(names: Names, { flags, context }: Scene): Promise<void> {
  const { terminal, stages } = context;
  const { env, home, user, cwd } = terminal;
  const options = { profiles: flags.profile ?? [], envFiles: flags.envFile ?? [], services: [] };
  try {
    const { playbook, inventory } = await stages.loadAll({ ...names, ...options, env, home, user, cwd });
    const [services, hosts] = [count(playbook.services.length, 'service'), count(inventory.hosts.length, 'host')];
    terminal.stdout.write(`ok     ${playbook.app}: ${services}   ${inventory.name}: ${hosts}\n`);
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    terminal.stderr.write(`\nThis stands in the way of a deploy:\n\n`);
    terminal.stderr.write(formatProblems(problems, paletteFor(terminal.stderr, terminal, flags)));
  }
  terminal.stdout.write(nextCommands(flags));
}

function nextCommands({ dir, file = [] }: Flags): string {
  const files = file.map((one) => ` -f ${one}`).join('');
  return `
Next:${dir === undefined ? '' : `\n  cd ${dir}`}
  fleet check${files}    reads the files, and tells what is wrong with them
  fleet plan${files}     looks at the hosts, and shows what a deploy would do
  fleet deploy${files}   does it
`;
}

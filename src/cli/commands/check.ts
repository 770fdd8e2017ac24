/** `fleet check`: reads the files and touches no host. */
import type { Command } from 'commander';
import { count, formatProblems, type ProblemRecord, problemRecord, problemsOf } from '../../report/index.ts';
import type { LoadedPlaybook, Stages } from '../../stages.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findPlaybookFirst, type PlaybookFirst } from '../files.ts';

/** What `--json` prints, the same whether there are problems or not. */
interface CheckReport {
  readonly ok: boolean;
  /** Absent when the playbook has problems. */
  readonly app?: string;
  /** The inventory's name; absent without one, or with problems. */
  readonly fleet?: string;
  readonly services: readonly string[];
  readonly hosts: readonly string[];
  readonly files: readonly string[];
  readonly warnings: readonly string[];
  readonly problems: readonly ProblemRecord[];
}

const HELP = `
Without an inventory the playbook alone is checked. Exit code 2 when there are problems.

--json prints one object, with and without problems:
  { ok, app?, fleet?, services, hosts, files, warnings, problems: [
    { code, severity, message, hint?, expected?, notes,
      location?: { file, line, column, length?, endColumn, text? },
      related: [{ message, location }] } ] }
Lines and columns count from 1; endColumn is the first one behind what is marked.

Example: fleet check -i inventory/lab.yaml -f playbooks/shop.yaml
         fleet check -f compose.yaml --json | jq -r '.problems[].message'`;

/** Adds the command. */
export function addCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .description('check inventory and playbook; no host is touched')
    .option('--json', 'as JSON, for editors and CI')
    .addHelpText('after', HELP);
  bind(command, context, check);
}

async function check({ flags }: Call, context: Context): Promise<number> {
  const { terminal, stages } = context;
  if (flags.json !== true) {
    await printReport(await findPlaybookFirst(flags, terminal), context);
    return 0;
  }
  let files: readonly string[] = [];
  try {
    const found = await findPlaybookFirst(flags, terminal);
    files = namesOf(found);
    const { loaded, fleet, hosts } = await read(found, stages);
    const { playbook, warnings } = loaded;
    const services = playbook.services.map((service) => service.name);
    const name = fleet === undefined ? {} : { fleet };
    printJson(terminal, report({ ok: true, app: playbook.app, ...name, services, hosts, files, warnings }));
    return 0;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    printJson(terminal, report({ ok: false, files, problems: problems.map(problemRecord) }));
    terminal.stderr.write(formatProblems(problems, paletteFor(terminal.stderr, terminal, flags)));
    return 2;
  }
}

function report(known: Partial<CheckReport> & { readonly ok: boolean }): CheckReport {
  return { services: [], hosts: [], files: [], warnings: [], problems: [], ...known };
}

async function printReport(files: PlaybookFirst, { terminal, stages }: Context): Promise<void> {
  const { loaded, fleet, hosts } = await read(files, stages);
  for (const warning of loaded.warnings) terminal.stderr.write(`warning  ${warning}\n`);
  const what = `${loaded.playbook.app}: ${count(loaded.playbook.services.length, 'service')}`;
  const where =
    fleet === undefined ? 'no inventory: the playbook alone was checked' : `${fleet}: ${count(hosts.length, 'host')}`;
  terminal.stdout.write(`ok   ${what}   ${where}   (${namesOf(files).join(', ')})\n`);
}

interface Read {
  readonly loaded: LoadedPlaybook;
  /** Absent without an inventory. */
  readonly fleet?: string;
  readonly hosts: readonly string[];
}

async function read({ inventory, ...files }: PlaybookFirst, stages: Stages): Promise<Read> {
  if (inventory === undefined) return { loaded: await stages.loadPlaybook(files), hosts: [] };
  const loaded = await stages.loadAll({ ...files, inventory });
  return { loaded, fleet: loaded.inventory.name, hosts: loaded.inventory.hosts.map((host) => host.name) };
}

function namesOf({ inventory, playbooks }: PlaybookFirst): readonly string[] {
  return inventory === undefined ? playbooks : [inventory, ...playbooks];
}

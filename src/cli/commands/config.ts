/** `fleet config`: the playbook as it is once all files are resolved, the way `docker compose config` prints it. */
import { type Command, Option } from 'commander';
import { maskedConfig } from '../../report/index.ts';
import type { ResolvedConfig } from '../../stages.ts';
import { bind, type Call, type Context } from '../context.ts';
import { findPlaybookOnly } from '../files.ts';

const HELP = `
No host and no inventory is needed. What fleet can not do with the files is shown
all the same: fleet check says what stands in the way.
Values of variables that look secret by their name are ***; --show-secrets prints them.

Example: fleet config -f compose.yaml --services
         fleet config --format json | jq .services.web.environment`;

/** Lists instead of the whole; one name a line. */
const LISTS = ['services', 'images', 'volumes', 'networks', 'profiles'] as const;

/** Adds the command. */
export function addConfig(program: Command, context: Context): void {
  const command = program
    .command('config')
    .description('print the playbook, all files merged and filled in')
    .argument('[SERVICE...]', 'only these, and what they depend on')
    .addOption(new Option('--format <format>', 'how to print it').choices(['yaml', 'json']).default('yaml'))
    .option('--services', 'the names of the services, one a line')
    .option('--images', 'the images, one a line')
    .option('--volumes', 'the names of the volumes, one a line')
    .option('--networks', 'the names of the networks, one a line')
    .option('--profiles', 'the names of all profiles, one a line')
    .option('--no-env-resolution', 'leave env_file as it is')
    .option('--show-secrets', 'print values that look secret as well')
    .option('-q, --quiet', 'print nothing, only say what is wrong')
    .addHelpText('after', HELP);
  bind(command, context, config);
}

async function config({ flags, words }: Call, { terminal, stages }: Context): Promise<number> {
  const files = await findPlaybookOnly(flags, terminal);
  const environment = flags.envResolution === false ? 'as-written' : 'resolved';
  const resolved = await stages.resolveConfig({ ...files, services: words }, environment);
  for (const warning of resolved.warnings) terminal.stderr.write(`warning  ${warning}\n`);
  if (flags.quiet === true) return 0;
  const list = LISTS.find((one) => flags[one] === true);
  if (list !== undefined) {
    for (const line of linesOf(resolved, list)) terminal.stdout.write(`${line}\n`);
    return 0;
  }
  const shown = withoutVariables(flags.showSecrets === true ? resolved.model : maskedConfig(resolved.model));
  terminal.stdout.write(flags.format === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : stages.formatYaml(shown));
  return 0;
}

function linesOf({ model, profiles }: ResolvedConfig, list: (typeof LISTS)[number]): readonly string[] {
  if (list === 'profiles') return profiles;
  if (list !== 'images') return Object.keys(entriesOf(model[list]));
  const project = String(model.name);
  return Object.entries(entriesOf(model.services)).map(([name, service]) =>
    String(entriesOf(service).image ?? `${project}-${name}`),
  );
}

/** What is printed can be read as a playbook again: "$" is written "$$". */
function withoutVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replaceAll('$', '$$$$'), withoutVariables(inner)]),
  );
}

function entriesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

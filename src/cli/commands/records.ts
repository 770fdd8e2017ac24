/** `fleet where`, `fleet whois` and `fleet records`: what a spreadsheet of replicas and addresses would say, asked of the hosts. */
import { isIPv4 } from 'node:net';
import { type Command, Option } from 'commander';
import { look, type Sight } from '../../look.ts';
import { FleetError } from '../../model/error.ts';
import {
  formatRecords,
  formatRecordsCsv,
  formatRecordsHosts,
  formatRecordsMarkdown,
  formatSilentHosts,
  formatWhere,
  formatWhois,
  type Question,
  recordsOf,
  routedServices,
  whois,
} from '../../report/index.ts';
import { bind, type Call, type Context, paletteFor, printJson } from '../context.ts';
import { findFiles } from '../files.ts';
import { type Flags, parsePort } from '../flags.ts';
import { parseTarget } from '../target.ts';

/** Adds `where`. */
export function addWhere(program: Command, context: Context): void {
  const command = program
    .command('where')
    .description('where the replicas of a service run')
    .argument('<service>', 'SERVICE, or SERVICE.SLOT for a certain replica')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples: fleet where backend\n          fleet where backend.2');
  bind(command, context, showWhere);
}

/** Adds `whois`. */
export function addWhois(program: Command, context: Context): void {
  const command = program
    .command('whois')
    .description('whose an address is: VIP, replica, network, host, edge')
    .argument('<address>', 'ADDRESS or ADDRESS:PORT; a host name of an ingress too')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample: fleet whois 10.0.0.11:20011\nExit code 1 when nobody has it.');
  bind(command, context, showWhois);
}

/** Adds `records`. */
export function addRecords(program: Command, context: Context): void {
  const formats = ['table', 'csv', 'json', 'markdown', 'hosts'];
  const command = program
    .command('records')
    .description('every replica of every app: where, what, since when')
    .addOption(new Option('--format <format>', 'how it is printed; hosts: lines for /etc/hosts').choices(formats))
    .option('--json', 'the same as --format json')
    .addHelpText('after', '\nExample: fleet records --format csv > replicas.csv');
  bind(command, context, showRecords);
}

async function showWhere({ words, flags }: Call, context: Context): Promise<number> {
  const { service, slot } = parseTarget(words[0] ?? '', 'fleet where backend.2');
  const { inventory, observed } = await seeHosts(flags, context);
  const all = recordsOf(inventory, observed.hosts, flags.projectName);
  const found = all.filter((one) => one.service === service && (slot === undefined || one.slot === slot));
  if (found.length === 0) {
    const known = [...new Set(all.map((one) => (one.service === service ? `${service}.${one.slot}` : one.service)))];
    throw new FleetError('E_REFERENCE', `no replica of ${words[0] ?? ''} is known`, {
      notes: [known.length === 0 ? 'nothing runs' : `there are: ${known.join(', ')}`],
      hint: 'fleet records',
    });
  }
  const { terminal } = context;
  if (flags.json === true) printJson(terminal, found);
  else terminal.stdout.write(formatWhere(found, paletteFor(terminal.stdout, terminal, flags)));
  return 0;
}

async function showWhois({ words, flags }: Call, context: Context): Promise<number> {
  const question = parseQuestion(words[0] ?? '');
  const { inventory, observed } = await seeHosts(flags, context);
  const answer = whois(question, inventory, observed.hosts);
  const { terminal } = context;
  if (flags.json === true) printJson(terminal, answer);
  else terminal.stdout.write(formatWhois(answer, paletteFor(terminal.stdout, terminal, flags)));
  return answer.owners.length > 0 ? 0 : 1;
}

async function showRecords({ flags }: Call, context: Context): Promise<number> {
  const sight = await seeHosts(flags, context);
  const { terminal } = context;
  const records = recordsOf(sight.inventory, sight.observed.hosts, flags.projectName);
  if (flags.json === true || flags.format === 'json') printJson(terminal, records);
  else terminal.stdout.write(recordsText(records, sight, { flags, context }));
  return 0;
}

function recordsText(
  records: ReturnType<typeof recordsOf>,
  { observed }: Sight,
  { flags, context: { terminal } }: { readonly flags: Flags; readonly context: Context },
): string {
  switch (flags.format) {
    case 'csv':
      return formatRecordsCsv(records);
    case 'markdown':
      return formatRecordsMarkdown(records);
    case 'hosts': {
      const { projectName } = flags;
      const routed = routedServices(observed.hosts);
      return formatRecordsHosts(routed.filter(({ app }) => projectName === undefined || app === projectName));
    }
    default:
      return formatRecords(records, paletteFor(terminal.stdout, terminal, flags));
  }
}

/** One look at all hosts, without any playbook; those that do not answer are told on standard error. */
async function seeHosts(flags: Flags, { terminal, stages }: Context): Promise<Sight> {
  const files = await findFiles(flags, terminal, 'inventory');
  const sight = await look({ files: { ...files, playbooks: [] }, depth: 'hosts' }, stages, async (seen) => seen);
  const palette = paletteFor(terminal.stderr, terminal, flags);
  terminal.stderr.write(formatSilentHosts(sight.inventory, sight.observed.hosts, palette));
  return sight;
}

/** "10.0.0.11:20011", "10.96.0.5", "shop.example:443", "[fd00::1]:22". Throws FleetError E_VALUE. */
function parseQuestion(text: string): Question {
  const [, bracketed, bare, port] = /^(?:\[([^\]\s]+)\]|([^\s/[\]]+?))(?::([^:]*))?$/.exec(text) ?? [];
  const isWholeIpv6 = bare?.includes(':') === true;
  const address = isWholeIpv6 ? text : (bracketed ?? bare);
  const isWrong = address !== undefined && /^[\d.]+$/.test(address) && !isIPv4(address);
  if (address === undefined || isWrong) {
    throw new FleetError('E_VALUE', `${text} is no ADDRESS or ADDRESS:PORT`, { hint: 'fleet whois 10.0.0.11:20011' });
  }
  if (isWholeIpv6 || port === undefined) return { address };
  try {
    return { address, port: parsePort(port) };
  } catch (cause) {
    throw new FleetError('E_VALUE', `${text}: the port is no number from 1 to 65535`, { cause });
  }
}

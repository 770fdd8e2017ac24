/** What `fleet init` is told: flags first, then answers on a terminal, then what suggests itself. */
import { FleetError } from '../../model/error.ts';
import type { StarterHost, StarterInventory, StarterPlaybook } from '../../model/starter.ts';
import { type Flags, parsePort, wordsOf } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

/** Asks for one thing; where nobody can be asked, the answer is the fallback. */
export type Ask = (question: string, fallback: string) => Promise<string>;

/** Asks on the terminal; without one, or with --yes, everything is as suggested. "" is the suggestion, too. */
export function createAsk(terminal: Terminal, flags: Flags, signal: AbortSignal): Ask {
  if (!terminal.isInteractive || flags.yes === true) return async (_, fallback) => fallback;
  return async (question, fallback) => {
    if (signal.aborted) return fallback;
    const answer = (await terminal.ask(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `, signal)).trim();
    return answer === '' ? fallback : answer;
  };
}

/** Whether a flag says something about the machines. */
export function saysHosts({ hosts, host, edge, user }: Flags): boolean {
  return [hosts, host, edge, user].some((flag) => flag !== undefined);
}

/** Whether a flag says something about a new playbook. */
export function saysPlaybook({ app, service, image, port }: Flags): boolean {
  return [app, service, image, port].some((flag) => flag !== undefined);
}

/** The machines; `known` are those of ~/.ssh/config. Throws FleetError E_VALUE, E_REFERENCE. */
export async function askInventory(flags: Flags, known: readonly string[], ask: Ask): Promise<StarterInventory> {
  const named = [...(flags.hosts ?? []), ...(flags.host ?? [])];
  const words = named.length > 0 ? named : await askHosts(known, ask);
  const [first, ...others] = [...new Set(words)].map(parseHost);
  if (first === undefined) {
    throw new FleetError('E_VALUE', 'no host is named, and ~/.ssh/config has none', {
      hint: 'fleet init --hosts vm1,vm2   or   fleet init --host vm1=10.0.0.11 --host vm2=10.0.0.12',
    });
  }
  const hosts = [first, ...others];
  const edges = flags.edge ?? wordsOf(await ask('Edge hosts, which take traffic from outside', first.name));
  for (const edge of edges) if (hosts.every(({ name }) => name !== edge)) throw noSuchEdge(edge, hosts);
  const user = flags.user ?? (await ask('Login on the hosts (Enter: as ~/.ssh/config says, else yours)', ''));
  return {
    hosts: hosts.map((host) => ({ ...host, isEdge: edges.includes(host.name) })),
    ...(user === '' ? {} : { user }),
  };
}

/** A playbook of one service. Throws commander's InvalidArgumentError for a port that is none. */
export async function askPlaybook(flags: Flags, suggestedApp: string, ask: Ask): Promise<StarterPlaybook> {
  const app = flags.app ?? (await ask('Name of the app', suggestedApp));
  const service = flags.service ?? (await ask('Its first service', 'web'));
  const image = flags.image ?? (await ask('Image of the service', 'nginx:1.30'));
  const port = flags.port ?? parsePort(await ask('Port that it listens on', '80'));
  return { app, service, image, port };
}

async function askHosts(known: readonly string[], ask: Ask): Promise<readonly string[]> {
  if (known.length === 0) return wordsOf(await ask('Hosts: NAME, or NAME=ADDRESS, with commas between', ''));
  const list = known.map((name, index) => `  ${index + 1}  ${name}\n`).join('');
  const answer = await ask(`~/.ssh/config names\n${list}Hosts: numbers, names, NAME=ADDRESS`, 'all');
  return wordsOf(answer).flatMap((word) => (word === 'all' ? known : [known[Number(word) - 1] ?? word]));
}

function parseHost(word: string): StarterHost {
  const [, name = word, address] = /^([^=]*)=(.*)$/.exec(word) ?? [];
  return { name, isEdge: false, ...(address === undefined ? {} : { address }) };
}

function noSuchEdge(edge: string, hosts: readonly StarterHost[]): FleetError {
  return new FleetError('E_REFERENCE', `the edge ${edge} is not among the hosts`, {
    expected: hosts.map(({ name }) => name).join(', '),
  });
}

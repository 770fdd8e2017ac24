/** Machines before they have Docker: what they run, and what the user may do there. One round trip each, all at once. */
import type { BareHost, BareHosts } from '../../model/bare-host.ts';
import type { Host, Inventory } from '../../model/inventory.ts';
import type { HostDown } from '../../model/observed.ts';
import type { CommandResult, Shell } from '../../model/shell.ts';
import { noShell, unreachable } from '../host-down.ts';
import { type Section, splitSections } from '../sections.ts';
import { BARE_PROBE } from './probe.ts';

/** Limit of one report. */
const REPORT_MS = 20_000;

/** Asks these hosts of the inventory. One that can not be reached is a HostDown. */
export async function observeBare(shell: Shell, { hosts }: Inventory, names: readonly string[]): Promise<BareHosts> {
  const asked = hosts.filter(({ name }) => names.includes(name));
  const reports = await Promise.all(asked.map((host) => reportOf(shell, host)));
  return Object.fromEntries(asked.map(({ name }, index) => [name, reports[index]])) as BareHosts;
}

async function reportOf(shell: Shell, host: Host): Promise<BareHost | HostDown> {
  try {
    return parseBare(host, await shell.run(host.name, BARE_PROBE, { timeoutMs: REPORT_MS }));
  } catch (error) {
    return unreachable(host, error);
  }
}

/** Reads the report; one that was cut off is a host that does not answer. */
export function parseBare(host: Host, result: CommandResult): BareHost | HostDown {
  const sections = splitSections(result.stdout);
  const user = textIn(sections.get('user'));
  const home = textIn(sections.get('home'));
  const daemon = sections.get('daemon');
  if (user === '' || home === '' || daemon === undefined) return noShell({ host, ...result });
  const system = new Map(pairsIn(sections.get('system')));
  const rights = textIn(sections.get('root'));
  const absent = sections.get('lacks')?.lines ?? [];
  const docker = dockerOf(sections.get('docker'), daemon, absent);
  return {
    reachable: true,
    user,
    home,
    distribution: [system.get('ID') ?? '', ...(system.get('ID_LIKE') ?? '').split(' ')].filter((word) => word !== ''),
    system: system.get('PRETTY_NAME') ?? system.get('NAME') ?? 'an unknown system',
    rights: rights === 'root' || rights === 'sudo' ? rights : 'none',
    refusal: textIn(sections.get('rights')),
    docker,
    mayUseDocker: sections.get('docker')?.code === 0,
    isMember: textIn(sections.get('groups')).split(' ').includes('docker'),
    lacks: absent.filter((program) => program !== 'dockerd' || docker === 'missing').sort(),
  };
}

/**
 * Who may not use its socket can not tell a daemon that runs from one that waits to be woken up; both will do. One that runs
 * may be hidden anywhere (a snap, another machine); one that does not has to be in the PATH of root.
 */
function dockerOf(asked: Section | undefined, daemon: Section, absent: readonly string[]): BareHost['docker'] {
  if (asked === undefined || asked.code === 127) return 'missing';
  const isRunning = asked.code === 0 || daemon.code === 0 || /permission denied/i.test(asked.lines.join('\n'));
  if (isRunning) return 'running';
  return absent.includes('dockerd') ? 'missing' : 'stopped';
}

function textIn(section: Section | undefined): string {
  return section?.lines.join('\n').trim() ?? '';
}

/** Lines NAME=VALUE or NAME="VALUE" (os-release(5)). */
function pairsIn(section: Section | undefined): [string, string][] {
  return (section?.lines ?? []).flatMap((text): [string, string][] => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.replace(/^(["'])(.*)\1$/, '$2')]];
  });
}

/** `fleet status` as text. */
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { type Cell, formatTable } from '../table.ts';
import { count, listed } from '../units.ts';
import { problemLines } from './hosts.ts';
import { stateWords } from './replicas.ts';
import type { ServiceStatus, Status } from './status.ts';

/** The status on one screen: headline, hosts that need a look, services, drift. Ends with a newline. */
export function formatStatus(status: Status, palette: Palette): string {
  const blocks = [
    [headline(status, palette), ...problemLines(status.hosts, palette)],
    status.services.length === 0 ? ['nothing of fleet runs on these hosts'] : serviceTable(status, palette),
    driftLines(status, palette),
  ];
  const filled = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'));
  return `${filled.join('\n\n')}\n`;
}

function headline(status: Status, palette: Palette): string {
  const up = status.hosts.filter((host) => host.reachable).length;
  const app = status.apps.length === 0 ? 'no app' : status.apps.join(', ');
  const release = status.release === 0 || status.apps.length !== 1 ? '' : `   release ${status.release}`;
  const hosts =
    up === status.hosts.length
      ? `${count(up, 'host')} up`
      : palette.red(`${up} of ${count(status.hosts.length, 'host')} up`);
  return `${palette.bold(app)} on ${palette.bold(status.fleet)}   ${hosts}${release}`;
}

function serviceTable(status: Status, palette: Palette): string[] {
  const several = status.apps.length > 1;
  const headings = [...(several ? ['APP'] : []), 'SERVICE', 'REPLICAS', 'VIP', 'IMAGE', 'WHERE'];
  const rows = status.services.map((service): Cell[] => [
    ...(several ? [service.app] : []),
    service.name,
    tally(service, palette),
    service.vip || '-',
    service.image,
    whereWords(service),
  ]);
  return formatTable(headings, rows, palette);
}

function tally(service: ServiceStatus, palette: Palette): Cell {
  const good = service.running === service.desired && service.healthy === service.desired;
  if (good) return { text: `${service.healthy} of ${service.desired}`, paint: palette.green };
  const running = service.running === service.healthy ? '' : ` (${service.running} running)`;
  return { text: `${service.healthy} of ${service.desired}${running}`, paint: palette.red };
}

/** Hosts of good replicas; bad ones are named with their state. */
function whereWords(service: ServiceStatus): string {
  const words = service.replicas.map((replica) => {
    const state = stateWords(replica);
    return state === 'healthy' || state === 'running' ? replica.host : `${replica.host} ${state}`;
  });
  return listed(words, 8);
}

function driftLines(status: Status, palette: Palette): string[] {
  if (status.drift === undefined) return [palette.dim('no playbook at hand: nothing to compare with')];
  if (status.drift.length === 0) return [`${palette.green('no drift')}: the hosts are as the playbook says`];
  return [
    palette.yellow(`drift: ${count(status.drift.length, 'difference')} (fleet plan shows them)`),
    ...status.drift.map(
      (drift) => `  ${drift.service === '' ? '' : `${drift.service}: `}${printableLine(drift.message)}`,
    ),
  ];
}

/** What all plans about hosts look at, made once from the question. */
import { type AuditWhat, auditLine } from '../../model/audit.ts';
import type { BareHosts } from '../../model/bare-host.ts';
import type { HostsIntent } from '../../model/hosts.ts';
import type { Host, Inventory } from '../../model/inventory.ts';
import { HOME_FOLDER, HOSTS } from '../../model/labels.ts';
import type { HostUp, Observed } from '../../model/observed.ts';
import type { Step, Warning } from '../../model/plan.ts';
import { inOrder, line } from '../../model/quote.ts';
import { keepersOf, type Site } from '../context.ts';
import { run, step } from '../sequence/step.ts';
import { marked } from './marks.ts';

/** All that a plan about hosts depends on. */
export interface HostsQuestion {
  readonly inventory: Inventory;
  readonly observed: Observed;
  /** What machines tell that may have no Docker, or where more than Docker is needed; by host, only those asked. */
  readonly bare: BareHosts;
  readonly intent: HostsIntent;
}

/** The hosts as they are, with their marks. */
export interface Fleet {
  readonly inventory: Inventory;
  /** As the file has it, without marks. */
  readonly declared: Inventory;
  readonly observed: Observed;
  readonly bare: BareHosts;
  /** Hosts that answered with Docker, sorted by name. */
  readonly sites: readonly Site[];
  /** Hosts that keep marks and records, and to which fleet can write. Sorted by name. */
  readonly keepers: readonly Keeper[];
}

/** A keeper, and the home folder of its user. */
export interface Keeper {
  readonly host: Host;
  readonly home: string;
  /** Absent while it has no Docker. */
  readonly report?: HostUp;
}

/** What a plan about hosts does. */
export interface HostsParts {
  readonly steps: readonly Step[];
  readonly warnings: readonly Warning[];
}

/** The fleet of the question. */
export function fleetOf({ inventory, observed, bare }: HostsQuestion): Fleet {
  const hosts = [...inventory.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = marked({ ...inventory, hosts }, observed);
  const sites = own.hosts.flatMap((host) => {
    const report = observed.hosts[host.name];
    return report?.reachable === true ? [{ host, report }] : [];
  });
  const keepers = keepersOf(own).flatMap((host) => keeper(host, sites, bare));
  return { inventory: own, declared: inventory, observed, bare, sites, keepers };
}

function keeper(host: Host, sites: readonly Site[], bare: BareHosts): Keeper[] {
  const report = sites.find((site) => site.host.name === host.name)?.report;
  if (report !== undefined) return [{ host, home: report.home, report }];
  const state = bare[host.name];
  return state?.reachable === true ? [{ host, home: state.home }] : [];
}

/** Folder of what is about hosts on a keeper. */
export function hostsFolder(home: string): string {
  return `${home}/${HOME_FOLDER}/${HOSTS}`;
}

/** A line for the audit log of hosts on every keeper, after the steps that it tells of. */
export function auditSteps({ keepers }: Fleet, what: AuditWhat, detail: string, needs: readonly string[]): Step[] {
  const text = stampedLine('"id":"@RUN@","plan":"@PLAN@"', { app: HOSTS, what, result: 'done', detail });
  return keepers.map(({ host }) =>
    step(`audit@${host.name}`, host.name, { kind: 'prepare', what: 'audit log' }, 'kept on every keeper', {
      needs,
      commands: [run(auditLine(HOSTS), { stdin: { kind: 'stamped', text } })],
    }),
  );
}

/**
 * JSON on one line; what the stamps say, time and author are filled in while executing, and words of somebody's own stay as
 * they are, whatever is in them.
 */
export function stampedLine(stamps: string, value: object): string {
  const rest = JSON.stringify(value).replaceAll('@', '\\u0040').slice(1);
  return `{${stamps},"at":@AT@,"by":"@BY@",${rest}\n`;
}

/** A file on a keeper, written beside its place and then moved there. */
export function writeLine(folder: string, file: string): string {
  const path = `${folder}/${file}`;
  return inOrder(line('mkdir', '-p', folder), `cat > ${line(`${path}.new`)}`, line('mv', '-f', `${path}.new`, path));
}

/** A plan about hosts for a terminal: on each host what is done there, in order, and why. */
import type { HostsIntent } from '../../model/hosts.ts';
import { isOfHosts, type Plan, type Step } from '../../model/plan.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { count, listed } from '../units.ts';

/** What is asked of hosts, in words: "drain vm3, vm4". */
export function hostsWords(intent: HostsIntent): string {
  switch (intent.kind) {
    case 'mark':
      return `${{ cordoned: 'cordon', drained: 'drain', none: 'uncordon' }[intent.as]} ${listed(intent.hosts)}`;
    case 'bootstrap':
      return `bootstrap ${listed(intent.hosts)}`;
    case 'maintain':
      return `maintain ${listed(intent.hosts)}`;
    case 'routers':
      return 'routers';
    default:
      return intent satisfies never;
  }
}

/** One line for each thing that is done, on which host and why; what only keeps records is left out. */
export function hostLines(plan: Plan, palette: Palette): string[] {
  if (!isOfHosts(plan.intent)) return [];
  const rows = [...markRows(plan), ...plan.steps.flatMap(stepRow)];
  const hosts = Math.max(0, ...rows.map(({ host }) => host.length));
  const whats = Math.min(48, Math.max(0, ...rows.map(({ what }) => what.length)));
  return rows.map(({ host, what, why }) =>
    `${palette.yellow('~')} ${palette.bold(host.padEnd(hosts))}   ${what.padEnd(whats)}   ${palette.dim(why)}`.trimEnd(),
  );
}

/** "5 steps on 1 host". */
export function hostCountWords({ steps }: Plan): string {
  const hosts = new Set(steps.map(({ host }) => host)).size;
  return `${count(steps.length, 'step')} on ${count(hosts, 'host')}`;
}

interface Row {
  readonly host: string;
  readonly what: string;
  readonly why: string;
}

/** A mark is one thing, however many keepers it is written on. */
function markRows({ steps }: Plan): Row[] {
  const rows = new Map<string, { row: Row; keepers: string[] }>();
  for (const { action, reason, host } of steps) {
    if (action.kind !== 'mark') continue;
    const what = { cordoned: 'cordoned', drained: 'drained', none: 'not marked any more' }[action.as];
    const known = rows.get(action.of) ?? { row: { host: action.of, what, why: reason }, keepers: [] };
    known.keepers.push(host);
    rows.set(action.of, known);
  }
  return [...rows.values()].map(({ row, keepers }) => ({ ...row, why: `${row.why} (kept on ${listed(keepers)})` }));
}

function stepRow({ id, host, action, reason }: Step): Row[] {
  const row = (what: string): Row[] => [{ host, what: printableLine(what), why: printableLine(reason) }];
  switch (action.kind) {
    case 'maintain':
      return row(`run ${action.command}`);
    case 'reboot':
      return row('reboot');
    case 'pull':
      return row(`pull ${action.image.replace(/@sha256:.*/, '')}`);
    case 'verify':
      return row(`asked: ${action.what.length === 0 ? 'its router' : listed(action.what)}`);
    case 'prepare':
      return /^(audit|progress)@/.test(id) ? [] : row(action.what);
    default:
      return [];
  }
}

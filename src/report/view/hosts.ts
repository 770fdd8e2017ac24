/** Hosts with their facts and room, as `fleet hosts` lists them. */
import type { Host, Inventory, Resources } from '../../model/inventory.ts';
import { type HostMark, newestMark } from '../../model/mark.ts';
import type { HostState, HostUp, Observed } from '../../model/observed.ts';
import type { Palette } from '../palette.ts';
import { printableLine } from '../printable.ts';
import { type Cell, formatTable } from '../table.ts';
import { formatBytes, formatCpus, formatMs } from '../units.ts';

/** A host of the inventory and what it reports. */
export interface HostRow {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
  readonly cordoned: boolean;
  /** Who cordoned or drained it by command; absent when nobody did. */
  readonly mark?: HostMark;
  readonly reachable: boolean;
  /** Why it is not reachable. */
  readonly problem?: string;
  readonly hint?: string;
  readonly dockerVersion?: string;
  readonly architecture?: string;
  /** What may be used, used, free: cpus and bytes. */
  readonly capacity?: Resources;
  readonly used?: Resources;
  readonly free?: Resources;
  readonly diskFreeBytes?: number;
  readonly clockSkewMs?: number;
  readonly replicas?: number;
  readonly router?: { readonly running: boolean; readonly image: string };
}

/** Rows in the order of the inventory. */
export function hostRows(inventory: Inventory, observed: Observed['hosts']): HostRow[] {
  return inventory.hosts.map((host) => {
    const row = hostRow(host, observed[host.name]);
    const mark = markOf(host.name, observed);
    return mark === undefined || mark.kind === 'none' ? row : { ...row, cordoned: true, mark };
  });
}

/** How the table is printed; `now` is epoch milliseconds. */
export interface HostsView {
  readonly palette: Palette;
  readonly now: number;
}

/** The table of `fleet hosts`, then who cordoned which, and why hosts do not answer. Ends with a newline. */
export function formatHosts(rows: readonly HostRow[], { palette, now }: HostsView): string {
  const headings = ['HOST', 'ADDRESS', 'ROLES', 'STATE', 'DOCKER', 'CPU', 'MEMORY', 'DISK FREE', 'REPLICAS', 'CLOCK'];
  const lines = formatTable(
    headings,
    rows.map((row) => cellsOf(row, palette)),
    palette,
  );
  return `${[...lines, ...markLines(rows, { palette, now }), ...problemLines(rows, palette)].join('\n')}\n`;
}

/** "vm3: drained by ann@laptop 5 min ago: maintain". */
function markLines(rows: readonly HostRow[], { palette, now }: HostsView): string[] {
  return rows.flatMap(({ name, mark }) => {
    if (mark === undefined) return [];
    const why = mark.why === '' ? '' : `: ${mark.why}`;
    const words = `${mark.kind} by ${mark.by} ${formatMs(Math.max(0, now - mark.at))} ago${why}`;
    return [`${palette.yellow(name)}: ${printableLine(words)}`];
  });
}

function markOf(host: string, observed: Observed['hosts']): HostMark | undefined {
  const states = Object.values(observed).filter((state) => state.reachable);
  return newestMark(states.flatMap(({ marks = {} }) => marks[host] ?? []));
}

/** Why hosts do not answer, one line for each. */
export function problemLines(rows: readonly HostRow[], palette: Palette): string[] {
  return rows
    .filter((row) => !row.reachable)
    .flatMap((row) => [
      `${palette.red(row.name)}: ${row.problem ?? 'does not answer'}`,
      ...(row.hint === undefined ? [] : [`  ${palette.cyan('hint:')} ${row.hint}`]),
    ]);
}

function hostRow(host: Host, state: HostState | undefined): HostRow {
  const known = { name: host.name, address: host.ssh.address, roles: host.roles, cordoned: host.cordoned };
  if (state === undefined) return { ...known, reachable: false, problem: 'was not asked' };
  if (!state.reachable) {
    return {
      ...known,
      reachable: false,
      problem: state.message,
      ...(state.hint === undefined ? {} : { hint: state.hint }),
    };
  }
  const capacity = capacityOf(host, state);
  const used = usedOf(state);
  return {
    ...known,
    reachable: true,
    dockerVersion: state.dockerVersion,
    architecture: state.architecture,
    capacity,
    used,
    free: { cpus: capacity.cpus - used.cpus, memoryBytes: capacity.memoryBytes - used.memoryBytes },
    diskFreeBytes: state.diskFreeBytes,
    clockSkewMs: state.clockSkewMs,
    replicas: state.containers.filter((one) => one.kind === 'replica' && one.state === 'running').length,
    ...(state.router.container === undefined
      ? {}
      : { router: { running: state.router.container.running, image: state.router.container.image } }),
  };
}

/** Declared capacity, else what Docker reports less the reserve (design.md, Inventory). */
function capacityOf(host: Host, state: HostUp): Resources {
  return {
    cpus: host.capacity.cpus ?? Math.max(0, state.cpus - (host.reserve.cpus ?? 0)),
    memoryBytes: host.capacity.memoryBytes ?? Math.max(0, state.memoryBytes - (host.reserve.memoryBytes ?? 0)),
  };
}

function usedOf(state: HostUp): Resources {
  const live = state.containers.filter((one) => one.state !== 'exited' && one.state !== 'dead');
  return {
    cpus: live.reduce((sum, one) => sum + one.cpus, 0),
    memoryBytes: live.reduce((sum, one) => sum + one.memoryBytes, 0),
  };
}

function cellsOf(row: HostRow, palette: Palette): Cell[] {
  const state: Cell = row.reachable
    ? {
        text: row.mark?.kind ?? (row.cordoned ? 'cordoned' : 'up'),
        paint: row.cordoned ? palette.yellow : palette.green,
      }
    : { text: 'no answer', paint: palette.red };
  return [
    row.name,
    row.address,
    row.roles.join(','),
    state,
    row.dockerVersion === undefined ? '-' : `${row.dockerVersion} ${row.architecture ?? ''}`.trim(),
    ratio(row.used?.cpus, row.capacity?.cpus, formatCpus),
    ratio(row.used?.memoryBytes, row.capacity?.memoryBytes, formatBytes),
    row.diskFreeBytes === undefined ? '-' : formatBytes(row.diskFreeBytes),
    row.replicas === undefined ? '-' : String(row.replicas),
    skewWords(row.clockSkewMs),
  ];
}

function ratio(used: number | undefined, capacity: number | undefined, format: (value: number) => string): string {
  return used === undefined || capacity === undefined ? '-' : `${format(used)} of ${format(capacity)}`;
}

function skewWords(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (Math.abs(ms) < 1000) return 'right';
  return `${formatMs(Math.abs(ms))} ${ms < 0 ? 'behind' : 'ahead'}`;
}

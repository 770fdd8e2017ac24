/** Replicas on all hosts, as `fleet ps` lists them. */

import { shortName } from '../../model/labels.ts';
import type { Container, HostState } from '../../model/observed.ts';
import type { Palette } from '../palette.ts';
import { compareText } from '../plan/facts.ts';
import { type Cell, formatTable } from '../table.ts';
import { formatMs } from '../units.ts';

/** A container of fleet's on a host. */
export interface ReplicaRow extends Pick<Container, 'app' | 'service' | 'slot' | 'release' | 'image' | 'ports'> {
  /** backend.7.2 */
  readonly name: string;
  /** shop.backend.7.2 */
  readonly container: string;
  readonly host: string;
  readonly state: Container['state'];
  readonly health: Container['health'];
  readonly restarts: number;
  readonly exitCode: number;
  /** Epoch milliseconds; 0 when it never started. */
  readonly startedAt: number;
}

/** Replicas of an app, or of all apps; jobs are none. Sorted by app, service, slot, release. */
export function replicasOf(observed: Readonly<Record<string, HostState>>, app?: string): ReplicaRow[] {
  return Object.entries(observed)
    .flatMap(([host, state]) => (state.reachable ? state.containers.map((one) => rowOf(host, one)) : []))
    .filter((row) => row.kind === 'replica' && (app === undefined || row.app === app))
    .map(({ kind: _, ...row }) => row)
    .sort(compareReplicas);
}

/** By app, service, slot, release, host. */
export function compareReplicas(left: Ranked, right: Ranked): number {
  return (
    compareText(left.app, right.app) ||
    compareText(left.service, right.service) ||
    left.slot - right.slot ||
    left.release - right.release ||
    compareText(left.host, right.host)
  );
}

type Ranked = Pick<ReplicaRow, 'app' | 'service' | 'slot' | 'release' | 'host'>;

/** The table of `fleet ps`. `now` is epoch milliseconds. Ends with a newline. */
export function formatReplicas(rows: readonly ReplicaRow[], view: { palette: Palette; now: number }): string {
  if (rows.length === 0) return 'no replica runs\n';
  const several = new Set(rows.map((row) => row.app)).size > 1;
  const headings = [...(several ? ['APP'] : []), 'REPLICA', 'HOST', 'STATE', 'UP', 'RESTARTS', 'PORTS', 'IMAGE'];
  const cells = rows.map((row): Cell[] => [
    ...(several ? [row.app] : []),
    row.name,
    row.host,
    stateCell(row, view.palette),
    row.state === 'running' && row.startedAt > 0 ? formatMs(Math.max(0, view.now - row.startedAt)) : '-',
    String(row.restarts),
    row.ports.map((port) => `${port.hostPort}->${port.port}/${port.protocol}`).join(' ') || '-',
    row.image,
  ]);
  return `${formatTable(headings, cells, view.palette).join('\n')}\n`;
}

/** "healthy", "running", "exited (3)": the one word that says how it is. */
export function stateWords(row: Pick<ReplicaRow, 'state' | 'health' | 'exitCode'>): string {
  if (row.state === 'running') return row.health === 'none' ? 'running' : row.health;
  return row.state === 'exited' || row.state === 'dead' ? `${row.state} (${row.exitCode})` : row.state;
}

function stateCell(row: ReplicaRow, palette: Palette): Cell {
  const good = row.state === 'running' && (row.health === 'healthy' || row.health === 'none');
  const paint = good ? palette.green : row.health === 'starting' ? palette.yellow : palette.red;
  return { text: stateWords(row), paint };
}

function rowOf(host: string, container: Container): ReplicaRow & Pick<Container, 'kind'> {
  return {
    app: container.app,
    service: container.service,
    slot: container.slot,
    release: container.release,
    image: container.image,
    ports: container.ports,
    name: shortName(container.name),
    container: container.name,
    host,
    state: container.state,
    health: container.health,
    restarts: container.restarts,
    exitCode: container.exitCode,
    startedAt: container.startedAt,
    kind: container.kind,
  };
}

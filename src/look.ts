/** Looking at the fleet without changing it: what hosts report, what replicas wrote, a command inside a replica. */

import type { Compiled } from './compile/index.ts';
import { FleetError } from './model/error.ts';
import type { Inventory } from './model/inventory.ts';
import { shortName } from './model/labels.ts';
import { lineReader } from './model/lines.ts';
import type { Observed } from './model/observed.ts';
import type { Playbook } from './model/playbook.ts';
import { line } from './model/quote.ts';
import type { CommandResult, Shell } from './model/shell.ts';
import { type LogLine, parseLogLine, type ReplicaRow, replicasOf } from './report/index.ts';
import { imagesOf } from './scene.ts';
import type { Files, Loaded, Stages } from './stages.ts';

/** A day: how long a followed log or a command inside a replica may take. */
const DAY_MS = 86_400_000;

/** Limit for reading logs that are not followed. */
const LOGS_MS = 60_000;

/** The hosts as they are, and what a deploy would change when a playbook is at hand. */
export interface Sight {
  readonly inventory: Inventory;
  readonly playbook?: Playbook;
  readonly observed: Observed;
  readonly compiled?: Compiled;
  /** Why the playbook at hand could not be read. */
  readonly unread?: unknown;
}

/** Which logs are read. */
export interface LogsRequest {
  readonly services: readonly string[];
  /** `docker logs --since`: a time or a duration such as 10m. */
  readonly since?: string;
  /** `docker logs --tail`: lines of each replica. */
  readonly tail?: string;
  readonly mode: 'once' | 'follow';
  readonly signal: AbortSignal;
}

/** What is run inside which replica. */
export interface ExecRequest {
  readonly service: string;
  /** Absent: the first running replica. */
  readonly slot?: number;
  readonly words: readonly string[];
  readonly stdin?: Uint8Array;
  readonly signal: AbortSignal;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: string) => void;
}

/** How much is asked: the hosts alone, or also what images mean and what a deploy of the playbook would change. */
export type Depth = 'hosts' | 'drift';

/** What to do with open connections while they last. */
export type Watcher<T> = (sight: Sight, shell: Shell) => Promise<T>;

/** Observes all hosts, and compiles the playbook where drift is asked for; hands over while connections are open. */
export async function look<T>(
  { files, depth }: { readonly files: Files; readonly depth: Depth },
  stages: Stages,
  watcher: Watcher<T>,
): Promise<T> {
  const { loaded, inventory, unread } = await loadWhatIsThere(files, stages);
  const shell = stages.openShell(inventory);
  try {
    const images = loaded === undefined || depth === 'hosts' ? [] : imagesOf(loaded, { kind: 'deploy' });
    const observed = await stages.observe(shell, inventory, images);
    const sight: Sight = {
      inventory,
      observed,
      ...(unread === undefined ? {} : { unread }),
      ...(loaded === undefined ? {} : { playbook: loaded.playbook }),
      ...(loaded === undefined || depth === 'hosts' ? {} : { compiled: compileAll(loaded, observed, stages) }),
    };
    return await watcher(sight, shell);
  } finally {
    await shell.close();
  }
}

/** Reads the logs of all replicas of the services, one channel a host. Calls back with each whole line. */
export async function readLogs(
  request: LogsRequest,
  { sight, shell, onLine }: { sight: Sight; shell: Shell; onLine: (line: LogLine) => void },
): Promise<void> {
  const chosen = chooseReplicas(sight, request.services);
  const hosts = [...new Set(chosen.map((replica) => replica.host))];
  await Promise.all(
    hosts.map(async (host) => {
      const names = chosen.filter((replica) => replica.host === host).map((replica) => replica.container);
      const lines = lineReader((text) => {
        const parsed = parseLogLine(host, text);
        if (parsed !== undefined) onLine({ ...parsed, replica: shortName(parsed.replica) });
      });
      await shell.run(host, logsLine(names, request), {
        timeoutMs: request.mode === 'follow' ? DAY_MS : LOGS_MS,
        signal: request.signal,
        onOutput: (stream, chunk) => stream === 'stdout' && lines.push(chunk),
      });
      lines.end();
    }),
  );
}

/** Runs words inside a replica. The result's code is the command's own. */
export async function runInside(
  request: ExecRequest,
  { sight, shell }: { sight: Sight; shell: Shell },
): Promise<CommandResult> {
  const candidates = chooseReplicas(sight, [request.service]).filter((replica) => replica.state === 'running');
  const replica = candidates.find((one) => request.slot === undefined || one.slot === request.slot);
  if (replica === undefined) {
    const which = request.slot === undefined ? request.service : `${request.service}.${request.slot}`;
    throw new FleetError('E_REFERENCE', `no replica of ${which} runs`, { hint: 'fleet ps' });
  }
  const interactive = request.stdin === undefined ? [] : ['-i'];
  return shell.run(replica.host, line('docker', 'exec', ...interactive, replica.container, ...request.words), {
    timeoutMs: DAY_MS,
    signal: request.signal,
    onOutput: request.onOutput,
    ...(request.stdin === undefined ? {} : { stdin: request.stdin }),
  });
}

/** Replicas of the services (none named: of all). Throws FleetError E_REFERENCE for a service that has none. */
export function chooseReplicas(sight: Sight, services: readonly string[]): readonly ReplicaRow[] {
  const all = replicasOf(sight.observed.hosts, sight.playbook?.app);
  const known = [...new Set(all.map((replica) => replica.service))];
  const missing = services.find((service) => !known.includes(service));
  if (missing !== undefined) {
    const there = known.length === 0 ? 'nothing runs' : `there are: ${known.join(', ')}`;
    throw new FleetError('E_REFERENCE', `${missing} has no replica on these hosts`, {
      notes: [there],
      hint: 'fleet ps',
    });
  }
  return services.length === 0 ? all : all.filter((replica) => services.includes(replica.service));
}

/**
 * One line that prints "NAME TIME TEXT" for all containers. When it follows, it ends itself as soon as its parent,
 * the connection's sshd, is gone: nothing stays behind on the host.
 */
function logsLine(names: readonly string[], request: LogsRequest): string {
  const options = [
    ...(request.mode === 'follow' ? ['--follow'] : []),
    ...(request.since === undefined ? [] : ['--since', request.since]),
    ...(request.tail === undefined ? [] : ['--tail', request.tail]),
  ];
  const readers = names.map((name) => {
    const logs = line('docker', 'logs', '--timestamps', ...options, name);
    return `${logs} 2>&1 | ${line('sed', '-u', `s/^/${name} /`)} & pids="$pids $!";`;
  });
  if (request.mode === 'once') return `${readers.join(' ')} wait $pids`;
  const guard = '( while kill -0 $PPID 2>/dev/null; do sleep 2; done; kill 0 ) & guard=$!;';
  return `${guard} ${readers.join(' ')} wait $pids; kill $guard`;
}

interface WhatIsThere {
  readonly inventory: Inventory;
  readonly loaded?: Loaded;
  readonly unread?: unknown;
}

/** A playbook that can not be read must not keep anybody from looking at the hosts. */
async function loadWhatIsThere(files: Files, stages: Stages): Promise<WhatIsThere> {
  if (files.playbooks.length === 0) return { inventory: await stages.loadInventory(files) };
  try {
    const loaded = await stages.loadAll(files);
    return { inventory: loaded.inventory, loaded };
  } catch (unread) {
    return { inventory: await stages.loadInventory(files), unread };
  }
}

function compileAll(loaded: Loaded, observed: Observed, stages: Stages): Compiled {
  const { inventory, playbook } = loaded;
  return stages.compile({ inventory, playbook, observed, intent: { kind: 'deploy', services: [] } });
}

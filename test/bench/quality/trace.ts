/**
 * Machines and containers of a production cluster: `alibaba/clusterdata`, `cluster-trace-gpu-v2023/csv`. Of both files cpu and
 * memory are read; fleet knows no GPUs, so pods that ask for some are placed by their cpu and memory like all others.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '../../support/compile/worlds.ts';
import type { Load, Problem, Room } from './problem.ts';

const NODES = 'openb_node_list_all_node.csv';
const PODS = 'openb_pod_list_cpu250.csv';

/** All nodes in the order of the file, and all pods: those that ask for the same are replicas of one service. */
export function readTrace(folder: string): Problem {
  return traceOf(readFileSync(join(folder, NODES), 'utf8'), readFileSync(join(folder, PODS), 'utf8'));
}

/** The same from the texts of the two files. */
export function traceOf(nodes: string, pods: string): Problem {
  const rooms: Room[] = rowsOf(nodes).map((row) => ({ name: wordOf(row, 'sn'), zone: '', ...sizeOf(row) }));
  const loads = new Map<string, Load & { replicas: number }>();
  for (const row of rowsOf(pods)) {
    const size = sizeOf(row);
    const name = `c${size.cpus * 1000}-m${size.memoryBytes / MIB}`;
    const known = loads.get(name);
    if (known !== undefined) known.replicas++;
    else loads.set(name, { name, replicas: 1, ...size, ...FREE, allowed: rooms.map(() => true) });
  }
  return { rooms, loads: [...loads.values()] };
}

/** The same pods on the first nodes of the file only. */
export function prefixOf({ rooms, loads }: Problem, count: number): Problem {
  return {
    rooms: rooms.slice(0, count),
    loads: loads.map((load) => ({ ...load, allowed: load.allowed.slice(0, count) })),
  };
}

const FREE = { maxPerHost: Number.POSITIVE_INFINITY, isSpread: false };

type Row = ReadonlyMap<string, string>;

/** Plain fields without quotes, which is all that these files have. */
function rowsOf(text: string): Row[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return new Map(names.map((name, at) => [name, fields[at] ?? '']));
  });
}

function sizeOf(row: Row): { readonly cpus: number; readonly memoryBytes: number } {
  return { cpus: Number(wordOf(row, 'cpu_milli')) / 1000, memoryBytes: Number(wordOf(row, 'memory_mib')) * MIB };
}

function wordOf(row: Row, name: string): string {
  const word = row.get(name);
  if (word === undefined || word === '') throw new Error(`the trace has no ${name}: ${[...row].join(' ')}`);
  return word;
}

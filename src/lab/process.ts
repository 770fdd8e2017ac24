/** Finds and ends the processes of a lab by what the kernel says of them, so that no record has to be trusted. */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '../model/error.ts';

/** A process that belongs to a lab. */
export interface LabProcess {
  readonly pid: number;
  /** Its id in each of its pid namespaces, outermost first; `[812, 1]` is a host's first process. */
  readonly nestedPids: readonly number[];
  /** The inode of its network namespace. */
  readonly network: number;
}

/** The environment variable by which processes of a lab outside of its hosts (the registry) are found. */
export const MARK = 'FLEET_LAB';

/** All processes whose network namespace is one of the inodes. */
export function processesInNetworks(inodes: ReadonlySet<number>): LabProcess[] {
  return allPids().flatMap((pid) => {
    const network = networkOf(pid);
    if (network === undefined || !inodes.has(network)) return [];
    return [{ pid, network, nestedPids: nestedPidsOf(pid) }];
  });
}

/** Processes of this machine that were started with the lab's mark in their environment. */
export function markedProcesses(labName: string): number[] {
  const wanted = `${MARK}=${labName}`;
  return allPids().filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(wanted));
}

/** The first process of a host: the one whose death is a power loss. */
export function findInit(inode: number): number | undefined {
  const found = processesInNetworks(new Set([inode]));
  return found.find((one) => one.nestedPids.length === 2 && one.nestedPids[1] === 1)?.pid;
}

/** The inode of a named network namespace; undefined when there is none. */
export function networkInode(namespace: string): number | undefined {
  return statSync(`/run/netns/${namespace}`, { throwIfNoEntry: false })?.ino;
}

/** Ends what `list` finds with SIGKILL, until it finds nothing. Raises E_LAB_STUCK after 20 s. */
export async function killAll(list: () => readonly number[]): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (let pids = list(); pids.length > 0; pids = list()) {
    if (Date.now() > deadline) {
      throw new FleetError('E_LAB_STUCK', `processes ${pids.slice(0, 8).join(', ')} of the lab do not end`);
    }
    for (const pid of pids) kill(pid);
    await sleep(30);
  }
}

function allPids(): number[] {
  // Names only: a process that ends meanwhile must not matter.
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}

function networkOf(pid: number): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]);
  } catch {
    return undefined;
  }
}

function nestedPidsOf(pid: number): number[] {
  const line = /^NSpid:\s*(.+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '';
  return line.split(/\s+/).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the kill, which is what was wanted.
  }
}

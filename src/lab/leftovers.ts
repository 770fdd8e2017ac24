/** Looks for anything of a lab that is on this machine: in the kernel, not in records. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findCgroups } from './cgroup.ts';
import { attempt } from './command.ts';
import { labPaths } from './paths.ts';
import { markedProcesses, networkInode, processesInNetworks } from './process.ts';
import { gatewayLink, labCgroup, namespacePrefix } from './shape.ts';

/** Namespaces, links, processes, mounts, cgroups and firewall rules of the lab, one readable line each; empty after `down`. */
export async function leftovers(labName: string): Promise<string[]> {
  const namespaces = labNamespaces(labName);
  const link = gatewayLink(labName);
  const rules = await attempt(['iptables-save']);
  return [
    ...namespaces.map((name) => `network namespace ${name}`),
    ...(existsSync(`/sys/class/net/${link}`) ? [`link ${link}`] : []),
    ...labPids(labName).map((pid) => `process ${pid}: ${commandOf(pid)}`),
    ...labMounts(labName).map((mount) => `mount ${mount}`),
    ...findCgroups(labCgroup(labName)).map((folder) => `cgroup ${folder}`),
    ...rules.stdout
      .split('\n')
      .filter((rule) => rule.split(/\s+/).includes(link))
      .map((rule) => `iptables ${rule}`),
  ];
}

/** The network namespaces of the lab, by name. */
export function labNamespaces(labName: string): string[] {
  const all = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  return all.filter((name) => name.startsWith(namespacePrefix(labName))).sort();
}

/** All processes of the lab: in its hosts, and those it started on this machine. */
export function labPids(labName: string): number[] {
  const inodes = labNamespaces(labName).flatMap((name) => networkInode(name) ?? []);
  return [...processesInNetworks(new Set(inodes)).map((one) => one.pid), ...markedProcesses(labName)];
}

function labMounts(labName: string): string[] {
  const places = [`${labPaths(labName).lab}/`, `/run/netns/${namespacePrefix(labName)}`];
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return mounted.filter((place) => places.some((start) => place.startsWith(start)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '(ended)';
  }
}

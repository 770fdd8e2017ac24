/** The lab's network: a switch (a bridge in a namespace of its own), a cable to this machine, and one to each host. */

import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from '../model/error.ts';
import { attempt, run } from './command.ts';
import { networkInode } from './process.ts';
import { gatewayLink, hostNamespace, type LabHost, type LabShape, switchNamespace } from './shape.ts';

/** Makes the switch and this machine's cable into it. Raises E_LAB_SUBNET when the machine already routes that network. */
export async function makeSwitch(shape: LabShape): Promise<void> {
  await refuseClash(shape);
  const namespace = switchNamespace(shape.name);
  const link = gatewayLink(shape.name);
  await run(['ip', 'netns', 'add', namespace]);
  await batch(undefined, [`link add ${link} type veth peer name gateway netns ${namespace}`]);
  await batch(namespace, ['link add bridge type bridge', 'link set bridge up', 'link set gateway master bridge up']);
  await batch(undefined, [`addr add ${shape.gateway}/24 dev ${link}`, `link set ${link} up`]);
}

/** Makes a host's namespace and its cable to the switch, whose port there has the host's name. */
export async function plugIn(shape: LabShape, host: LabHost): Promise<void> {
  const own = hostNamespace(shape.name, host.name);
  const hub = switchNamespace(shape.name);
  await run(['ip', 'netns', 'add', own]);
  await batch(hub, [
    `link add ${host.name} type veth peer name eth0 address ${hardwareAddress(host)} netns ${own}`,
    `link set ${host.name} master bridge up`,
  ]);
  await batch(own, [
    'link set lo up',
    `addr add ${host.address}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${shape.gateway}`,
  ]);
}

/** Takes a host's namespace and cable away. Its processes must be gone. */
export async function unplug(labName: string, hostName: string): Promise<void> {
  const hub = switchNamespace(labName);
  // The port goes first, and with it both ends, so that the name is free even while the kernel still cleans the namespace.
  if (networkInode(hub) !== undefined) await attempt(['ip', '-n', hub, 'link', 'delete', hostName]);
  await removeNamespace(hostNamespace(labName, hostName));
}

/** Removes a namespace by its name, and waits until the name is gone. */
export async function removeNamespace(namespace: string): Promise<void> {
  for (let tries = 0; networkInode(namespace) !== undefined && tries < 50; tries += 1) {
    const finished = await attempt(['ip', 'netns', 'delete', namespace]);
    if (finished.exitCode !== 0) await sleep(100);
  }
}

/** Pulls or plugs the host's cable at the switch: the host keeps running and hears nobody, or hears them again. */
export async function setCable(labName: string, hostName: string, state: 'up' | 'down'): Promise<void> {
  await run(['ip', '-n', switchNamespace(labName), 'link', 'set', hostName, state]);
}

/** The hosts whose port at the switch is down. */
export async function cutCables(labName: string): Promise<ReadonlySet<string>> {
  const text = await run(['ip', '-n', switchNamespace(labName), '-j', 'link', 'show', 'type', 'veth']);
  const links = JSON.parse(text || '[]') as { readonly ifname: string; readonly flags: readonly string[] }[];
  return new Set(links.filter((link) => !link.flags.includes('UP')).map((link) => link.ifname));
}

/** Delays all that leaves the switch for the host; 0 takes the delay away. Raises E_LAB_NETEM where the kernel can not. */
export async function setDelay(labName: string, hostName: string, delayMs: number): Promise<void> {
  const device = ['-n', switchNamespace(labName), 'qdisc'];
  if (delayMs === 0) {
    await attempt(['tc', ...device, 'delete', 'dev', hostName, 'root']);
    return;
  }
  const finished = await attempt([
    'tc',
    ...device,
    'replace',
    'dev',
    hostName,
    'root',
    'netem',
    'delay',
    `${delayMs}ms`,
  ]);
  if (finished.exitCode === 0) return;
  throw new FleetError('E_LAB_NETEM', `${hostName} can not be slowed: this kernel has no netem (network emulator)`, {
    hint: 'use a kernel with CONFIG_NET_SCH_NETEM, or `fleet lab cut` for a network that fails altogether',
    notes: [finished.stderr.trim()],
  });
}

/** The same after a reboot, as on a real host: else neighbours would send to the old one until they notice. */
function hardwareAddress(host: LabHost): string {
  const bytes = host.address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', 'f1', ...bytes].join(':');
}

async function refuseClash(shape: LabShape): Promise<void> {
  const routes = await run(['ip', '-4', 'route', 'show', 'root', shape.subnet]);
  const within = await run(['ip', '-4', 'route', 'show', 'match', shape.subnet]);
  const taken = [...new Set(`${routes}${within}`.split('\n'))].filter(
    (route) => route !== '' && !/^default\b/.test(route),
  );
  if (taken.length === 0) return;
  throw new FleetError('E_LAB_SUBNET', `this machine already uses ${shape.subnet}: ${taken[0]?.trim()}`, {
    hint: 'choose another /24 with --subnet',
  });
}

async function batch(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  const within = namespace === undefined ? [] : ['-n', namespace];
  await run(['ip', ...within, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

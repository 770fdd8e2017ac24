/** What can be done to one practice host of a lab. Each raises E_LAB_NONE and E_LAB_HOST_UNKNOWN for what is not there. */

import { FleetError } from '../model/error.ts';
import type { Finished, RunOptions } from './command.ts';
import { enterArguments, execute, initOf, powerOff, powerOn } from './host/power.ts';
import { waitUntilReady } from './host/ready.ts';
import { LabLock } from './lock.ts';
import { setCable, setDelay } from './network.ts';
import { labPaths } from './paths.ts';
import { requireLinuxRoot } from './require.ts';
import { DEFAULT_LAB, findHost, type LabHost, type LabShape } from './shape.ts';
import { requireLab } from './state.ts';

/** Power loss: all of the host is gone at once, without a last word on the network. Its disk stays. */
export async function killHost(hostName: string, labName: string = DEFAULT_LAB): Promise<void> {
  await using change = await changing(hostName, labName);
  await powerOff(labName, change.host.name);
}

/** Turns the host on again and waits until its sshd and dockerd answer. Raises E_LAB_RUNNING when it is on already. */
export async function bootHost(hostName: string, labName: string = DEFAULT_LAB): Promise<void> {
  await using change = await changing(hostName, labName);
  const paths = labPaths(labName);
  await powerOn(change.shape, change.host, paths);
  await waitUntilReady(labName, change.host, paths);
}

/** Pulls the host's network cable; all in it keeps running. Raises E_LAB_OFF when the host is off. */
export async function cutHost(hostName: string, labName: string = DEFAULT_LAB): Promise<void> {
  await using change = await changing(hostName, labName);
  requireOn(labName, change.host.name);
  await setCable(labName, change.host.name, 'down');
}

/** Plugs the host's network cable in again. Raises E_LAB_OFF when the host is off. */
export async function mendHost(hostName: string, labName: string = DEFAULT_LAB): Promise<void> {
  await using change = await changing(hostName, labName);
  requireOn(labName, change.host.name);
  await setCable(labName, change.host.name, 'up');
}

/** Delays every packet to the host; 0 takes the delay away. Raises E_LAB_NETEM where the kernel can not, E_LAB_OFF. */
export async function slowHost(hostName: string, delayMs: number, labName: string = DEFAULT_LAB): Promise<void> {
  await using change = await changing(hostName, labName);
  requireOn(labName, change.host.name);
  await setDelay(labName, change.host.name, delayMs);
}

/** Runs argv in the host as root, past its sshd, and gives back what it said and its exit code. Raises E_LAB_OFF. */
export async function rootExec(
  hostName: string,
  argv: readonly string[],
  options: RunOptions & { readonly labName?: string } = {},
): Promise<Finished> {
  requireLinuxRoot();
  const labName = options.labName ?? DEFAULT_LAB;
  return execute(labName, findHost(requireLab(labName), hostName).name, argv, options);
}

/** The argv that runs another one in the host as root, for a caller that wants its own terminal in it. Raises E_LAB_OFF. */
export function enterHost(hostName: string, argv: readonly string[], labName: string = DEFAULT_LAB): string[] {
  requireLinuxRoot();
  return enterArguments(labName, findHost(requireLab(labName), hostName).name, argv);
}

interface Change extends AsyncDisposable {
  readonly shape: LabShape;
  readonly host: LabHost;
}

async function changing(hostName: string, labName: string): Promise<Change> {
  requireLinuxRoot();
  const shape = requireLab(labName);
  const host = findHost(shape, hostName);
  const lock = await LabLock.take(labPaths(labName).lockFile);
  return { shape, host, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
}

function requireOn(labName: string, hostName: string): void {
  if (initOf(labName, hostName) !== undefined) return;
  throw new FleetError('E_LAB_OFF', `${hostName} is off`, { hint: `fleet lab boot ${hostName}` });
}

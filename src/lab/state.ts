/** What is known of a lab that was made: its shape from its file, the rest from the kernel. */

import { readFileSync } from 'node:fs';
import { FleetError } from '../model/error.ts';
import { initOf } from './host/power.ts';
import { isDockerAnswering, isGreeting } from './host/ready.ts';
import { cutCables } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { isRegistryUp, registryUrl } from './registry.ts';
import { requireLinuxRoot } from './require.ts';
import { checkName, DEFAULT_LAB, type LabHost, type LabShape } from './shape.ts';

/** One host as it is now. */
interface HostStatus extends LabHost {
  /** `booting`: it is on, and its sshd or dockerd does not answer yet. A cut host can not be asked: it is `cut`. */
  readonly state: 'ready' | 'booting' | 'cut' | 'off';
}

/** The lab as it is now. */
export interface LabStatus {
  readonly name: string;
  readonly subnet: string;
  readonly registry: { readonly url: string; readonly isUp: boolean };
  readonly identity: string;
  readonly knownHosts: string;
  readonly hosts: readonly HostStatus[];
}

/** The shape of a lab that was made whole; undefined when there is none. */
export function readShape(paths: LabPaths): LabShape | undefined {
  try {
    return JSON.parse(readFileSync(paths.shapeFile, 'utf8')) as LabShape;
  } catch {
    return undefined;
  }
}

/** The shape of the lab. Raises E_LAB_NONE when there is none. */
export function requireLab(labName: string): LabShape {
  const shape = readShape(labPaths(checkName(labName)));
  if (shape !== undefined) return shape;
  throw new FleetError('E_LAB_NONE', `there is no lab "${labName}"`, { hint: 'fleet lab up' });
}

/** The state of the lab and of each host. Raises E_LAB_NONE. */
export async function labStatus(labName: string = DEFAULT_LAB): Promise<LabStatus> {
  requireLinuxRoot();
  const shape = requireLab(labName);
  const paths = labPaths(labName);
  const cut = await cutCables(labName).catch(() => new Set<string>());
  return {
    name: shape.name,
    subnet: shape.subnet,
    registry: { url: registryUrl(shape), isUp: await isRegistryUp(shape) },
    identity: paths.identity,
    knownHosts: paths.knownHosts,
    hosts: await Promise.all(shape.hosts.map(async (host) => ({ ...host, state: await stateOf(shape, host, cut) }))),
  };
}

async function stateOf(shape: LabShape, host: LabHost, cut: ReadonlySet<string>): Promise<HostStatus['state']> {
  if (initOf(shape.name, host.name) === undefined) return 'off';
  if (cut.has(host.name)) return 'cut';
  const answers = await Promise.all([isGreeting(host.address), isDockerAnswering(shape.name, host.name)]);
  return answers.every(Boolean) ? 'ready' : 'booting';
}

/** Practice hosts on this machine, for `fleet lab` and the integration tests: everything that others may import. */

export { type DownResult, labDown } from './down.ts';
export { bootHost, cutHost, enterHost, killHost, mendHost, rootExec, slowHost } from './hosts.ts';
export { leftovers } from './leftovers.ts';
export { requireLinuxRoot } from './require.ts';
export { DEFAULT_LAB, type LabHost, type LabShape } from './shape.ts';
export { type HostStatus, type LabStatus, labStatus, requireLab } from './state.ts';
export { labUp, type UpOptions, type UpResult } from './up.ts';

/** Practice hosts on this machine, for `fleet lab` and the integration tests: everything that others may import. */

export { labDown } from './down.ts';
export { bootHost, cutHost, enterHost, killHost, mendHost, rootExec, slowHost } from './hosts.ts';
export { leftovers } from './leftovers.ts';
export { DEFAULT_LAB } from './shape.ts';
export { type LabStatus, labStatus, requireLab } from './state.ts';
export { labUp } from './up.ts';

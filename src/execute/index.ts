/** The stage that acts: a plan becomes events on real hosts, under a lease. */
export { type ExecuteDeps, execute } from './execute.ts';
export { formatHolder, type Keepers, type LeaseState, readLease, releaseLease } from './lease/keepers.ts';
export { acquireLease, type Lease, type LeaseOptions, withLease } from './lease/lease.ts';
export type { LeaseHolder, LeaseOwner } from './lease/script.ts';

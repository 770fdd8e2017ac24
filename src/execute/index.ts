/** The stage that acts: a plan becomes events on real hosts, under a lease. */
export { appendAudit } from './audit.ts';
export { execute } from './execute.ts';
export { raiseFence } from './fence.ts';
export { formatHolder, type LeaseState, readLease, releaseLease } from './lease/keepers.ts';
export { acquireLease, type Lease, type LeaseOptions, withLease } from './lease/lease.ts';

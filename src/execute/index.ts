/** The stage that acts: a plan becomes events on real hosts, under a lease. */
export { type ExecuteDeps, execute } from './execute.ts';

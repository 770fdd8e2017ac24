/** Jobs and who starts after them: told on containers, because a job itself leaves nothing behind. */
import type { Service } from '../../model/playbook.ts';
import type { Desired } from './spec.ts';

/** Services that these jobs depend on, directly or not. They start before the jobs, all others after every one. */
export function neededByJobs(jobs: readonly Desired[], desired: readonly Desired[]): ReadonlySet<string> {
  const services = new Map(desired.map(({ service }) => [service.name, service]));
  const found = new Set<string>();
  const visit = (service: Service | undefined): void => {
    for (const dependency of service?.dependsOn ?? []) {
      if (found.has(dependency.service)) continue;
      found.add(dependency.service);
      visit(services.get(dependency.service));
    }
  };
  for (const { service } of jobs) visit(services.get(service.name));
  return found;
}

/**
 * Label fleet.jobs of the service's replicas: "migrate=SPEC,seed=SPEC", the jobs that have run when one of them starts.
 * "" when there is none, and for a service that a job depends on.
 */
export function jobsLabel(service: string, desired: readonly Desired[]): string {
  const jobs = desired.filter((one) => one.service.job !== undefined);
  if (jobs.length === 0 || neededByJobs(jobs, desired).has(service)) return '';
  return jobs
    .map((one) => `${one.service.name}=${one.spec}`)
    .sort()
    .join(',');
}

/** Which services run to their end: x-fleet or deploy.mode says so, or another service waits for it. */
import { isJob } from '../service/amounts.ts';
import type { ServiceEntry } from '../service/schema.ts';

type Services = readonly (readonly [string, ServiceEntry])[];

/**
 * The services, those that others wait for with service_completed_successfully as jobs. Such a job has no ports: with
 * Compose it may come to them by a shared anchor, and nobody could call it.
 */
export function withJobs(services: Services): { readonly services: Services; readonly notes: readonly string[] } {
  const waiting = new Map<string, string>();
  for (const [name, { depends_on = [] }] of services) {
    for (const { service, condition } of depends_on) {
      if (condition === 'completed' && !waiting.has(service)) waiting.set(service, name);
    }
  }
  const inferred = new Set(services.flatMap(([name, entry]) => (waiting.has(name) && !isJob(entry) ? [name] : [])));
  return {
    services: services.map(([name, entry]) => [name, inferred.has(name) ? asJob(entry) : entry] as const),
    notes: services.flatMap(([name, entry]) => {
      const by = waiting.get(name);
      return inferred.has(name) && by !== undefined ? notesOf(name, entry, by) : [];
    }),
  };
}

function asJob(entry: ServiceEntry): ServiceEntry {
  return { ...entry, ports: [], expose: [], 'x-fleet': { ...entry['x-fleet'], job: 'pre-deploy' } };
}

function notesOf(name: string, entry: ServiceEntry, by: string): readonly string[] {
  const hasPorts = [...(entry.ports ?? []), ...(entry.expose ?? [])].length > 0;
  return [
    `services.${name}: a job, since ${by} waits for its end: it runs before new replicas start, in each deploy that changes something`,
    ...(hasPorts ? [`services.${name}.ports: not used, a job serves nobody`] : []),
  ];
}

/** Who must be there before others start: depends_on and jobs, as far as nobody runs what they need yet. */
import type { Service } from '../../model/playbook.ts';
import type { Situation } from '../desire/situation.ts';
import type { Wave } from './planned.ts';

/** A service or job that would start before a new service that it needs. */
export interface TooEarly {
  readonly service: string;
  readonly needed: string;
}

/** Services that start from nothing and that others, or jobs, need. */
export function neededNew(situations: readonly Situation[], jobs: readonly Service[]): ReadonlySet<string> {
  const fresh = new Set(situations.filter(isNew).map(({ desired }) => desired.service.name));
  const needed = [...services(situations), ...jobs].flatMap(({ dependsOn }) => dependsOn.map(({ service }) => service));
  return new Set(needed.filter((name) => fresh.has(name)));
}

/** What the waves get wrong; within one wave the steps' own needs keep the order. Jobs run in the first wave. */
export function tooEarly(
  waves: readonly Wave[],
  situations: readonly Situation[],
  jobs: readonly Service[],
): TooEarly[] {
  const fresh = neededNew(situations, jobs);
  const times = timesOf(waves);
  const begins = [
    ...services(situations).flatMap((service) => {
      const first = times.get(service.name)?.first;
      return first === undefined ? [] : [{ service, first }];
    }),
    ...jobs.map((service) => ({ service, first: 0 })),
  ];
  return begins.flatMap(({ service: { name, dependsOn }, first }) =>
    dependsOn
      .filter(({ service }) => fresh.has(service) && (times.get(service)?.last ?? 0) > first)
      .map(({ service }) => ({ service: name, needed: service })),
  );
}

/** Service -> its first and its last wave. */
function timesOf(waves: readonly Wave[]): ReadonlyMap<string, { readonly first: number; readonly last: number }> {
  const times = new Map<string, { readonly first: number; last: number }>();
  for (const [index, { starts }] of waves.entries()) {
    for (const { service } of starts) {
      const known = times.get(service);
      if (known === undefined) times.set(service, { first: index, last: index });
      else known.last = index;
    }
  }
  return times;
}

function isNew({ blues, stays, resumed, waiting }: Situation): boolean {
  return blues.length + stays.length + resumed.length + waiting.length === 0;
}

function services(situations: readonly Situation[]): Service[] {
  return situations.map(({ desired }) => desired.service);
}

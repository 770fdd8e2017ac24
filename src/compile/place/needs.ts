/** Who must be there before others start: depends_on and jobs, as far as nobody runs what they need yet. */
import type { Service } from '../../model/playbook.ts';
import type { Situation } from '../desire/situation.ts';
import type { Wave } from './waves.ts';

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
  const wavesOf = (name: string): number[] =>
    waves.flatMap(({ starts }, index) => (starts.some(({ service }) => service === name) ? [index] : []));
  const begins = [
    ...services(situations).flatMap((service) =>
      wavesOf(service.name)
        .slice(0, 1)
        .map((first) => ({ service, first })),
    ),
    ...jobs.map((service) => ({ service, first: 0 })),
  ];
  return begins.flatMap(({ service: { name, dependsOn }, first }) =>
    dependsOn
      .filter(({ service }) => fresh.has(service) && (wavesOf(service).at(-1) ?? 0) > first)
      .map(({ service }) => ({ service: name, needed: service })),
  );
}

function isNew({ blues, stays, resumed, waiting }: Situation): boolean {
  return blues.length + stays.length + resumed.length + waiting.length === 0;
}

function services(situations: readonly Situation[]): Service[] {
  return situations.map(({ desired }) => desired.service);
}

/** Which release a plan makes, and which jobs it runs. */
import { replicaName } from '../../model/labels.ts';
import type { Observed, ReleaseRecord } from '../../model/observed.ts';
import { upHosts } from './addresses.ts';
import { existingContainers, type Situation } from './situation.ts';
import type { Desired } from './spec.ts';

/** Numbers of the plan. */
export interface Numbers {
  readonly previous: number;
  readonly release: number;
  readonly recorded: ReleaseRecord | undefined;
  /** True when the plan changes what is declared, not only what runs. */
  readonly isNew: boolean;
}

/** The newest record of the app on any host that answered. */
export function lastRecord(app: string, observed: Observed): ReleaseRecord | undefined {
  const records = upHosts(observed).flatMap((host) => host.releases[app] ?? []);
  return records.sort((a, b) => a.release - b.release || a.at - b.at).at(-1);
}

/**
 * A new release when any spec differs from the record or a service came or went. Otherwise the plan repairs the
 * recorded one, unless a new container would need the name of one that is still there.
 */
export function numbersOf(
  app: string,
  observed: Observed,
  desired: readonly Desired[],
  situations: readonly Situation[],
): Numbers {
  const recorded = lastRecord(app, observed);
  const containers = existingContainers(app, observed).map(({ container }) => container);
  const previous = recorded?.release ?? 0;
  const isDeclared = recorded !== undefined && sameSpecs(recorded, desired);
  // Without any record the containers tell: a first deploy that was cut off goes on, lost records are written again.
  const made = Math.max(1, ...containers.map((one) => one.release));
  const candidate = recorded === undefined ? made : isDeclared ? previous : previous + 1;
  const names = new Set(containers.map(({ name }) => name));
  const collides = situations.some(({ desired: { service }, vacancies }) =>
    vacancies.some(({ slot }) => names.has(replicaName(app, service.name, candidate, slot))),
  );
  const release = collides ? Math.max(previous, ...containers.map((one) => one.release)) + 1 : candidate;
  return { previous, release, recorded, isNew: !isDeclared || release !== previous };
}

/** The selected jobs run when any spec is new, their own or that of a service. */
export function dueJobs(
  desired: readonly Desired[],
  recorded: ReleaseRecord | undefined,
  selected: ReadonlySet<string>,
): Desired[] {
  const changed = desired.some(({ service, spec }) => recorded?.specs[service.name] !== spec);
  return changed ? desired.filter(({ service }) => service.job !== undefined && selected.has(service.name)) : [];
}

function sameSpecs(recorded: ReleaseRecord, desired: readonly Desired[]): boolean {
  const names = Object.keys(recorded.specs);
  return names.length === desired.length && desired.every(({ service, spec }) => recorded.specs[service.name] === spec);
}

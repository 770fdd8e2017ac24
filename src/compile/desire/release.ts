/** Which release a plan makes, and which jobs it runs. */
import { canonicalJson, sha256 } from '../../model/digest.ts';
import type { Observed, ReleaseRecord } from '../../model/observed.ts';
import type { Playbook } from '../../model/playbook.ts';
import { isRemoval, newestRecords } from '../../model/release.ts';
import { upHosts } from './addresses.ts';
import { lostRecord, newestContainer, wholeRelease } from './rebuild.ts';
import type { Situation } from './situation.ts';
import type { Desired } from './spec.ts';
import { existingContainers } from './world.ts';

/** Numbers of the plan. */
export interface Numbers {
  readonly previous: number;
  readonly release: number;
  readonly recorded: ReleaseRecord | undefined;
  /** True when the plan changes what is declared, not only what runs. */
  readonly isNew: boolean;
  /** True when no keeper that answers has a valid record of the release that containers carry: see rebuild.ts. */
  readonly isRebuilt: boolean;
}

/** The newest record of the app on any host that answered; after a removal that is the record of it. */
export function lastRecord(app: string, observed: Observed): ReleaseRecord | undefined {
  return newestRecords(upHosts(observed).flatMap((host) => host.releases[app] ?? [])).at(-1);
}

/** SHA-256 of a playbook as it is recorded: two with the same digest ask for the same. */
export function playbookDigest(playbook: Playbook): string {
  return sha256(canonicalJson(withoutLocations(playbook)));
}

/** The playbook as it is recorded: where things stand in files is for messages only, and services have one order. */
export function withoutLocations(playbook: Playbook): Playbook {
  const services = [...playbook.services].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...playbook, services, locations: {} };
}

/** What a plan's numbers are made from. */
export interface Declared {
  readonly app: string;
  readonly observed: Observed;
  readonly desired: readonly Desired[];
  readonly situations: readonly Situation[];
  /** See `playbookDigest`; undefined when nobody knows the playbook whole. */
  readonly digest: string | undefined;
}

/**
 * A new release when any spec or the playbook itself differs from the record, or a service came or went. Otherwise the
 * plan repairs the recorded one. A new one takes no number that containers of an abandoned run carry. A record that was
 * lost is taken from the containers.
 */
export function numbersOf(declared: Declared): Numbers {
  const { app, observed, desired, situations, digest } = declared;
  const { recorded, isRebuilt, isWhole } = recordedOf(declared);
  const containers = existingContainers(app, observed).map(({ container }) => container);
  const previous = recorded?.release ?? 0;
  const made = newestContainer(app, observed);
  const isSame = digest === undefined || recorded?.body === undefined || recorded.body === digest;
  if (isWhole || (recorded !== undefined && sameSpecs(recorded, desired) && isSame)) {
    return { previous, release: previous, recorded, isNew: false, isRebuilt };
  }
  // Without any record the containers tell: a first deploy that was cut off goes on.
  const candidate = recorded === undefined ? Math.max(1, made) : previous + 1;
  const collides = situations.some(({ desired: { service }, vacancies }) =>
    containers.some(
      (one) =>
        one.service === service.name && one.release === candidate && vacancies.some(({ slot }) => slot === one.slot),
    ),
  );
  return { previous, release: collides ? Math.max(previous, made) + 1 : candidate, recorded, isNew: true, isRebuilt };
}

interface Recorded extends Pick<Numbers, 'recorded' | 'isRebuilt'> {
  /** True for a rebuilt release that is what is desired: only its record is missing. */
  readonly isWhole: boolean;
}

/** A first release without any record is most often one that was cut off, which goes on. */
function recordedOf({ app, observed, desired, situations }: Declared): Recorded {
  const kept = lastRecord(app, observed);
  const rebuilt = lostRecord(app, observed, kept);
  if (rebuilt === undefined) return { recorded: kept, isRebuilt: false, isWhole: false };
  const whole = wholeRelease(rebuilt, desired, situations);
  if (whole !== undefined) return { recorded: whole, isRebuilt: true, isWhole: true };
  const isLost = kept === undefined && rebuilt.release > 1;
  return { recorded: isLost ? rebuilt : kept, isRebuilt: isLost, isWhole: false };
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
  if (isRemoval(recorded)) return false;
  const names = Object.keys(recorded.specs);
  return names.length === desired.length && desired.every(({ service, spec }) => recorded.specs[service.name] === spec);
}

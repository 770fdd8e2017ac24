/**
 * Lost records: what containers tell of the release that they carry, when no keeper has a valid record of it.
 *
 * A release whose record is missing is either lost or was never finished. In one that was never finished, whoever is
 * replaced still has containers of before; so only where all containers of each service are alike it counts as lost.
 */
import type { Observed, ReleaseRecord } from '../../model/observed.ts';
import { isRemoval } from '../../model/release.ts';
import type { Situation } from './situation.ts';
import type { Desired } from './spec.ts';
import { type Existing, existingContainers } from './world.ts';

/** Who made a release whose record was lost, as its new record says. */
export const REBUILT_BY = 'rebuilt from containers';

/**
 * The record of the greatest release that containers carry, as far as their labels tell: specs and images of services,
 * and jobs that ran before one of its own replicas started. Undefined when the record that is kept is as new, or when
 * that release may not be finished. `at` is when the first of its replicas started.
 */
export function rebuiltRecord(
  app: string,
  observed: Observed,
  kept: ReleaseRecord | undefined,
): ReleaseRecord | undefined {
  const replicas = existingContainers(app, observed).filter(({ container }) => container.kind === 'replica');
  const release = newestOf(replicas);
  if (release <= (kept?.release ?? 0)) return undefined;
  const specs = specsOf(replicas);
  if (specs === undefined) return undefined;
  const own = replicas.filter(({ container }) => container.release === release);
  const starts = own.map(({ container }) => container.startedAt).filter((at) => at > 0);
  const jobs = Object.assign({}, ...own.map(({ container }) => container.jobs ?? {}));
  return {
    app,
    release,
    at: starts.length === 0 ? 0 : Math.min(...starts),
    by: REBUILT_BY,
    planDigest: '',
    specs: { ...specs, ...jobs },
    images: Object.fromEntries(
      replicas.map(({ container: { service, image, imageDigest: digest } }) => [
        service,
        digest === undefined ? { image } : { image, digest },
      ]),
    ),
  };
}

/**
 * The rebuilt release when its record is lost, or on a keeper that is silent. Undefined where all of it is as in the
 * record that is kept: such containers are of a run that was cut off and whose successor was satisfied with them.
 */
export function lostRecord(
  app: string,
  observed: Observed,
  kept: ReleaseRecord | undefined,
): ReleaseRecord | undefined {
  const rebuilt = rebuiltRecord(app, observed, kept);
  if (rebuilt === undefined || kept === undefined || isRemoval(kept)) return rebuilt;
  const names = Object.keys(kept.specs);
  return names.some((name) => (rebuilt.specs[name] ?? kept.specs[name]) !== kept.specs[name]) ? rebuilt : undefined;
}

/**
 * Number of a release after the record's that replicas of some service carry and no others of it are left: its record is
 * lost, or on a keeper that is silent. Whoever goes by the older record would take back what was deployed since. After a
 * removal any replica of a later release is enough.
 */
export function lostRelease(app: string, observed: Observed, kept: ReleaseRecord): number | undefined {
  if (isRemoval(kept)) {
    const release = newestContainer(app, observed);
    return release > kept.release ? release : undefined;
  }
  return lostRecord(app, observed, kept)?.release;
}

/** The greatest release that containers of the app carry; 0 when there are none. */
export function newestContainer(app: string, observed: Observed): number {
  return newestOf(existingContainers(app, observed));
}

function newestOf(all: readonly Existing[]): number {
  return all.reduce((most, { container }) => Math.max(most, container.release), 0);
}

/**
 * The rebuilt release with all its services, when what is desired is what it has: then only its record is missing.
 * Undefined when anything differs.
 */
export function wholeRelease(
  rebuilt: ReleaseRecord,
  desired: readonly Desired[],
  situations: readonly Situation[],
): ReleaseRecord | undefined {
  const declared = new Set(desired.map(({ service }) => service.name));
  const isKnown = Object.keys(rebuilt.specs).every((name) => declared.has(name));
  if (!isKnown || !situations.every((situation) => hasPlace(rebuilt, situation))) return undefined;
  const all = situations.map((situation) => [situation.desired.service.name, situation.desired.spec]);
  return { ...rebuilt, specs: { ...Object.fromEntries(all), ...rebuilt.specs } };
}

/** A service that runs nowhere and needs no place, such as one on each host of which there is none, has no container. */
function hasPlace({ specs }: ReleaseRecord, { desired, vacancies }: Situation): boolean {
  const spec = specs[desired.service.name];
  return spec === undefined ? vacancies.length === 0 : spec === desired.spec;
}

/** Undefined when containers of one service differ: a change is under way. */
function specsOf(replicas: readonly Existing[]): Record<string, string> | undefined {
  const specs: Record<string, string> = {};
  for (const { container } of replicas) {
    const { service, spec } = container;
    if ((specs[service] ?? spec) !== spec) return undefined;
    specs[service] = spec;
  }
  return Object.fromEntries(Object.entries(specs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

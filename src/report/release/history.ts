/** The releases of every app as the keepers have them: who made them, what changed, which can be gone back to. Pure. */
import type { HostUp, Observed, ReleaseRecord } from '../../model/observed.ts';
import { bodyFile, isRemoval, newestRecords } from '../../model/release.ts';

/** One release. */
export interface ReleaseRow {
  readonly app: string;
  readonly release: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: string;
  /** Of a rollback, the release that it brought back. */
  readonly rollbackTo?: number;
  /** Service -> replicas that were asked for by `fleet scale`. */
  readonly replicas: Readonly<Record<string, number>>;
  /** Services against the release before; absent when that one is not on record any more. */
  readonly services?: ServiceNames;
  /** Service -> image as written, with its digest where known, for those that came or changed; else for all. */
  readonly images: Readonly<Record<string, string>>;
  readonly isCurrent: boolean;
  /** Some keeper has all that it asked for, so `fleet rollback` can bring it back. */
  readonly canReturn: boolean;
  /** Keepers that have no record of it, sorted. */
  readonly lacking: readonly string[];
  /** Keepers that have the record and not what it asked for, sorted. */
  readonly lackingBody: readonly string[];
}

/** Services by what became of them, sorted. */
export interface ServiceNames {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What a keeper has. */
interface Kept {
  readonly name: string;
  readonly report: HostUp;
}

/** Rows by app, then newest first. Keepers that do not answer are left out: what they have is not known. */
export function releasesOf(keepers: readonly string[], observed: Observed['hosts'], app?: string): ReleaseRow[] {
  const kept = keptBy(keepers, observed);
  const apps = new Set(kept.flatMap(({ report }) => Object.keys(report.releases)));
  const asked = [...apps].filter((one) => app === undefined || one === app).sort();
  return asked.flatMap((one) => releasesOfApp(kept, one));
}

function keptBy(keepers: readonly string[], observed: Observed['hosts']): Kept[] {
  return [...keepers].sort().flatMap((name): Kept[] => {
    const report = observed[name];
    return report?.reachable ? [{ name, report }] : [];
  });
}

function releasesOfApp(kept: readonly Kept[], app: string): ReleaseRow[] {
  const records = newestRecords(kept.flatMap(({ report }) => report.releases[app] ?? []));
  const rows = records.map((record, index): ReleaseRow => {
    const before = records[index - 1];
    const services = changesOf(record, before);
    const has = kept.filter(({ report }) => report.releases[app]?.some(({ release }) => release === record.release));
    const whole = has.filter(({ report }) => hasBody(report, record));
    return {
      app,
      release: record.release,
      at: record.at,
      by: record.by,
      ...(record.rollback === undefined ? {} : { rollbackTo: record.rollback.to }),
      replicas: { ...record.replicas, ...record.scaled },
      ...(services === undefined ? {} : { services }),
      images: imagesOf(record, services),
      isCurrent: index === records.length - 1,
      canReturn: whole.length > 0,
      lacking: namesOf(kept.filter((one) => !has.includes(one))),
      lackingBody: record.body === undefined ? [] : namesOf(has.filter((one) => !whole.includes(one))),
    };
  });
  return rows.filter((_, index) => !isRemoval(records[index])).reverse();
}

function hasBody({ recordFiles }: HostUp, { app, release, body }: ReleaseRecord): boolean {
  return body !== undefined && recordFiles?.[app]?.includes(bodyFile(release)) === true;
}

/** The first release of all came after nothing; of any other one, the one before must be known. */
function changesOf(record: ReleaseRecord, before: ReleaseRecord | undefined): ServiceNames | undefined {
  if (before === undefined && record.release > 1) return undefined;
  const now = Object.keys(record.specs).sort();
  const old = before?.specs ?? {};
  return {
    added: now.filter((name) => old[name] === undefined),
    changed: now.filter((name) => old[name] !== undefined && old[name] !== record.specs[name]),
    removed: Object.keys(old)
      .filter((name) => record.specs[name] === undefined)
      .sort(),
  };
}

function imagesOf({ images }: ReleaseRecord, services: ServiceNames | undefined): Record<string, string> {
  const names = services === undefined ? Object.keys(images).sort() : [...services.added, ...services.changed].sort();
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const { image, digest } = images[name] ?? {};
      if (image === undefined) return [];
      return [[name, digest === undefined || image.includes('@') ? image : `${image}@${digest}`]];
    }),
  );
}

function namesOf(kept: readonly Kept[]): string[] {
  return kept.map(({ name }) => name);
}

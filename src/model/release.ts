/** What a release asked for, whole: enough to heal, scale, move and bring back without any file of the one who deployed. */
import type { ImageFacts, ReleaseRecord } from './observed.ts';
import type { Playbook, Service } from './playbook.ts';

/**
 * Kept beside the record of the release on every keeper, compressed. It has names and digests of secrets, never values:
 * those are in the containers. Images are what their names meant then, so no registry is asked again.
 */
export interface ReleaseBody {
  readonly version: 1;
  /** Resolved and checked, without locations: the files it came from are not at hand. */
  readonly playbook: Playbook;
  /** By image name as written, the router's among them. */
  readonly images: Readonly<Record<string, ImageFacts>>;
  /** Service -> what its image meant when it was deployed last, where that is not what `images` says. */
  readonly pins?: Readonly<Record<string, ImageFacts>>;
}

/** `000007.body.json.gz`: the body, beside the record 000007.json, below ~/.fleet/APP/releases on each keeper. */
export function bodyFile(release: number): string {
  return `${numbered(release)}.body.json.gz`;
}

/** `000007.json`: the record of the release. */
export function recordFile(release: number): string {
  return `${numbered(release)}.json`;
}

/** `000007`: what the names of a release's files begin with, so that they sort. */
export function numbered(release: number): string {
  return String(release).padStart(6, '0');
}

/** How many replicas of a service people declared, and how many are asked for now: a watcher may have scaled it since. */
export function countsOf(
  { name, replicas }: Pick<Service, 'name' | 'replicas'>,
  record: Pick<ReleaseRecord, 'replicas' | 'scaled'>,
): { readonly declared: number; readonly current: number } {
  const declared = record.replicas?.[name] ?? replicas;
  return { declared, current: record.scaled?.[name] ?? declared };
}

/** One record of each release, oldest first: of several the one that was rewritten last. None from before a removal. */
export function newestRecords(records: readonly ReleaseRecord[]): ReleaseRecord[] {
  const byRelease = new Map<number, ReleaseRecord>();
  for (const record of records) {
    const known = byRelease.get(record.release);
    const later = (record.revision ?? 0) - (known?.revision ?? 0) || record.at - (known?.at ?? 0);
    if (known === undefined || later > 0) byRelease.set(record.release, record);
  }
  const ordered = [...byRelease.values()].sort((a, b) => a.release - b.release);
  return ordered.slice(Math.max(0, ordered.map(isRemoval).lastIndexOf(true)));
}

/** True for what a removal leaves in the place of a release; see `ReleaseRecord.removed`. */
export function isRemoval(record: Pick<ReleaseRecord, 'removed'> | undefined): boolean {
  return record?.removed === true;
}

/**
 * The release that a rollback without a number goes to: the newest before the current one that nobody rolled away from.
 * A rollback counts as what it brought back, so going back twice goes back further, and never to where one came from.
 * `history` is oldest first.
 */
export function wayBack(
  history: readonly Pick<ReleaseRecord, 'release' | 'rollback' | 'removed'>[],
): number | undefined {
  const left = new Set(history.flatMap(({ rollback }) => (rollback === undefined ? [] : [rollback.from])));
  const current = history.at(-1);
  const now = current?.rollback?.to ?? current?.release ?? 0;
  const before = history.filter(
    (one) => one.release < now && one.rollback === undefined && !left.has(one.release) && !isRemoval(one),
  );
  return before.at(-1)?.release;
}

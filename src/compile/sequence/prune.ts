/**
 * What releases leave behind that nobody goes back to any more: images on hosts, records on keepers. Only images that a
 * record of this app names are ever removed, by their digest and never by force: all others are other people's.
 *
 *     kept on every host:         the last N releases of this app (x-fleet.keep_releases), and all that are on record of others
 *     where the disk is nearly full:  the current release and the one to go back to; removed before anything is pulled there
 */
import { HOME_FOLDER } from '../../model/labels.ts';
import type { HostUp, ReleaseRecord } from '../../model/observed.ts';
import type { Step } from '../../model/plan.ts';
import { line } from '../../model/quote.ts';
import { isRemoval, newestRecords, wayBack } from '../../model/release.ts';
import type { Context, Site } from '../context.ts';
import { upHosts } from '../desire/addresses.ts';
import { imageReference } from '../desire/images.ts';
import { MINUTE, run, step } from './step.ts';

/** Releases whose images stay on the hosts, where the playbook says nothing. */
const KEPT_RELEASES = 5;

/** Records that stay on the keepers at least; a probe reads so many. */
const KEPT_RECORDS = 20;

/** A host with less than this many free bytes may fail to pull. */
export const LOW_DISK_BYTES = 2 ** 30;

/** Makes room on hosts whose disk is nearly full and that will pull. The pulls there wait for it. */
export function roomSweeps(context: Context, pulled: readonly Step[]): Step[] {
  const pulling = new Set(pulled.map(({ host }) => host));
  const low = context.sites.filter((site) => isLow(site) && pulling.has(site.host.name));
  const least = low.length === 0 ? undefined : keepsakeOf(context, 'least');
  return least === undefined ? [] : low.flatMap((site) => imageSweep(least, site, []) ?? []);
}

/** Removes images of old releases on all other hosts, when `over` is done. */
export function imageSweeps(context: Context, pulled: readonly Step[], over: readonly string[]): Step[] {
  const pulling = new Set(pulled.map(({ host }) => host));
  const [least, usual] = [keepsakeOf(context, 'least'), keepsakeOf(context, 'usual')];
  return context.sites
    .filter((site) => !isLow(site) || !pulling.has(site.host.name))
    .flatMap((site) => imageSweep(isLow(site) ? least : usual, site, over) ?? []);
}

/** Removes the files of releases that are older than the last twenty, or than those whose images are kept, or than a removal. */
export function recordSweeps(context: Context, needs: readonly string[]): Step[] {
  const { app, keepers } = context;
  const sites = context.sites.filter(({ host }) => keepers.some(({ name }) => name === host.name));
  const numbers = sites.flatMap(({ report }) => recordNames(report, app).map(({ release }) => release));
  const ordered = [...new Set([context.release, ...numbers])].sort((a, b) => b - a);
  const kept = new Set([
    ...ordered.slice(0, Math.max(KEPT_RECORDS, keepOf(context))),
    ...keptReleases(context, historyOf(context), 'least'),
  ]);
  const first = recordsOf(context)[0];
  const isVoid = (release: number): boolean => first !== undefined && isRemoval(first) && release < first.release;
  return sites.flatMap(({ host, report }) => {
    const old = recordNames(report, app).filter(({ release }) => !kept.has(release) || isVoid(release));
    if (old.length === 0) return [];
    const folder = `${report.home}/${HOME_FOLDER}/${app}/releases`;
    const what = `records of ${releaseWords(old.map(({ release }) => release))}`;
    return [
      step(`sweep records@${host.name}`, host.name, { kind: 'sweep', what }, `the last ${KEPT_RECORDS} are kept`, {
        needs,
        commands: [run(line('rm', '-f', ...old.map(({ name }) => `${folder}/${name}`)))],
      }),
    ];
  });
}

function isLow({ report }: Site): boolean {
  return report.diskFreeBytes < LOW_DISK_BYTES;
}

/** What the records of all hosts say about images; the same for each host. */
interface Keepsake {
  /** References of the images of each release on record. */
  readonly recorded: readonly { readonly release: number; readonly images: readonly string[] }[];
  /** Images that stay on every host: of kept releases, of this one, of other apps. */
  readonly kept: ReadonlySet<string>;
}

function keepsakeOf(context: Context, how: 'usual' | 'least'): Keepsake {
  const { app, desired, world } = context;
  const releases = keptReleases(context, historyOf(context), how);
  const others = upHosts(world.observed).flatMap((host) =>
    Object.entries(host.releases).flatMap(([name, records]) =>
      records
        .filter(({ release }) => name !== app || releases.has(release))
        .flatMap(({ images }) => referencesIn(images)),
    ),
  );
  const wanted = desired.flatMap(({ service, facts }) => reference(service.image, facts?.digest));
  const recorded = recordsOf(context).map(({ release, images }) => ({ release, images: referencesIn(images) }));
  return { recorded, kept: new Set([...others, ...wanted]) };
}

function imageSweep({ recorded, kept }: Keepsake, site: Site, needs: readonly string[]): Step | undefined {
  const { host, report } = site;
  if (recorded.length === 0) return undefined;
  const inUse = new Set([...usedOn(report), ...(report.taggedImages ?? [])]);
  const here = new Set(report.images);
  const old = recorded.flatMap(({ release, images }) =>
    images
      .filter((image) => here.has(image) && !kept.has(image) && !inUse.has(image))
      .map((image) => ({ release, image })),
  );
  const images = [...new Set(old.map(({ image }) => image))].sort();
  if (images.length === 0) return undefined;
  const releases = releaseWords(old.map(({ release }) => release));
  const what = `${images.length} ${images.length === 1 ? 'image' : 'images'} of ${releases}`;
  // Docker refuses where a container of anybody uses one, and goes on with the next.
  const remove = `${line('docker', 'image', 'rm', ...images)} >/dev/null 2>&1 || true`;
  const reason = isLow(site) ? 'its disk is nearly full' : 'nobody goes back so far';
  return step(`sweep images@${host.name}`, host.name, { kind: 'sweep', what }, reason, {
    needs,
    commands: [run(remove, { timeoutMs: 5 * MINUTE })],
  });
}

/** Images of what runs on the host. */
function usedOn(report: HostUp): string[] {
  const running = report.containers.flatMap(({ image, imageDigest }) => reference(image, imageDigest));
  const router = report.router.container?.image.split('@') ?? [];
  return [...running, ...reference(router[0] ?? '', router[1])];
}

function referencesIn(images: ReleaseRecord['images']): string[] {
  return Object.values(images).flatMap(({ image, digest }) => reference(image, digest));
}

function reference(image: string, digest: string | undefined): string[] {
  return digest === undefined ? [] : [imageReference(image, digest)];
}

/** A release as far as going back is concerned. */
type Past = Pick<ReleaseRecord, 'release' | 'rollback' | 'removed'>;

/** Releases on record and the one that this plan makes, oldest first. */
function historyOf(context: Context): readonly Past[] {
  const { release, previous, intent, isNew } = context;
  const records = recordsOf(context);
  if (!isNew || records.some((one) => one.release === release)) return records;
  const made = intent.kind === 'rollback' ? { release, rollback: { from: previous, to: intent.to } } : { release };
  return [...records, made];
}

function recordsOf({ app, world }: Context): ReleaseRecord[] {
  return newestRecords(upHosts(world.observed).flatMap(({ releases }) => releases[app] ?? []));
}

/** Releases whose images stay: "least" are the current one and the one that a rollback without a number goes to. */
function keptReleases(context: Context, history: readonly Past[], how: 'usual' | 'least'): ReadonlySet<number> {
  const numbers = history.map(({ release }) => release);
  const back = wayBack(history);
  return new Set([...numbers.slice(how === 'least' ? -1 : -keepOf(context)), ...(back === undefined ? [] : [back])]);
}

function keepOf({ world }: Context): number {
  return world.playbook.keepReleases ?? KEPT_RELEASES;
}

/** Files of records and bodies; half-written ones and what others put there are left alone. */
function recordNames({ recordFiles }: HostUp, app: string): { readonly name: string; readonly release: number }[] {
  return (recordFiles?.[app] ?? []).flatMap((name) => {
    const number = /^(\d+)\.(?:json|body\.json\.gz)$/.exec(name)?.[1];
    return number === undefined ? [] : [{ name, release: Number(number) }];
  });
}

/** "release 3", "releases 1, 2", "releases 1 to 9". */
function releaseWords(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  if (sorted.length === 1) return `release ${sorted[0]}`;
  return sorted.length <= 4 ? `releases ${sorted.join(', ')}` : `releases ${sorted[0]} to ${sorted.at(-1)}`;
}

/** Releases on record: which app and which release a change without files is about. */
import { keepersOf, lostRelease, type Release } from './compile/index.ts';
import { FleetError } from './model/error.ts';
import type { Inventory } from './model/inventory.ts';
import type { Observed, ReleaseRecord } from './model/observed.ts';
import type { Intent } from './model/plan.ts';
import { isRemoval, newestRecords, type ReleaseBody, wayBack } from './model/release.ts';
import type { Shell } from './model/shell.ts';
import type { Stages } from './stages.ts';

/** A change of what a release asks for. A rollback without a number goes to the last good release. */
export type ChangeOfRelease =
  | Exclude<Intent, { kind: 'deploy' | 'remove' | 'rollback' }>
  | { readonly kind: 'rollback'; readonly to?: number };

/** Bodies that were read already, by "APP/RELEASE/DIGEST": a body never changes. */
export type Bodies = Map<string, ReleaseBody>;

/** What bodies are read with. */
interface Reader {
  readonly shell: Shell;
  readonly stages: Pick<Stages, 'readBody'>;
}

interface Wanted {
  readonly inventory: Inventory;
  readonly app?: string;
  readonly change: ChangeOfRelease;
  readonly bodies: Bodies;
}

/** The release with its body. Throws FleetError E_RELEASE when there is none, or nobody has its body. */
export async function chosenRelease({ shell, stages }: Reader, wanted: Wanted, observed: Observed): Promise<Release> {
  const app = appOnRecord(observed, wanted.app);
  const records = recordsOf(app, observed);
  const current = records.at(-1);
  if (current === undefined) throw noRelease(app);
  if (isRemoval(current)) throw wasRemoved(app, observed, current);
  const lost = wanted.change.kind === 'rollback' ? undefined : lostRelease(app, observed, current);
  if (lost !== undefined) throw noRecord(app, lost);
  const record = wanted.change.kind === 'rollback' ? targetOf(wanted.change.to, app, records) : current;
  const key = `${app}/${record.release}/${record.body}`;
  const body = wanted.bodies.get(key) ?? (await keptBody({ shell, stages }, wanted.inventory, observed, record));
  if (body === undefined) throw noBody(app, record);
  wanted.bodies.set(key, body);
  return { record, body };
}

/**
 * The body of a release, from the first keeper that answers and has it whole; undefined when none has. A keeper that was
 * away may have another record of the same number: its body is another one, too.
 */
export async function keptBody(
  { shell, stages }: Reader,
  inventory: Inventory,
  observed: Observed,
  { app, release, body }: Pick<ReleaseRecord, 'app' | 'release' | 'body'>,
): Promise<ReleaseBody | undefined> {
  const keepers = keepersOf(inventory).map(({ name }) => name);
  const alike = keepers.filter((name) => {
    const state = observed.hosts[name];
    const records = state?.reachable === true ? (state.releases[app] ?? []) : [];
    return records.some((one) => one.release === release && one.body === body);
  });
  return stages.readBody(shell, alike, app, release);
}

/** The change with the number of the release that it leads to. */
export function settledIntent(change: ChangeOfRelease, { record }: Release): Intent {
  return change.kind === 'rollback' ? { kind: 'rollback', to: record.release } : change;
}

/** Every app that any host has a record of and that was not removed, sorted. */
export function appsOnRecord(observed: Observed): readonly string[] {
  const names = Object.values(observed.hosts).flatMap((state) => (state.reachable ? Object.keys(state.releases) : []));
  return [...new Set(names)].sort().filter((app) => !isRemoval(recordsOf(app, observed).at(-1)));
}

/**
 * True when the app was removed: what a host that was silent then still has of it is to go. Not while anything runs that
 * is newer than the removal, as a silent keeper may have the record of it.
 */
export function isToGo(app: string, observed: Observed): boolean {
  const current = recordsOf(app, observed).at(-1);
  return current !== undefined && isRemoval(current) && lostRelease(app, observed, current) === undefined;
}

/** The named app, else the only one on record. Throws FleetError E_RELEASE when there are several, or none. */
export function appOnRecord(observed: Observed, named: string | undefined): string {
  if (named !== undefined) return named;
  const apps = appsOnRecord(observed);
  const [only] = apps;
  if (only !== undefined && apps.length === 1) return only;
  if (only === undefined) throw new FleetError('E_RELEASE', 'nothing is deployed here', { hint: 'fleet deploy' });
  throw new FleetError('E_RELEASE', `several apps run here: ${apps.join(', ')}`, { hint: `fleet -p ${only} …` });
}

/** Records by release, the newest revision of each, oldest first. */
export function recordsOf(app: string, observed: Observed): readonly ReleaseRecord[] {
  const reports = Object.values(observed.hosts).flatMap((state) => (state.reachable ? [state] : []));
  return newestRecords(reports.flatMap(({ releases }) => releases[app] ?? []));
}

function targetOf(to: number | undefined, app: string, records: readonly ReleaseRecord[]): ReleaseRecord {
  const wanted = to ?? wayBack(records);
  const found = records.find(({ release }) => release === wanted);
  if (found !== undefined) return found;
  const known = records.map(({ release }) => release).join(', ');
  const message = to === undefined ? `${app} has no release to go back to` : `${app} has no release ${to} on record`;
  throw new FleetError('E_RELEASE', message, { notes: [`on record: ${known}`], hint: 'fleet releases' });
}

function wasRemoved(app: string, observed: Observed, removal: ReleaseRecord): FleetError {
  const lost = lostRelease(app, observed, removal);
  if (lost !== undefined) return noRecord(app, lost);
  return new FleetError('E_RELEASE', `${app} was removed by ${removal.by}: there is nothing to start from`, {
    hint: 'fleet deploy starts it anew',
  });
}

function noRelease(app: string): FleetError {
  return new FleetError('E_RELEASE', `${app} has no release on record: there is nothing to start from`, {
    hint: 'fleet deploy writes one',
  });
}

function noRecord(app: string, release: number): FleetError {
  const message = `${app}: release ${release} runs, and no host that answers has a record of it: nothing was done`;
  return new FleetError('E_RELEASE', message, { hint: 'fleet deploy writes it again' });
}

function noBody(app: string, { release, body }: ReleaseRecord): FleetError {
  const why =
    body === undefined
      ? 'an older fleet recorded it without its playbook, or it was rebuilt from containers'
      : 'no host that answers has its playbook';
  return new FleetError('E_RELEASE', `${app}: release ${release} can not be started from: ${why}`, {
    hint: 'fleet deploy records the playbook with it',
  });
}

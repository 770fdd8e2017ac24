/** `include`: other projects' files, each with its own folder and variables, whose parts join this one. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FleetError, type Location } from '../../model/error.ts';
import { optional, readEnvFile } from '../env.ts';
import type { Variables } from '../interpolate.ts';
import { formatLocation } from '../problems.ts';
import { type Entry, plain, type Tree } from '../tree.ts';
import { type FileName, fileOf, isRemote, type Run, raisedAt, remoteFile, type Scope } from './project.ts';
import type { Document, Inclusion } from './resolve-file.ts';

/** What other files may add to. */
const JOINED = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'] as const;
/** A folder that links to itself would go on for ever. */
const MAX_DEPTH = 32;

/** A file on the way to the one in hand, and where it was asked for; the first one is asked for by the user. */
export interface Link {
  readonly file: FileName;
  readonly at?: Location;
}

/** Reads all files of one inclusion as one tree; `trail` ends with its first file. */
export type LoadFiles = (files: readonly Link[], scope: Scope, trail: readonly Link[]) => Promise<Tree | undefined>;

/** The tree with all that its document includes. Raises E_CLASH, E_CYCLE, E_FILE, E_UNSUPPORTED in the run. */
export async function followIncludes(
  tree: Tree,
  document: Document,
  { run, trail, load }: { readonly run: Run; readonly trail: readonly Link[]; readonly load: LoadFiles },
): Promise<Tree> {
  let result = tree;
  for (const inclusion of document.inclusions) {
    const scope = await scopeOf(inclusion, document.scope, run);
    const files = inclusion.paths.flatMap((one) => included(one, document.scope, run));
    const [main] = files;
    if (scope === undefined || main === undefined || isCircle(main, trail, run)) continue;
    const other = await load(files, scope, [...trail, main]);
    if (other !== undefined) result = joined(result, other, run);
  }
  return result;
}

function included({ path, at }: Inclusion['paths'][number], scope: Scope, run: Run): readonly Link[] {
  if (!isRemote(path)) return [{ file: fileOf(scope, path), at }];
  run.problems.push(remoteFile(path, at));
  return [];
}

async function scopeOf(
  { paths, projectDirectory, envFiles }: Inclusion,
  from: Scope,
  run: Run,
): Promise<Scope | undefined> {
  const [main] = paths;
  if (main === undefined) return undefined;
  const place = fileOf(from, projectDirectory ?? `${main.path}/..`);
  const context = { variables: from.variables };
  try {
    const own =
      envFiles.length === 0
        ? await optional(join(place.shown, '.env'), () => run.read(join(place.absolute, '.env')), context)
        : await ownVariables(envFiles, from, run);
    return { folder: place.absolute, shown: place.shown, variables: { ...own, ...from.variables } };
  } catch (error) {
    run.problems.push(raisedAt(error, main.at));
    return undefined;
  }
}

async function ownVariables(envFiles: Inclusion['envFiles'], from: Scope, run: Run): Promise<Variables> {
  let before: Variables = {};
  for (const { path, at } of envFiles) {
    const { absolute, shown } = fileOf(from, path);
    try {
      before = {
        ...before,
        ...(await readEnvFile(shown, () => run.read(absolute), { variables: from.variables, before })),
      };
    } catch (error) {
      run.problems.push(raisedAt(error, at));
    }
  }
  return before;
}

function isCircle(main: Link, trail: readonly Link[], run: Run): boolean {
  const start = trail.findIndex(({ file }) => file.absolute === main.file.absolute);
  if (start === -1 && trail.length < MAX_DEPTH) return false;
  const location = main.at === undefined ? {} : { location: main.at };
  if (start === -1) {
    run.problems.push(new FleetError('E_CYCLE', `more than ${MAX_DEPTH} files include each other`, location));
    return true;
  }
  const round = trail.slice(start);
  const names = [...round, main].map(({ file }) => file.shown);
  run.problems.push(
    new FleetError('E_CYCLE', `include goes round in a circle: ${names.join(' -> ')}`, {
      ...location,
      notes: round
        .slice(1)
        .flatMap(({ file, at }) => (at === undefined ? [] : [`${file.shown}: ${formatLocation(at)}`])),
      hint: 'remove one of them',
    }),
  );
  return true;
}

/** The tree with the other one's parts; the same name with the same meaning is no clash. */
function joined(tree: Tree, other: Tree, run: Run): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = new Map<string, Entry>(tree.entries);
  for (const key of JOINED) {
    const more = other.kind === 'map' ? other.entries.get(key) : undefined;
    if (more?.value.kind !== 'map') continue;
    const own = entries.get(key);
    if (own?.value.kind !== 'map') {
      entries.set(key, more);
      continue;
    }
    const all = new Map<string, Entry>(own.value.entries);
    for (const [name, entry] of more.value.entries) {
      const mine = all.get(name);
      if (mine === undefined) all.set(name, entry);
      else if (!isSame(mine.value, entry.value)) run.problems.push(clash(`${key}.${name}`, mine, entry));
    }
    entries.set(key, { ...own, value: { ...own.value, entries: all } });
  }
  return { ...tree, entries };
}

function isSame(left: Tree, right: Tree): boolean {
  return isDeepStrictEqual(plain(left) ?? {}, plain(right) ?? {});
}

function clash(what: string, mine: Entry, other: Entry): FleetError {
  return new FleetError('E_CLASH', `${what}: defined otherwise in an included file`, {
    location: mine.key,
    related: [{ message: 'the other one', location: other.key }],
    hint: 'rename one of them, or change the included one in a later file (-f, or a second path of the include)',
  });
}

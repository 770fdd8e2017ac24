/** A project as Compose resolves it: variables, all files with what they extend and include, merged into one tree. */
import { dirname, resolve } from 'node:path';
import { FleetError } from '../../model/error.ts';
import { readVariables } from '../env.ts';
import { type Emptied, interpolate, type Variables } from '../interpolate.ts';
import { nearestHint } from '../nearest.ts';
import { appNameOf } from '../playbook/name.ts';
import { formatLocation } from '../problems.ts';
import type { ReadFile } from '../source.ts';
import { type Entry, find, formatPath, type Tree } from '../tree.ts';
import { type Bases, followExtends } from './extends.ts';
import { followIncludes, type Link } from './include.ts';
import { mergeFiles, settle } from './merge.ts';
import { documentsOf, type Project, type Run, type Scope, withoutEchoes } from './project.ts';
import { readDocuments } from './resolve-file.ts';

export type { Project } from './project.ts';

/** More notes than that are no help. */
const MOST_NOTES = 100;

/** Which project, and in which surroundings. */
export interface ResolveOptions {
  /** One or more files, merged in this order. */
  readonly files: readonly string[];
  /** Where relative paths start; default is the folder of the first file. */
  readonly projectDir?: string;
  /** `-p`; wins over COMPOSE_PROJECT_NAME, which wins over `name:`. */
  readonly projectName?: string;
  /** The process environment. */
  readonly env: Variables;
  /** `--env-file`, instead of `.env` in the project's folder. */
  readonly envFiles?: readonly string[];
  /** Home folder of the user, for "~". */
  readonly home?: string;
  readonly readFile: ReadFile;
}

/** Reads the whole project. What is wrong with its files is in `problems`; throws nothing for it. */
export async function resolveProject(options: ResolveOptions): Promise<Project> {
  const { files, env, readFile: read } = options;
  const first = files[0] ?? 'compose.yaml';
  const shown = options.projectDir ?? dirname(first);
  const folder = resolve(shown);
  const home = options.home === undefined ? {} : { home: options.home };
  const run: Run = { read, problems: [], sources: new Map(), incomplete: new Set(), unread: [], emptied: [], ...home };
  const notes: string[] = [];
  const found = await variablesOf({ env, folder: shown, envFiles: options.envFiles ?? [] }, run, notes);
  const links = files.map((file) => ({ file: { absolute: resolve(file), path: file, shown: file } }));
  const asked = [options.projectName, found.COMPOSE_PROJECT_NAME];
  const named = await nameOf(asked, links, { variables: found, run });
  const name = named ?? appNameOf(first, folder);
  const variables = { ...found, COMPOSE_PROJECT_NAME: name };
  const tree = await loadFiles(links, { folder, shown, variables }, links.slice(0, 1), run);
  notes.push(...formatEmptied(run.emptied, variables));
  return {
    tree: withName(tree ?? { kind: 'map', entries: new Map(), at: { file: first, line: 1, column: 1 } }, named),
    name,
    projectDir: folder,
    variables,
    problems: withoutEchoes(run.problems),
    isWhole: run.unread.length === 0,
    incomplete: run.incomplete,
    emptied: run.emptied,
    notes: [...new Set(notes)],
  };
}

async function loadFiles(
  files: readonly Link[],
  scope: Scope,
  trail: readonly Link[],
  run: Run,
): Promise<Tree | undefined> {
  const bases: Bases = new Map();
  const load = (more: readonly Link[], inner: Scope, way: readonly Link[]) => loadFiles(more, inner, way, run);
  let merged: Tree | undefined;
  for (const link of files) {
    for (const document of await readDocuments(link.file, { scope, at: link.at }, run)) {
      const whole = await followExtends(document, bases, run);
      const tree = await followIncludes(whole, document, { run, trail, load });
      merged = merged === undefined ? tree : mergeFiles(merged, tree);
    }
  }
  return merged === undefined ? undefined : withEnvironment(settle(merged, scope.folder), scope.variables);
}

async function variablesOf(
  { env, folder, envFiles }: { readonly env: Variables; readonly folder: string; readonly envFiles: readonly string[] },
  run: Run,
  notes: string[],
): Promise<Variables> {
  const unset = (name: string) => notes.push(`env file: the variable ${name} is not set, taken as empty`);
  try {
    return await readVariables(env, { projectDir: folder, named: envFiles, read: run.read, unset });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    run.problems.push(error);
    return env;
  }
}

/** The name that was asked for, or the last one in the files; it is known before anything else is interpolated. */
async function nameOf(
  asked: readonly (string | undefined)[],
  links: readonly Link[],
  { variables, run }: { readonly variables: Variables; readonly run: Run },
): Promise<string | undefined> {
  const first = asked.find((one) => one !== undefined && one !== '');
  if (first !== undefined) return first;
  let name: string | undefined;
  for (const { file } of links) {
    // What is wrong with the file is said when it is read for all it says.
    const { trees } = await documentsOf(file, run).catch(() => ({ trees: [] }));
    for (const tree of trees) name = written(tree, variables) ?? name;
  }
  return name;
}

function written(tree: Tree, variables: Variables): string | undefined {
  const node = find(tree, ['name']);
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  try {
    return interpolate(node.value, variables);
  } catch {
    // Said when the whole file is interpolated.
    return undefined;
  }
}

function withName(tree: Tree, name: string | undefined): Tree {
  if (tree.kind !== 'map' || name === undefined) return tree;
  const own = tree.entries.get('name');
  const at = own?.value.at ?? tree.at;
  const entry: Entry = { key: own?.key ?? at, value: { kind: 'scalar', value: name, at } };
  return { ...tree, entries: new Map(tree.entries).set('name', entry) };
}

/** Names without a value take the one that is set where their file stands: an included file may have a .env of its own. */
function withEnvironment(tree: Tree, variables: Variables): Tree {
  return changed(tree, 'services', (services) =>
    everyEntry(services, (service) =>
      changed(service, 'environment', (environment) =>
        environment.kind !== 'map'
          ? environment
          : everyEntry(environment, (value, name) =>
              value.kind === 'scalar' && value.value === null && Object.hasOwn(variables, name)
                ? { ...value, value: variables[name] ?? '' }
                : value,
            ),
      ),
    ),
  );
}

function changed(tree: Tree, key: string, change: (value: Tree) => Tree): Tree {
  const entry = tree.kind === 'map' ? tree.entries.get(key) : undefined;
  if (tree.kind !== 'map' || entry === undefined) return tree;
  return { ...tree, entries: new Map(tree.entries).set(key, { ...entry, value: change(entry.value) }) };
}

function everyEntry(tree: Tree, change: (value: Tree, name: string) => Tree): Tree {
  if (tree.kind !== 'map') return tree;
  const entries = [...tree.entries].map(
    ([name, entry]) => [name, { ...entry, value: change(entry.value, name) }] as const,
  );
  return { ...tree, entries: new Map(entries) };
}

function formatEmptied(emptied: readonly Emptied[], variables: Variables): readonly string[] {
  const lines = emptied.slice(0, MOST_NOTES).map(({ path, name, location }) => {
    const near = nearestHint(name, Object.keys(variables));
    const said = `${formatPath(path)}: the variable ${name} is not set, taken as empty (${formatLocation(location)})`;
    return near === undefined ? said : `${said}; ${near}`;
  });
  const more = emptied.length - MOST_NOTES;
  return more > 0 ? [...lines, `${more} more variables are not set, taken as empty`] : lines;
}

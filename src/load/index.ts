/** Files to the model: inventory, playbook, secrets. No host is contacted. */
import { join, resolve } from 'node:path';
import { FleetError, FleetErrors } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import { configOf, profilesIn } from './compose/project-config.ts';
import { type Project, resolveProject } from './compose/resolve.ts';
import type { Variables } from './interpolate.ts';
import { readInventory } from './inventory/inventory.ts';
import { readSshConfig } from './inventory/ssh-config.ts';
import { type Surroundings, USUAL_KEYS } from './inventory/target.ts';
import { brokenReferences, explained, type LoadedPlaybook, readPlaybook } from './playbook/playbook.ts';
import { sortProblems } from './problems.ts';
import { exists, isProgram, type ReadFile, readFromDisk, readSource } from './source.ts';
import { parseYaml } from './yaml.ts';

export type { LoadedPlaybook } from './playbook/playbook.ts';
export { formatYaml } from './yaml.ts';

/** Where an inventory is read. */
export interface InventoryOptions {
  /** The process environment; USER or LOGNAME is ssh's default user. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user, for "~" and .ssh/config. */
  readonly home: string;
  /** Who runs fleet; default is USER or LOGNAME of `env`. */
  readonly user?: string;
  readonly readFile?: ReadFile;
}

/** Which playbook, and in which surroundings it is read. */
export interface PlaybookOptions {
  /** One or more files, merged in this order. */
  readonly files: readonly string[];
  /** Where relative paths start; default is the folder of the first file. */
  readonly projectDir?: string;
  /** `-p`: the app's name, over COMPOSE_PROJECT_NAME and `name:`. */
  readonly projectName?: string;
  /** 'leave': secrets, configs, env files and carried folders are not read. What comes back can be removed, not deployed. */
  readonly values?: 'read' | 'leave';
  /** The process environment; COMPOSE_PROFILES and its like are read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Instead of `.env` in the project's folder. */
  readonly envFiles?: readonly string[];
  /** Home folder of the user, for "~". */
  readonly home?: string;
  readonly profiles?: readonly string[];
  /** Services named on the command line: they are active whatever their profiles. */
  readonly services?: readonly string[];
  readonly readFile?: ReadFile;
  /** Stops commands that give secrets. */
  readonly signal?: AbortSignal;
}

/** Both, from one run. */
export interface Loaded extends LoadedPlaybook {
  readonly inventory: Inventory;
}

/** Reads an inventory. Throws FleetErrors (exit code 2) with every problem of the file. */
export async function loadInventory(path: string, options: InventoryOptions): Promise<Inventory> {
  return gathered(async () => {
    const read = options.readFile ?? readFromDisk;
    const source = await readSource(path, read);
    if (await isProgram(path, source.text)) throw executable(path);
    const { tree, problems: wrong } = parseYaml(source);
    if (tree === undefined) throw new FleetErrors(wrong, 2);
    const problems: FleetError[] = [];
    const inventory = readInventory(tree, await surroundingsOf(path, options, read), problems);
    if (inventory === undefined) throw new FleetErrors(sortProblems(problems), 2);
    return inventory;
  });
}

/** Reads a playbook. Throws FleetErrors (exit code 2) with every problem of its files. */
export async function loadPlaybook(options: PlaybookOptions): Promise<LoadedPlaybook> {
  return gathered(async () => {
    const project = await resolveFiles(options);
    const context = {
      projectDir: project.projectDir,
      variables: project.variables,
      env: definedOf(options.env),
      readFile: options.readFile ?? readFromDisk,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    return readPlaybook(project, context, {
      profiles: profilesOf(project, options),
      asked: options.services ?? [],
      values: options.values ?? 'read',
    });
  });
}

async function resolveFiles({ readFile, ...options }: PlaybookOptions): Promise<Project> {
  if (options.files.length === 0) {
    throw new FleetError('E_FILE', 'no playbook file was given', { hint: 'name one: -f playbook.yaml' });
  }
  return resolveProject({ ...options, env: definedOf(options.env), readFile: readFile ?? readFromDisk });
}

/**
 * Active profiles: `--profile`, else COMPOSE_PROFILES of the process or the env files. Where neither names one, the
 * profile "" is active, as in Compose: files write it beside others for a service that is on unless told otherwise.
 */
function profilesOf({ variables }: Project, { profiles = [] }: PlaybookOptions): readonly string[] {
  if (profiles.length > 0) return profiles;
  return (variables.COMPOSE_PROFILES ?? '').split(',').map((one) => one.trim());
}

/** A project as plain data, whatever fleet can do with it. */
export interface ResolvedConfig {
  readonly model: Readonly<Record<string, unknown>>;
  /** All profiles that its services name. */
  readonly profiles: readonly string[];
  readonly notes: readonly string[];
}

/** What `docker compose config` shows. Throws FleetErrors (exit code 2) with every problem that Compose would have, too. */
export async function resolveConfig(
  options: PlaybookOptions,
  environment: 'resolved' | 'as-written',
): Promise<ResolvedConfig> {
  return gathered(async () => {
    const project = await resolveFiles(options);
    if (project.problems.length > 0) throw new FleetErrors(sortProblems(explained(project.problems, project)), 2);
    const choice = { profiles: profilesOf(project, options), asked: options.services ?? [] };
    const broken = brokenReferences(project, choice);
    if (broken.length > 0) throw new FleetErrors(sortProblems(broken), 2);
    const model = await configOf(project, {
      profiles: choice.profiles,
      services: choice.asked,
      environment,
      readFile: options.readFile ?? readFromDisk,
    });
    return { model, profiles: profilesIn(project), notes: project.notes };
  });
}

/** Reads both. Throws FleetErrors (exit code 2) with the problems of all files together. */
export async function loadAll(
  inventoryPath: string,
  inventoryOptions: InventoryOptions,
  playbookOptions: PlaybookOptions,
): Promise<Loaded> {
  const [inventory, playbook] = await Promise.allSettled([
    loadInventory(inventoryPath, inventoryOptions),
    loadPlaybook(playbookOptions),
  ]);
  if (inventory.status === 'fulfilled' && playbook.status === 'fulfilled') {
    return { inventory: inventory.value, ...playbook.value };
  }
  const failures = [inventory, playbook].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const problems = failures.flatMap((failure) => {
    if (failure instanceof FleetErrors) return failure.problems;
    throw failure;
  });
  throw new FleetErrors(problems, 2);
}

/** A single FleetError becomes FleetErrors, so that callers see one kind. */
async function gathered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FleetError) throw new FleetErrors([error], 2);
    throw error;
  }
}

function executable(path: string): FleetError {
  return new FleetError('E_UNSUPPORTED', `${path}: executable inventories are not handled yet`, {
    hint: `run it yourself: ${path} > inventory.yaml, then use that file`,
  });
}

async function surroundingsOf(file: string, options: InventoryOptions, read: ReadFile): Promise<Surroundings> {
  const usual = USUAL_KEYS.map((name) => join(options.home, '.ssh', name));
  const there = await Promise.all(usual.map(exists));
  return {
    lookup: await readSshConfig(options.home, read),
    home: options.home,
    user: options.user ?? options.env.USER ?? options.env.LOGNAME ?? 'root',
    defaultIdentities: usual.filter((_, index) => there[index]),
    file: resolve(file),
  };
}

function definedOf(env: Readonly<Record<string, string | undefined>>): Variables {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

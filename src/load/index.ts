/** Files to the model: inventory, playbook, secrets. No host is contacted. */
import { basename, dirname, join, resolve } from 'node:path';
import { FleetError, FleetErrors } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import { readVariables } from './env.ts';
import type { Variables } from './interpolate.ts';
import { readInventory } from './inventory/inventory.ts';
import { readSshConfig } from './inventory/ssh-config.ts';
import { type Surroundings, USUAL_KEYS } from './inventory/target.ts';
import { mergeTrees } from './merge.ts';
import { appNameOf } from './playbook/name.ts';
import { type LoadedPlaybook, readPlaybook } from './playbook/playbook.ts';
import { sortProblems } from './problems.ts';
import { exists, isProgram, type ReadFile, readFromDisk, readSource } from './source.ts';
import type { Tree } from './tree.ts';
import { parseYaml } from './yaml.ts';

export type { LoadedPlaybook } from './playbook/playbook.ts';

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
  /** The process environment; COMPOSE_PROFILES is read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Instead of `.env` in the project's folder. */
  readonly envFiles?: readonly string[];
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
    const tree = treeOf([parseYaml(source)]);
    const problems: FleetError[] = [];
    const inventory = readInventory(tree, await surroundingsOf(path, options, read), problems);
    if (inventory === undefined) throw new FleetErrors(sortProblems(problems), 2);
    return inventory;
  });
}

/** Reads a playbook. Throws FleetErrors (exit code 2) with every problem of its files. */
export async function loadPlaybook(options: PlaybookOptions): Promise<LoadedPlaybook> {
  return gathered(async () => {
    const { readFile: read = readFromDisk, files } = options;
    const first = files[0];
    if (first === undefined)
      throw new FleetError('E_FILE', 'no playbook file was given', { hint: 'name one: -f playbook.yaml' });
    const projectDir = resolve(options.projectDir ?? dirname(first));
    const results = await Promise.allSettled(files.map(async (file) => parseYaml(await readSource(file, read))));
    const tree = treeOf(
      results.map((result) =>
        result.status === 'fulfilled' ? result.value : { problems: [asProblem(result.reason)] },
      ),
    );
    const env = definedOf(options.env);
    const variables = await readVariables(env, { projectDir, named: options.envFiles ?? [], read });
    const context = {
      projectDir,
      variables,
      env,
      readFile: read,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    return readPlaybook(tree, context, {
      defaultName: appNameOf(basename(first), projectDir),
      profiles: [...(options.profiles ?? []), ...(variables.COMPOSE_PROFILES ?? '').split(',')].filter(
        (one) => one !== '',
      ),
      asked: options.services ?? [],
    });
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

function treeOf(results: readonly { readonly tree?: Tree; readonly problems: readonly FleetError[] }[]): Tree {
  const problems = results.flatMap((result) => result.problems);
  const trees = results.flatMap(({ tree }) => (tree === undefined ? [] : [tree]));
  const [first, ...others] = trees;
  if (problems.length > 0 || first === undefined) throw new FleetErrors(problems, 2);
  return others.reduce((merged, tree) => mergeTrees(merged, tree), first);
}

function asProblem(reason: unknown): FleetError {
  if (reason instanceof FleetError) return reason;
  throw reason;
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

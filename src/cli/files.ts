/** Which inventory and playbook a command reads when none is named. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FleetError } from '../model/error.ts';
import type { Files, PlaybookFiles } from '../stages.ts';
import type { Flags } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** Names that Docker Compose looks for, in its order (Compose Specification, "Compose file"). */
const COMPOSE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** What it reads beside them when no file is named: the first one there is. */
const OVERRIDE_NAMES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** Whether a command can do without a playbook. */
export type Need = 'inventory' | 'both';

/** Files of a command that can do without machines. */
export type PlaybookFirst = PlaybookFiles & { readonly inventory?: string };

/**
 * The files of this call: flags, else FLEET_INVENTORY and COMPOSE_FILE, else the only one in its folder.
 * Throws FleetError E_FILE with the candidates when there is none or more than one.
 */
export async function findFiles(flags: Flags, terminal: Terminal, need: Need): Promise<Files> {
  return {
    inventory: await findInventory(flags, terminal),
    ...(await playbookFiles(flags, terminal, need)),
  };
}

/**
 * The playbook's files of this call, and the inventory if there is any. Throws FleetError E_FILE when there is no
 * playbook, and when there are several of either and none is named.
 */
export async function findPlaybookFirst(flags: Flags, terminal: Terminal): Promise<PlaybookFirst> {
  const files = await playbookFiles(flags, terminal, 'both');
  const hasOne = inventoryNamed(flags, terminal) !== undefined || (await inventories(terminal)).length > 0;
  return hasOne ? { ...files, inventory: await findInventory(flags, terminal) } : files;
}

/** The playbook's files if there are any. Throws FleetError E_FILE when there are several and none is named. */
export async function findAnyPlaybooks(flags: Flags, terminal: Terminal): Promise<readonly string[]> {
  const isChoice = (await yamlFiles(terminal.cwd, 'playbooks')).length > 1;
  return findPlaybooks(flags, terminal, isChoice ? 'both' : 'inventory');
}

/** The playbook's files, of a command that has nothing to do with machines. Throws FleetError E_FILE. */
export async function findPlaybookOnly(flags: Flags, terminal: Terminal): Promise<PlaybookFiles> {
  return playbookFiles(flags, terminal, 'both');
}

async function playbookFiles(flags: Flags, terminal: Terminal, need: Need): Promise<PlaybookFiles> {
  return {
    ...(await foundPlaybooks(flags, terminal, need)),
    ...(flags.projectName === undefined ? {} : { projectName: flags.projectName }),
    profiles: flags.profile ?? [],
    services: [],
    envFiles: flags.envFile ?? [],
    env: terminal.env,
    home: terminal.home,
    cwd: terminal.cwd,
    user: terminal.user,
  };
}

async function findInventory(flags: Flags, terminal: Terminal): Promise<string> {
  const named = inventoryNamed(flags, terminal);
  if (named !== undefined) return named;
  const real = await inventories(terminal);
  const [first] = real;
  if (first !== undefined && real.length === 1) return first;
  const usual = real.find((file) => file === 'inventory/production.yaml');
  if (usual !== undefined) return usual;
  const files = await yamlFiles(terminal.cwd, 'inventory');
  const notes = files.map((file) => `there is ${file}`);
  const message =
    real.length === 0 ? 'no inventory is named and inventory/ has none' : 'several inventories: which one?';
  const hint = real.length === 0 ? 'fleet init   or   fleet -i FILE …' : `fleet -i ${first ?? 'FILE'} …`;
  throw new FleetError('E_FILE', message, { notes, hint });
}

function inventoryNamed(flags: Flags, terminal: Terminal): string | undefined {
  return flags.inventory ?? nonEmpty(terminal.env.FLEET_INVENTORY);
}

/** Files in inventory/ that are no examples. */
async function inventories({ cwd }: Terminal): Promise<readonly string[]> {
  return (await yamlFiles(cwd, 'inventory')).filter((file) => !file.includes('.example.'));
}

async function foundPlaybooks(
  flags: Flags,
  terminal: Terminal,
  need: Need,
): Promise<Pick<PlaybookFiles, 'playbooks' | 'notes'>> {
  const playbooks = await findPlaybooks(flags, terminal, need);
  const [first, second] = playbooks;
  const isOurChoice = (flags.file ?? []).length === 0 && (await namedByVariable(terminal)) === undefined;
  if (!isOurChoice || first === undefined || second === undefined) return { playbooks };
  return { playbooks, notes: [`${second} is read as well, as Docker Compose does; -f ${first} leaves it out`] };
}

/** COMPOSE_FILE of the process, else of `.env` in the working folder. */
async function namedByVariable({ env, cwd }: Terminal): Promise<readonly string[] | undefined> {
  const dotenv = await readFile(join(cwd, '.env'), 'utf8').catch(() => '');
  const variable = (name: string) => {
    const line = new RegExp(`^(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*["']?([^"'#\\r\\n]*)`, 'm').exec(dotenv);
    return nonEmpty(env[name]) ?? nonEmpty(line?.[1]?.trim());
  };
  const separator = variable('COMPOSE_PATH_SEPARATOR') ?? ':';
  return variable('COMPOSE_FILE')
    ?.split(separator)
    .filter((file) => file !== '');
}

async function findPlaybooks(flags: Flags, terminal: Terminal, need: Need): Promise<readonly string[]> {
  if (flags.file !== undefined && flags.file.length > 0) return flags.file;
  const named = await namedByVariable(terminal);
  if (named !== undefined) return named;
  const files = await yamlFiles(terminal.cwd, 'playbooks');
  const [first] = files;
  if (first !== undefined && files.length === 1) return [first];
  for (const name of COMPOSE_NAMES) {
    if (!(await isFile(resolve(terminal.cwd, name)))) continue;
    for (const over of OVERRIDE_NAMES) if (await isFile(resolve(terminal.cwd, over))) return [name, over];
    return [name];
  }
  if (need === 'inventory') return [];
  const notes = files.map((file) => `there is ${file}`);
  const message =
    files.length === 0
      ? 'no playbook is named, and there is no playbooks/*.yaml or compose.yaml'
      : 'several playbooks: which one?';
  throw new FleetError('E_FILE', message, { notes, hint: `fleet -f ${first ?? 'FILE'} …` });
}

async function yamlFiles(cwd: string, folder: string): Promise<readonly string[]> {
  const names = await readdir(resolve(cwd, folder)).catch((): string[] => []);
  return names
    .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

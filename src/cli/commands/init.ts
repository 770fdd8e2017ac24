/** `fleet init`: from an empty folder, or from a team's compose.yaml, to files that `fleet check` accepts. */
import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { FleetError } from '../../model/error.ts';
import { STARTER_FILES } from '../../model/starter.ts';
import { bind, type Call, type Context, interrupts } from '../context.ts';
import { findAnyPlaybooks } from '../files.ts';
import { collectWords, type Flags, parsePort } from '../flags.ts';
import { type Ask, askInventory, askPlaybook, createAsk, saysHosts, saysPlaybook } from '../init/answers.ts';
import { sayWhatStandsInTheWay, sayWhatWasWritten } from '../init/say.ts';
import { type NewFile, writeFiles } from '../init/write.ts';

/** Adds the command. */
export function addInit(program: Command, context: Context): void {
  const command = program
    .command('init')
    .description('write an inventory, and a playbook where there is none')
    .addOption(new Option('--hosts <hosts>', 'the machines: NAME or NAME=ADDRESS, with commas').argParser(collectWords))
    .addOption(new Option('--host <host>', 'one machine; may be repeated').argParser(collectWords))
    .addOption(new Option('--edge <hosts>', 'which of them take traffic from outside').argParser(collectWords))
    .option('--user <login>', 'the login on all hosts')
    .option('--app <name>', 'the name of a new playbook')
    .option('--service <name>', 'its first service')
    .option('--image <image>', 'the image of the service')
    .addOption(new Option('--port <port>', 'the port that it listens on').argParser(parsePort))
    .option('--dir <folder>', 'where to (default: here)')
    .option('-y, --yes', 'do not ask, take what suggests itself')
    .option('--force', 'overwrite what is there')
    .addHelpText('after', HELP);
  bind(command, context, init);
}

const HELP = `
Hosts of ~/.ssh/config are offered, and need no more than their name. A compose.yaml
that is there is the playbook as it stands: it is checked, and never touched.

Example: fleet init --hosts vm1,vm2 --edge vm1 --user deploy`;

async function init({ flags }: Call, context: Context): Promise<number> {
  const waiting = interrupts(context.terminal, 'look');
  try {
    return await start(flags, context, waiting.gentle);
  } finally {
    waiting.dispose();
  }
}

async function start(flags: Flags, context: Context, signal: AbortSignal): Promise<number> {
  const { terminal } = context;
  const ask = createAsk(terminal, flags, signal);
  const at = (path: string) => (isAbsolute(path) ? path : join(flags.dir ?? '.', path));
  const there = await findAnyPlaybooks(flags, { ...terminal, cwd: resolve(terminal.cwd, flags.dir ?? '.') });
  const playbooks = flags.file === undefined ? there.map(at) : there;
  const scene = { flags, context, ask, at };
  const inventory = await newInventory(scene);
  const playbook = await newPlaybook(scene, playbooks);
  if (signal.aborted) {
    terminal.stderr.write('\nnothing was written\n');
    return 130;
  }
  const files = [...inventory, ...playbook, ...schemas(scene)];
  const done = await writeFiles(terminal.cwd, files, flags.force === true ? 'force' : 'keep');
  const names = {
    inventory: at(STARTER_FILES.inventory),
    playbooks: playbooks.length > 0 ? playbooks : [at(STARTER_FILES.playbook)],
  };
  sayWhatWasWritten({ ...names, ...done, hasOwnPlaybook: playbooks.length > 0 && playbook.length === 0 }, scene);
  await sayWhatStandsInTheWay(names, scene);
  return 0;
}

/** One call, and how its paths are named. */
interface Scene {
  readonly flags: Flags;
  readonly context: Context;
  readonly ask: Ask;
  readonly at: (path: string) => string;
}

/** An inventory that is there stays, unless a flag says another. */
async function newInventory({ flags, context, ask, at }: Scene): Promise<readonly NewFile[]> {
  const { terminal, stages } = context;
  const path = at(STARTER_FILES.inventory);
  if (!saysHosts(flags) && flags.force !== true && (await isThere(resolve(terminal.cwd, path)))) return [];
  const known = await stages.starter.listSshHosts(terminal.home);
  const answers = await askInventory(flags, known, ask);
  return [{ path, text: await stages.starter.inventoryText(answers, terminal), isGenerated: false }];
}

/** A playbook that is there stays, --force or not, unless a flag says another. */
async function newPlaybook({ flags, context, ask, at }: Scene, there: readonly string[]): Promise<readonly NewFile[]> {
  const { terminal, stages } = context;
  const path = at(STARTER_FILES.playbook);
  const [first] = there;
  if (first !== undefined && !saysPlaybook(flags)) return [];
  if (first !== undefined && first !== path) {
    throw new FleetError('E_FILE', `${first} is the playbook already`, {
      hint: 'leave --app, --service, --image and --port away, or choose another --dir',
    });
  }
  const suggested = stages.starter.suggestApp(resolve(terminal.cwd, flags.dir ?? '.'));
  const answers = await askPlaybook(flags, suggested, ask);
  return [{ path, text: await stages.starter.playbookText(answers), isGenerated: false }];
}

function schemas({ context, at }: Scene): readonly NewFile[] {
  const { starter } = context.stages;
  return [
    { path: at(STARTER_FILES.inventorySchema), text: starter.schemaText('inventory'), isGenerated: true },
    { path: at(STARTER_FILES.playbookSchema), text: starter.schemaText('playbook'), isGenerated: true },
  ];
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

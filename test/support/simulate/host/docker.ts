/** The docker command of a simulated host: the model of the compiler's tests, asked by words and answered as Docker does. */
import { type Command, defineCommand, type ExecResult, type ResolvedCommandContext } from 'just-bash';
import { carriedFolder, ROUTER_NAME } from '../../../../src/model/labels.ts';
import { containerOf } from '../../compile/created.ts';
import { createContainer, createNetwork, nameOf, runRouter, startContainer } from '../../compile/docker.ts';
import { type Machine, need, pull, removeImage, removeNetwork, reportOf, stop } from '../../compile/machine.ts';
import { inspectedBy } from '../docker/api.ts';
import type { Kind, Nginx } from './nginx.ts';
import { formatted } from './template.ts';

/** What a docker command works on. */
export interface Engine {
  readonly machine: Machine;
  readonly nginx: Nginx;
  /** Epoch milliseconds by the host's clock. */
  readonly now: () => number;
}

/** Arguments without their verb, and what the command can use of the shell that runs it; what it prints. */
type Verb = (engine: Engine, words: readonly string[], shell: ResolvedCommandContext) => Promise<Partial<ExecResult>>;

/** The program `docker`. What it does not know ends with 125, as Docker's own errors do. */
export function dockerCommand(engine: Engine): Command {
  return defineCommand('docker', async (words, shell) => {
    const [verb = '', kind = ''] = words;
    const isPair = PAIRS.has(verb);
    const name = isPair ? `${verb} ${kind}` : verb;
    try {
      const run = VERBS.get(name);
      need(run !== undefined, `a simulated docker can not ${name}`);
      return { stdout: '', stderr: '', exitCode: 0, ...(await run(engine, words.slice(isPair ? 2 : 1), shell)) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { stdout: '', stderr: `Error response from daemon: ${why}\n`, exitCode: VERBS.has(name) ? 1 : 125 };
    }
  });
}

const PAIRS = new Set(['network', 'volume', 'image']);

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['version', async () => ({ stdout: 'Server: simulated\n' })],
  ['ps', async ({ machine }) => ({ stdout: [...machine.containers.keys()].map((name) => `${name}\n`).join('') })],
  ['pull', quiet(({ machine }, words) => pull(machine, last(words)))],
  ['image rm', quiet(({ machine }, words) => each(words, (name) => removeImage(machine, name)))],
  ['network create', quiet(({ machine }, words) => createNetwork(machine, words))],
  ['network inspect', quiet(({ machine }, words) => each(words, (name) => mustHave(machine.networks.has(name), name)))],
  ['network rm', quiet(({ machine }, words) => each(words, (name) => removeOneNetwork(machine, name)))],
  ['volume create', quiet(({ machine }, words) => machine.volumes.add(last(words)))],
  ['volume rm', quiet(({ machine }, words) => each(words, (name) => machine.volumes.delete(name)))],
  ['create', quiet(create)],
  ['run', quiet(run)],
  ['start', quiet(start)],
  ['stop', quiet(stopOne)],
  ['rm', quiet(remove)],
  ['cp', quiet(({ machine }, words) => mustHave(machine.containers.has(containerIn(last(words))), last(words)))],
  ['inspect', inspect],
  ['exec', exec],
  ['kill', quiet(signal)],
  ['top', top],
  ['logs', quiet(() => undefined)],
]);

/** A verb that prints nothing that fleet reads. */
function quiet(work: (...given: Parameters<Verb>) => unknown): Verb {
  return async (...given) => {
    await work(...given);
    return {};
  };
}

async function create(engine: Engine, words: readonly string[], { fs }: ResolvedCommandContext): Promise<void> {
  const { machine } = engine;
  const name = nameOf(words);
  need(!machine.containers.has(name), `Conflict. The container name "/${name}" is already in use`);
  const made = containerOf(words);
  const folder = carriedFolder(machine.report.home, made.app);
  for (const digest of made.carried)
    if (await fs.exists(`${folder}/${digest}`)) machine.carried.add(`${made.app}/${digest}`);
  createContainer(machine, words, 'created');
}

async function run(engine: Engine, words: readonly string[], shell: ResolvedCommandContext): Promise<void> {
  // A container that ends at once and leaves nothing.
  if (words.includes('--rm')) return;
  if (!words.includes('--network=host')) {
    await create(engine, words, shell);
    return start(engine, [nameOf(words)]);
  }
  need(nameOf(words) === ROUTER_NAME, `a simulated docker runs one router only, not ${nameOf(words)}`);
  runRouter(engine.machine, words);
  for (const kind of ['http', 'stream'] as const) await engine.nginx.load(kind);
}

function start({ machine, now }: Engine, words: readonly string[]): void {
  const name = last(words);
  const isJob = words.includes('--attach');
  mustHave(name === ROUTER_NAME ? machine.router !== undefined : machine.containers.has(name), name);
  if (machine.containers.get(name)?.state !== 'running') startContainer(machine, name, { at: now(), isJob });
}

function stopOne({ machine }: Engine, words: readonly string[]): void {
  const name = last(words);
  mustHave(machine.containers.has(name), name);
  stop(machine, name);
}

function remove({ machine, nginx }: Engine, words: readonly string[]): void {
  const name = last(words);
  if (name === ROUTER_NAME) {
    mustHave(machine.router !== undefined, name);
    machine.router = undefined;
    nginx.end();
    return;
  }
  mustHave(machine.containers.delete(name), name);
  machine.attached.delete(name);
}

function removeOneNetwork(machine: Machine, name: string): void {
  mustHave(machine.networks.has(name), name);
  removeNetwork(machine, name);
}

async function inspect(engine: Engine, words: readonly string[]): Promise<Partial<ExecResult>> {
  const at = words.indexOf('--format');
  const names = words.filter((word, index) => !word.startsWith('--') && !VALUED.has(words[index - 1] ?? ''));
  settled(engine.machine, engine.now());
  const seen = inspectedBy(reportOf(engine.machine));
  const lines = names.map((name) => {
    const one = seen(name);
    mustHave(one !== undefined, name);
    return at < 0 ? JSON.stringify(one) : formatted(words[at + 1] ?? '', one);
  });
  return { stdout: lines.map((text) => `${text}\n`).join('') };
}

const VALUED = new Set(['--format', '--type']);

/** A shell in the router's container: it sees the host's files, and `nginx` finds its own there (nginx.ts). */
async function exec(
  engine: Engine,
  words: readonly string[],
  shell: ResolvedCommandContext,
): Promise<Partial<ExecResult>> {
  const [name, ...command] = words;
  mustHave(name === ROUTER_NAME && engine.machine.router?.running === true, name ?? '');
  return (await shell.exec?.(command.map(quoted).join(' '), { cwd: '/' })) ?? {};
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** See start.sh: HUP is for the HTTP master, USR1 for the other. */
async function signal({ machine, nginx }: Engine, words: readonly string[]): Promise<void> {
  need(last(words) === ROUTER_NAME && machine.router?.running === true, `container ${last(words)} is not running`);
  const kind: Kind | undefined = { HUP: 'http' as const, USR1: 'stream' as const }[words[1] ?? ''];
  if (kind !== undefined) await nginx.load(kind);
}

async function top({ machine, nginx }: Engine, words: readonly string[]): Promise<Partial<ExecResult>> {
  need(words[0] === ROUTER_NAME && machine.router?.running === true, `container ${words[0]} is not running`);
  const lines = (['http', 'stream'] as const).flatMap((kind) => {
    const { master, worker } = nginx.pids(kind);
    return [`${master} nginx: master process -c /etc/nginx/fleet/${kind}.conf`, `${worker} nginx: worker process`];
  });
  return { stdout: ['PID COMMAND', ...lines, ''].join('\n') };
}

/** A health check succeeds for the first time so long after the start. */
const HEALTHY_AFTER_MS = 200;

/** What time has done by now (epoch milliseconds): those that started have become healthy. */
export function settled({ containers }: Machine, now: number): void {
  for (const [name, one] of containers) {
    const isWell = one.state === 'running' && one.health === 'starting' && now - one.startedAt >= HEALTHY_AFTER_MS;
    if (isWell) containers.set(name, { ...one, health: 'healthy' });
  }
}

function each(words: readonly string[], work: (name: string) => unknown): void {
  for (const name of words) if (!name.startsWith('-')) work(name);
}

function mustHave(is: boolean, name: string): void {
  need(is, `No such object: ${name}`);
}

function containerIn(path: string): string {
  return path.split(':')[0] ?? '';
}

function last(words: readonly string[]): string {
  return words.at(-1) ?? '';
}

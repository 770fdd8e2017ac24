/** New files for `fleet init`: all or none, and nothing that is there is overwritten unasked. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FleetError, FleetErrors } from '../../model/error.ts';

/** A file to be. */
export interface NewFile {
  /** As messages name it. */
  readonly path: string;
  readonly text: string;
  /** What fleet makes itself may be older than this fleet; then it is kept and named, and is no reason to stop. */
  readonly isGenerated: boolean;
}

/** What became of the files. */
export interface Written {
  readonly written: readonly string[];
  /** Generated files that say something else than this fleet would write. */
  readonly outdated: readonly string[];
}

type State = 'absent' | 'same' | 'other';

/** Writes what is not there yet; with `force` also what is. Throws FleetErrors of E_FILE before the first byte. */
export async function writeFiles(cwd: string, files: readonly NewFile[], mode: 'keep' | 'force'): Promise<Written> {
  const states = await Promise.all(files.map(async (file) => ({ file, state: await stateOf(cwd, file) })));
  const others = states.filter(({ state }) => mode === 'keep' && state === 'other').map(({ file }) => file);
  const own = others.filter(({ isGenerated }) => !isGenerated);
  if (own.length > 0) throw new FleetErrors(own.map(isThere), 2);
  const todo = states.filter(({ state }) => state === 'absent' || (state === 'other' && mode === 'force'));
  for (const { file, state } of todo) await write(cwd, file, state);
  return { written: todo.map(({ file }) => file.path), outdated: others.map(({ path }) => path) };
}

async function stateOf(cwd: string, { path, text }: NewFile): Promise<State> {
  try {
    return (await readFile(resolve(cwd, path), 'utf8')) === text ? 'same' : 'other';
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'absent';
    throw notWritten(path, cause);
  }
}

/** What came into being meanwhile is not overwritten either. */
async function write(cwd: string, { path, text }: NewFile, state: State): Promise<void> {
  const target = resolve(cwd, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { flag: state === 'absent' ? 'wx' : 'w' });
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function isThere({ path }: NewFile): FleetError {
  return new FleetError('E_FILE', `${path} is there already, and says something else; nothing was written`, {
    hint: 'change it by hand, or let --force overwrite it',
  });
}

function notWritten(path: string, cause: unknown): FleetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('E_FILE', `${path} can not be written: ${reason}`, { cause });
}

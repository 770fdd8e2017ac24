/** Variables: from the process, from `.env` and `--env-file`, and from the env files of services. */
import { join } from 'node:path';
import { type EnvContext, parseEnv } from './dotenv.ts';
import type { Unset, Variables } from './interpolate.ts';
import { type ReadFile, readSource } from './source.ts';

/** One file of KEY=VALUE lines. Throws FleetError E_FILE, E_YAML (not text), E_VALUE or E_INTERPOLATION. */
export async function readEnvFile(
  path: string,
  read: ReadFile,
  context: EnvContext = { variables: {} },
): Promise<Variables> {
  return parseEnv(await readSource(path, read), context);
}

/** Where variables are looked for beside the process environment. */
export interface EnvFiles {
  /** Its `.env` is read when no file is named. */
  readonly projectDir: string;
  /** Files of `--env-file`, later over earlier; COMPOSE_ENV_FILES stands in for none. */
  readonly named: readonly string[];
  readonly read: ReadFile;
  readonly unset?: Unset;
}

/** What interpolation sees: the process environment over the env files. */
export async function readVariables(env: Variables, files: EnvFiles): Promise<Variables> {
  const { projectDir, read, unset = () => undefined } = files;
  const named = files.named.length > 0 ? files.named : wordsOf(env.COMPOSE_ENV_FILES);
  const isOff = /^(1|t|true)$/i.test(env.COMPOSE_DISABLE_ENV_FILE ?? '');
  let before: Variables = {};
  if (named.length === 0 && !isOff) before = await optional(join(projectDir, '.env'), read, { variables: env, unset });
  for (const file of named) {
    before = { ...before, ...(await readEnvFile(file, read, { variables: env, before, unset })) };
  }
  return { ...before, ...env };
}

/** The file's variables, or none when there is no file. */
export async function optional(path: string, read: ReadFile, context: EnvContext): Promise<Variables> {
  const isThere = await read(path).then(
    () => true,
    () => false,
  );
  return isThere ? readEnvFile(path, read, context) : {};
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

/** Variables from .env and env_file. */
import { resolve } from 'node:path';
import dotenv from 'dotenv';
import type { Variables } from './interpolate.ts';
import { type ReadFile, readSource } from './source.ts';

/** One file of KEY=VALUE lines. Throws FleetError E_FILE or E_YAML (not text). */
export async function readEnvFile(path: string, read: ReadFile): Promise<Variables> {
  const { text } = await readSource(path, read);
  return dotenv.parse(text);
}

/**
 * What interpolation sees: the process environment over the env files (later over earlier). Without named files
 * it is `.env` in the project's folder, if there is one.
 */
export async function readVariables(
  env: Variables,
  projectDir: string,
  envFiles: readonly string[] | undefined,
  read: ReadFile,
): Promise<Variables> {
  if (envFiles === undefined) return { ...(await optional(resolve(projectDir, '.env'), read)), ...env };
  const files = await Promise.all(envFiles.map((file) => readEnvFile(file, read)));
  return { ...Object.assign({}, ...files), ...env };
}

async function optional(path: string, read: ReadFile): Promise<Variables> {
  const isThere = await read(path).then(
    () => true,
    () => false,
  );
  return isThere ? readEnvFile(path, read) : {};
}

/** Plans and worlds in files: written whole or not at all, checked when read. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FleetError } from '../model/error.ts';
import type { Observed } from '../model/observed.ts';
import type { Plan } from '../model/plan.ts';
import { planJson, readShared } from '../report/index.ts';
import { joined } from './pieces.ts';
import { readByLines } from './plan-file.ts';

/** Writes the plan as JSON, see `save`. */
export async function savePlan(cwd: string, file: string, plan: Plan): Promise<void> {
  await save(cwd, file, planJson(plan));
}

/** Writes the value as JSON, see `save`. */
export async function saveJson(cwd: string, file: string, value: unknown): Promise<void> {
  await save(cwd, file, [JSON.stringify(value, null, 2)]);
}

/** To a temporary file beside it first, so that a reader never sees half of it. Throws FleetError E_FILE. */
async function save(cwd: string, file: string, pieces: Iterable<string>): Promise<void> {
  const path = resolve(cwd, file);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, joined(ended(pieces)));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new FleetError('E_FILE', `${file} can not be written: ${reasonOf(cause)}`, { cause });
  }
}

/** A plan that `fleet plan -o` saved. Throws FleetError E_FILE when the file is none. */
export async function readPlan(cwd: string, file: string): Promise<Plan> {
  const value = readShared(await readJson(cwd, file));
  if (isPlan(value)) return value;
  throw new FleetError('E_FILE', `${file} is not a plan of this version of fleet`, { hint: `fleet plan -o ${file}` });
}

/** A world that `fleet observe -o` saved. Throws FleetError E_FILE when the file is none. */
export async function readWorld(cwd: string, file: string): Promise<Observed> {
  const value = await readJson(cwd, file);
  if (isWorld(value)) return value;
  throw new FleetError('E_FILE', `${file} is not a saved observation`, { hint: `fleet observe -o ${file}` });
}

function* ended(pieces: Iterable<string>): Iterable<string> {
  yield* pieces;
  yield '\n';
}

/** Bytes; a string of V8 has at most 2 ** 29 characters. */
const LONGEST = 2 ** 28;

async function readJson(cwd: string, file: string): Promise<unknown> {
  try {
    const path = resolve(cwd, file);
    const { size } = await stat(path);
    return size > LONGEST ? await readByLines(path) : JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FleetError('E_FILE', `${file} can not be read: ${reasonOf(cause)}`, { cause });
  }
}

/** The digest is compared with a fresh plan before anything runs, so the shape is all that is checked here. */
function isPlan(value: unknown): value is Plan {
  if (!isRecord(value)) return false;
  const { version, digest, steps, intent, services } = value;
  return (
    version === 1 && typeof digest === 'string' && Array.isArray(steps) && Array.isArray(services) && isRecord(intent)
  );
}

function isWorld(value: unknown): value is Observed {
  return isRecord(value) && isRecord(value.hosts) && isRecord(value.images);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

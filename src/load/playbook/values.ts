/** What has to be read beside the playbook: env files, secrets, configs, certificates. */
import { resolve } from 'node:path';
import { sha256 } from '../../model/digest.ts';
import { FleetError } from '../../model/error.ts';
import type { Playbook, Secrets } from '../../model/playbook.ts';
import { readEnvFile } from '../env.ts';
import type { Variables } from '../interpolate.ts';
import { problemAt, type Where } from '../problems.ts';
import { bad } from '../schema.ts';
import { tlsName } from '../service/build.ts';
import type { Surroundings } from '../service/container.ts';
import { checkLabel } from '../service/lists.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { order } from '../service/sorting.ts';
import { type ReadFile, readBytes } from '../source.ts';
import { ingressPath } from './checks.ts';
import { type Draft, placeOf } from './context.ts';
import { type OriginContext, readOrigin } from './origins.ts';

/** A playbook's values, secret and not. */
export interface Values {
  readonly secrets: Secrets;
  /** SHA-256 by secret name. */
  readonly digests: Playbook['secrets'];
  /** Base64 by config name. */
  readonly configs: Playbook['configs'];
}

/** Reads what active services use of secrets and configs, and all certificates; problems go to the draft. */
export async function readValues(draft: Draft, context: OriginContext): Promise<Values> {
  const [secrets, configs, certificates] = await Promise.all([
    readGranted(draft, 'secrets', context),
    readGranted(draft, 'configs', context),
    readCertificates(draft, context),
  ]);
  const all = [...secrets, ...certificates].sort(([left], [right]) => order(left, right));
  return {
    secrets: new Map(all),
    digests: Object.fromEntries(all.map(([name, bytes]) => [name, sha256(bytes)])),
    configs: Object.fromEntries(configs.map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])),
  };
}

/** What other files say about a service's containers. */
export async function surroundingsOf(
  draft: Draft,
  name: string,
  entry: ServiceEntry,
  context: OriginContext,
  notes: string[],
): Promise<Surroundings> {
  const unset = (variable: string) =>
    notes.push(`services.${name}.env_file: the variable ${variable} is not set, taken as empty`);
  const reading: Reading = { draft, name, entry, context, unset };
  return { environment: await environmentOf(reading, notes), labels: await labelsOf(reading) };
}

interface Reading {
  readonly draft: Draft;
  readonly name: string;
  readonly entry: ServiceEntry;
  readonly context: OriginContext;
  readonly unset: (variable: string) => void;
}

/** Env files in order, then `environment`; names without a value from fleet's own. */
async function environmentOf(reading: Reading, notes: string[]): Promise<Variables> {
  const { draft, name, entry, context, unset } = reading;
  const { variables, readFile } = context;
  const result: Record<string, string> = {};
  for (const [index, { path, isRequired, isRaw }] of (entry.env_file ?? []).entries()) {
    const file = resolve(context.projectDir, path);
    if (!isRequired && !(await canRead(file, readFile))) continue;
    const where = placeOf(draft, name, 'env_file', index, 'path');
    const format = isRaw ? { format: 'raw' as const } : {};
    Object.assign(
      result,
      await located(draft, where, () => readEnvFile(file, readFile, { variables, unset, ...format })),
    );
  }
  for (const [key, value] of Object.entries(entry.environment ?? {})) {
    const own = value ?? (Object.hasOwn(variables, key) ? variables[key] : undefined);
    if (own === undefined) notes.push(`services.${name}.environment.${key}: not set where fleet runs, left out`);
    else result[key] = own;
  }
  return result;
}

/** Labels of the label files, later ones over earlier ones. */
async function labelsOf({ draft, name, entry, context, unset }: Reading): Promise<Variables> {
  const { variables, readFile } = context;
  const result: Record<string, string> = {};
  for (const [index, path] of (entry.label_file ?? []).entries()) {
    const found = await located(draft, placeOf(draft, name, 'label_file', index), async () => {
      const all = await readEnvFile(resolve(context.projectDir, path), readFile, { variables, unset });
      for (const label of Object.keys(all)) checkLabel(label);
      return all;
    });
    Object.assign(result, found);
  }
  return result;
}

function canRead(file: string, readFile: ReadFile): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}

type Named = readonly (readonly [string, Uint8Array])[];

async function readGranted(draft: Draft, key: 'secrets' | 'configs', context: OriginContext): Promise<Named> {
  const used = new Set(draft.services.flatMap(([, entry]) => (entry[key] ?? []).map(({ source }) => source)));
  const found = await Promise.all(
    [...used].sort(order).map(async (name) => {
      const origins = draft.top[key] ?? {};
      const origin = Object.hasOwn(origins, name) ? origins[name] : undefined;
      if (origin === undefined || origin.external === true) return [];
      const where = { tree: draft.tree, path: [key, name, originKey(origin)] };
      const bytes = await located(draft, where, () => readOrigin(origin, context));
      return bytes === undefined ? [] : [[name, bytes] as const];
    }),
  );
  return found.flat();
}

async function readCertificates(draft: Draft, context: OriginContext): Promise<Named> {
  const wanted = draft.services.flatMap(([service, entry]) =>
    (entry['x-fleet']?.ingress ?? []).flatMap(({ tls }, index) =>
      tls === undefined
        ? []
        : (['certificate', 'key'] as const).map((part) => ({
            name: tlsName(service, index, part),
            file: tls[part],
            part,
            where: { tree: draft.tree, path: [...ingressPath(draft, service, index), 'tls', part] },
          })),
    ),
  );
  const found = await Promise.all(
    wanted.map(async ({ name, file, part, where }) => {
      const bytes = await located(draft, where, async () =>
        pem(await readBytes(resolve(context.projectDir, file), context.readFile), part),
      );
      return bytes === undefined ? [] : [[name, bytes] as const];
    }),
  );
  return found.flat();
}

function pem(bytes: Uint8Array, part: 'certificate' | 'key'): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const isRight =
    part === 'certificate'
      ? text.includes('-----BEGIN CERTIFICATE-----')
      : /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
  if (isRight) return bytes;
  throw bad(`the file holds no ${part === 'certificate' ? 'certificate' : 'private key'}`, { expected: 'a PEM file' });
}

function originKey(origin: Readonly<Record<string, unknown>> | object): string {
  return (
    ['file', 'environment', 'content', 'x-fleet'].find(
      (key) => key in origin && Reflect.get(origin, key) !== undefined,
    ) ?? 'file'
  );
}

/** Runs a read; its FleetError becomes a problem at the place in the playbook that asked for it. */
async function located<T>(draft: Draft, where: Where, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { hint, expected } = error;
    draft.problems.push(
      problemAt(where, error.code, error.message, {
        ...(hint === undefined ? {} : { hint }),
        ...(expected === undefined ? {} : { expected }),
      }),
    );
    return undefined;
  }
}

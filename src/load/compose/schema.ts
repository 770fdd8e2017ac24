/** The JSON Schema of a playbook: the Compose Specification's own, with fleet's x-fleet keys joined in. */
import { readSchema } from '../schema-files.ts';
import type { Path } from '../tree.ts';

/** The words of JSON Schema (draft 7) that the two files use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly uniqueItems?: boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Schemas;
  readonly patternProperties?: Schemas;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly definitions?: Schemas;
}

type Schemas = Readonly<Record<string, JsonSchema>>;

/** Where x-fleet may stand, and what describes it there. */
const JOINED = { service: 'fleet_service', secret: 'fleet_origin', config: 'fleet_origin' } as const;

let joined: JsonSchema | undefined;

/** The schema of a playbook, read once. */
export function playbookSchema(): JsonSchema {
  joined ??= join(readJson('compose-spec'), readJson('x-fleet'));
  return joined;
}

/** The schema without its reference. */
export function deref(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/definitions/', '');
  if (name === undefined) return schema;
  const found = playbookSchema().definitions?.[name];
  if (found === undefined) throw new Error(`the schema has no definition ${name}`);
  return deref(found);
}

/** What an attribute may be: itself, or the alternatives it names. */
export function branches(schema: JsonSchema): readonly JsonSchema[] {
  const known = unfolded.get(schema);
  if (known !== undefined) return known;
  const own = deref(schema);
  const all = own.oneOf === undefined ? [own] : own.oneOf.flatMap(branches);
  unfolded.set(schema, all);
  return all;
}

/** Asked for at every value of a file. */
const unfolded = new WeakMap<JsonSchema, readonly JsonSchema[]>();

/** Names of the types that the schema allows; empty when all are. */
export function typesOf(schema: JsonSchema): readonly string[] {
  return [...new Set(branches(schema).flatMap(({ type = [] }) => type))];
}

/** What the schema says about the values below it: a named property, any other name, a list's item. */
export function inner(schema: JsonSchema, part: string | number): Inner | undefined {
  for (const branch of branches(schema)) {
    if (typeof part === 'number' && branch.items !== undefined) return { schema: branch.items, step: '[]' };
    const named = branch.properties?.[part];
    if (named !== undefined) return { schema: named, step: `.${part}` };
  }
  const free = branches(schema)
    .map(anyName)
    .find((one) => one !== undefined);
  return free === undefined || typeof part === 'number' ? undefined : { schema: free, step: '.*' };
}

/** One step down a schema and how an attribute's path writes it. */
interface Inner {
  readonly schema: JsonSchema;
  readonly step: string;
}

/** The schema of values under free names, such as those of services. */
export function anyName({ patternProperties = {} }: JsonSchema): JsonSchema | undefined {
  return Object.entries(patternProperties).find(([pattern]) => pattern !== '^x-')?.[1];
}

/** The schema for a place in a playbook, with the attribute's path: "services.*.ports[].target". */
export function schemaAt(path: Path): { readonly schema: JsonSchema; readonly attribute: string } | undefined {
  let at = { schema: playbookSchema(), attribute: '' };
  for (const part of path) {
    const next = inner(at.schema, part);
    if (next === undefined) return undefined;
    at = { schema: next.schema, attribute: `${at.attribute}${next.step}`.replace(/^\./, '') };
  }
  return at;
}

/** Keys that the schema knows at a place, in its order, but for those that it advises against. */
export function knownKeys(path: Path): readonly string[] {
  const at = schemaAt(path);
  return branches(at?.schema ?? {}).flatMap(({ properties = {} }) =>
    Object.keys(properties).filter((key) => properties[key]?.deprecated !== true),
  );
}

function readJson(name: 'compose-spec' | 'x-fleet'): JsonSchema {
  return JSON.parse(readSchema(name));
}

function join(spec: JsonSchema, fleet: JsonSchema): JsonSchema {
  const { $schema: _version, $id: _id, ...rest } = spec as JsonSchema & { $schema?: string; $id?: string };
  const definitions: Record<string, JsonSchema> = { ...spec.definitions, ...fleet.definitions };
  for (const [name, extension] of Object.entries(JOINED)) {
    const one = definitions[name];
    definitions[name] = {
      ...one,
      properties: { ...one?.properties, 'x-fleet': { $ref: `#/definitions/${extension}` } },
    };
  }
  return {
    ...rest,
    properties: { ...rest.properties, 'x-fleet': { $ref: '#/definitions/fleet_playbook' } },
    definitions,
  };
}

/** The JSON Schemas of the two kinds of file, as editors take them. */
import type { Attribute } from './compose/attributes.ts';
import { attributeAt } from './compose/attributes-table.ts';
import { anyName, branches, type JsonSchema, playbookSchema } from './compose/schema.ts';
import { readSchema } from './schema-files.ts';

const DESCRIPTION =
  'A file of the Compose Specification with the keys of fleet, x-fleet. What fleet refuses is marked as deprecated.';

/** The schema of a kind of file (JSON Schema, draft 7). */
export function schemaText(of: 'inventory' | 'playbook'): string {
  if (of === 'inventory') return readSchema('inventory');
  const { title: _title, description: _description, ...rest } = marked(playbookSchema(), rowsOf());
  const head = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'fleet playbook',
    description: DESCRIPTION,
  };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

type Rows = ReadonlyMap<unknown, ReadonlySet<Attribute | undefined>>;

/** What the table says about each place of the schema; about one that is used several times, all that it says. */
function rowsOf(): Rows {
  const rows = new Map<unknown, Set<Attribute | undefined>>();
  const walk = (schema: JsonSchema, at: string): void => {
    for (const branch of branches(schema)) {
      for (const [name, one] of Object.entries(branch.properties ?? {})) {
        const path = at === '' ? name : `${at}.${name}`;
        rows.set(
          one,
          (rows.get(one) ?? new Set()).add(attributeAt(path.replace('x-fleet.ingress.', 'x-fleet.ingress[].'))),
        );
        walk(one, path);
      }
      const free = anyName(branch);
      if (free !== undefined) walk(free, `${at}.*`);
      if (branch.items !== undefined) walk(branch.items, `${at}[]`);
    }
  };
  walk(playbookSchema(), '');
  return rows;
}

/** The schema with what fleet does in its descriptions. */
function marked<T>(value: T, rows: Rows): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => marked(one, rows)) as T;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, marked(one, rows)]));
  return { ...inner, ...marks(value, rows.get(value)) } as T;
}

function marks(schema: JsonSchema, rows: ReadonlySet<Attribute | undefined> = new Set()): JsonSchema {
  const [row] = rows;
  if (rows.size !== 1 || row === undefined || row.says === '') return {};
  const said =
    row.class === 'refused' ? `Refused by fleet: ${row.says}. Instead: ${row.way}.` : `On a fleet: ${row.says}.`;
  const description = schema.description === undefined ? said : `${schema.description} ${said}`;
  return row.class === 'refused' ? { deprecated: true, description } : { description };
}

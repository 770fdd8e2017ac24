/** All areas of the table, and the row that speaks for an attribute. */
import type { Area, Attribute } from './attributes.ts';
import { DEPLOY, MAKING, STORAGE } from './attributes-parts.ts';
import { LIMITS, PROCESS, REACH } from './attributes-service.ts';
import { FILE, FLEET, SHARED } from './attributes-top.ts';
import { anyName, branches, type JsonSchema, playbookSchema } from './schema.ts';

/** The Compose Specification's attributes. */
export const SPECIFICATION: readonly Area[] = [FILE, PROCESS, LIMITS, REACH, STORAGE, DEPLOY, MAKING, SHARED];

const ROWS: ReadonlyMap<string, Attribute> = new Map(
  [...SPECIFICATION, FLEET].flatMap(({ rows }) => rows.map((row) => [row.path, row])),
);

/** The row of an attribute, or the one above it that speaks for all below. */
export function attributeAt(path: string): Attribute | undefined {
  const own = ROWS.get(path);
  if (own !== undefined) return own;
  for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
    const row = ROWS.get(above);
    if (row !== undefined) return row.isWhole ? row : undefined;
  }
  return undefined;
}

/** The row of exactly this path. */
export function rowAt(path: string): Attribute | undefined {
  return ROWS.get(path);
}

/** Every attribute that the schema names, in its order, each once. */
export function attributePaths(): readonly string[] {
  const found = new Set<string>();
  const walk = (schema: JsonSchema, at: string): void => {
    for (const branch of branches(schema)) {
      for (const [name, one] of Object.entries(branch.properties ?? {})) {
        const path = at === '' ? name : `${at}.${name}`;
        found.add(path);
        walk(one, path);
      }
      const free = anyName(branch);
      if (free !== undefined) walk(free, `${at}.*`);
      if (branch.items !== undefined) walk(branch.items, `${at}[]`);
    }
  };
  walk(playbookSchema(), '');
  // One ingress may stand without its list: the same attributes.
  return [...new Set([...found].map((path) => path.replace('x-fleet.ingress.', 'x-fleet.ingress[].')))];
}

function parentOf(path: string): string {
  return path.replace(/(^|\.)[^.]*$/, '').replace(/(\[\]|\.\*)+$/, '');
}

/** The schemas that lie beside this file as JSON: in `schemas/` here, and beside the bundle that `npm run build` makes. */
import { readFileSync } from 'node:fs';

/** Text of one schema. */
export function readSchema(name: 'compose-spec' | 'inventory' | 'x-fleet'): string {
  return readFileSync(new URL(`schemas/${name}.json`, import.meta.url), 'utf8');
}

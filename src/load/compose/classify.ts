/** What the table of attributes says by their mere presence: refused ones are problems, meaningless ones are notes. */
import { FleetError } from '../../model/error.ts';
import { prefixed } from '../problems.ts';
import { formatPath, type Path, type Tree } from '../tree.ts';
import type { Attribute } from './attributes.ts';
import { rowAt } from './attributes-table.ts';
import { inner, type JsonSchema, playbookSchema } from './schema.ts';

/**
 * Goes through the canonical tree of all files; problems go to the list, the notes come back. What depends on a value
 * or on another attribute is left to the meaning of the service.
 */
export function classify(tree: Tree, problems: FleetError[]): string[] {
  const notes: string[] = [];
  visit({ tree, path: [], schema: playbookSchema(), attribute: '' }, { problems, notes });
  return notes;
}

interface Place {
  readonly tree: Tree;
  readonly path: Path;
  readonly schema: JsonSchema;
  /** The path as the table writes it. */
  readonly attribute: string;
}

interface Findings {
  readonly problems: FleetError[];
  readonly notes: string[];
}

function visit({ tree, path, schema, attribute }: Place, findings: Findings): void {
  if (tree.kind === 'scalar' || tree.isImplied) return;
  if (tree.kind === 'list') {
    for (const [index, item] of tree.items.entries()) step(item, index);
    return;
  }
  for (const [name, { key, value }] of tree.entries) {
    const below = inner(schema, name);
    if (below === undefined) continue;
    const row = rowAt(`${attribute}${below.step}`.replace(/^\./, ''));
    if (row?.class === 'refused' || row?.class === 'noted') {
      if (isSilent(value, row)) continue;
      if (row.class === 'noted') findings.notes.push(`${formatPath([...path, name])}: ${row.says}`);
      else findings.problems.push(refusal([...path, name], row, key));
    } else step(value, name);
  }

  function step(value: Tree, part: string | number): void {
    const below = inner(schema, part);
    if (below === undefined) return;
    const next = `${attribute}${below.step}`.replace(/^\./, '');
    visit({ tree: value, path: [...path, part], schema: below.schema, attribute: next }, findings);
  }
}

function refusal(path: Path, { says, way }: Attribute, location: Tree['at']): FleetError {
  return new FleetError('E_UNSUPPORTED', prefixed(path, `not supported: ${says}`), {
    location,
    ...(way === undefined ? {} : { hint: way }),
  });
}

/** An empty value asks for nothing, nor do those that the row names. */
function isSilent(tree: Tree, { silent }: Attribute): boolean {
  if (tree.kind === 'list') return tree.items.length === 0;
  if (tree.kind === 'map') return tree.entries.size === 0;
  return tree.value === null || silent.includes(tree.value);
}

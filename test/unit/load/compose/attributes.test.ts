import { expect, test } from 'vitest';
import { attributeAt, attributePaths, rowAt, SPECIFICATION } from '../../../../src/load/compose/attributes-table.ts';
import { FLEET } from '../../../../src/load/compose/attributes-top.ts';

const paths = attributePaths();
const rows = [...SPECIFICATION, FLEET].flatMap((area) => area.rows);

test('every attribute of the schema has a class', () => {
  expect(paths.length).toBeGreaterThan(350);
  expect(paths.filter((path) => attributeAt(path) === undefined)).toEqual([]);
});

test('every row of the table is an attribute of the schema, and is there once', () => {
  const known = new Set(paths);
  expect(rows.map(({ path }) => path).filter((path) => !known.has(path))).toEqual([]);
  expect(rows.map(({ path }) => path)).toEqual([...new Set(rows.map(({ path }) => path))]);
});

test('no row stands below one that speaks for all below it', () => {
  const covered = rows.filter(({ path }) => {
    const above = path.replace(/(\[\]|\.\*)*\.[^.]*$/, '');
    return above !== path && attributeAt(above)?.isWhole === true;
  });
  expect(covered.map(({ path }) => path)).toEqual([]);
});

test('what is not honoured as it is says why, and what is refused names a way out', () => {
  for (const row of rows) {
    if (row.class !== 'honoured') expect(row.says, row.path).not.toBe('');
    if (row.class === 'refused') expect(row.way, row.path).toBeDefined();
    expect(row.says, row.path).not.toMatch(/[.]$|\|/);
  }
});

test('what stands below a refused attribute is refused with it', () => {
  expect(attributeAt('services.*.provider.options')).toBe(rowAt('services.*.provider'));
  expect(attributeAt('models.*.model')?.class).toBe('refused');
  expect(attributeAt('services.*.deploy.nonsense')).toBeUndefined();
});

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attributesPage } from '../../../../src/load/compose/attributes-page.ts';

const PAGE = 'playbooks/COMPOSE.md';

if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, attributesPage());

test('playbooks/COMPOSE.md says what the table says (UPDATE_DOCS=1 writes it)', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(attributesPage());
});

test('the page knows every attribute and is not wide', () => {
  expect(attributesPage()).toContain('| unknown | 0 | |');
  for (const line of attributesPage().split('\n')) expect(line.length, line).toBeLessThan(200);
});

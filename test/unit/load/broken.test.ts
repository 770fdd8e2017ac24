import { expect, test } from 'vitest';
import { readCases } from './support/cases.ts';
import { inventoryFrom, playbookFrom } from './support/memory.ts';
import { refusal } from './support/render.ts';

const env = { VERSION: '1', PW: 'sentinel-7f3a' };

for (const name of ['yaml', 'service', 'service-options', 'together', 'values']) {
  for (const { title, input, says } of readCases(name)) {
    test(`playbook, ${name}: ${title}`, async () => {
      expect(await refusal(() => playbookFrom(input, { env, projectDir: '/' }))).toBe(says);
    });
  }
}

for (const { title, input, says } of readCases('inventory')) {
  test(`inventory: ${title}`, async () => {
    expect(await refusal(() => inventoryFrom(input))).toBe(says);
  });
}

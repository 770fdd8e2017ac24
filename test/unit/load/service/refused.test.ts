import { expect, test } from 'vitest';
import { readCases } from '../support/cases.ts';
import { playbookFrom } from '../support/memory.ts';
import { refusal } from '../support/render.ts';

const more = { 'own.labels': 'a=b\nfleet.app=x\n' };

for (const name of ['options', 'conflicts']) {
  for (const { title, input, says } of readCases(`../service/${name}`)) {
    test(`${name}: ${title}`, async () => {
      expect(await refusal(() => playbookFrom(input, { projectDir: '/project', more }))).toBe(says);
    });
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readByLines } from '../../../src/cli/plan-file.ts';
import { planJson } from '../../../src/report/index.ts';
import { planOf } from '../../support/compile/deployed.ts';
import { service, world } from '../../support/compile/worlds.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleet-plan-'));
const file = join(folder, 'plan.json');
afterAll(() => rmSync(folder, { recursive: true }));

const PLAN = planOf(
  world({
    hosts: 2,
    services: [service('db', { volumes: ['data'] }), service('web', { ports: ['8080'], published: ['80:8080'] })],
  }),
);

test.each([
  ['a plan', PLAN],
  ['a plan without steps and files', { ...PLAN, steps: [], files: {}, keepers: ['a "quoted", one', '  ]'] }],
])('%s that is read line by line is the one that was written', async (_, plan) => {
  writeFileSync(file, `${[...planJson(plan)].join('')}\n`);
  expect(await readByLines(file)).toEqual(JSON.parse(JSON.stringify(plan)));
});

test('a file that is laid out in another way is refused', async () => {
  writeFileSync(file, JSON.stringify(PLAN));
  await expect(readByLines(file)).rejects.toThrow('it is no plan as fleet writes it');
});

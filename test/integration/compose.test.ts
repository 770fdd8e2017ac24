import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePackageRoot } from '../../src/lab/image/apt-root.ts';
import { readComposeCases } from '../support/compose/cases.ts';
import { unexplained } from '../support/compose/compare.ts';
import { composeConfig, fleetConfig } from '../support/compose/run.ts';

const cases = readComposeCases();
const folder = mkdtempSync(join(tmpdir(), 'fleet-compose-program-'));
let program = '';

/** Debian's own program, laid out in a folder of the test: it resolves files without a Docker daemon. */
beforeAll(async () => {
  const root = await makePackageRoot('forky', ['docker-compose'], folder);
  program = join(root.folder, 'usr/libexec/docker/cli-plugins/docker-compose');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Docker Compose is the one that the expectations were made with', () => {
  expect(execFileSync(program, ['version', '--short'], { encoding: 'utf8' }).trim()).toMatch(/^v?2\.40\./);
});

for (const topic of new Set(cases.map((one) => one.topic))) {
  test(`${topic}: what the unit tests expect is what Docker Compose prints`, async () => {
    const own = cases.filter((one) => one.topic === topic);
    const printed = Object.fromEntries(own.map((one) => [one.title, composeConfig(one, program)]));
    await expect(`${JSON.stringify(printed, null, 1)}\n`).toMatchFileSnapshot(`../golden/compose/${topic}.json`);
  });
}

for (const one of cases) {
  test(`${one.topic}: ${one.title}: fleet config prints the same`, async () => {
    expect(unexplained(composeConfig(one, program), await fleetConfig(one))).toEqual([]);
  });
}

import { expect, test } from 'vitest';
import { FleetErrors } from '../../../../src/model/error.ts';
import { playbookFrom } from '../support/memory.ts';

const WEB = 'services: { web: { image: nginx } }\n';

test.each([
  ['', undefined],
  ['x-fleet: { keep_releases: 2 }\n', 2],
  ['x-fleet: { keep_releases: "20" }\n', 20],
])('of %s as many releases keep their images: %s', async (top, kept) => {
  expect((await playbookFrom(top + WEB)).playbook.keepReleases).toBe(kept);
});

test.each(['1', '21', '"2.5"', 'all'])('%s releases are refused at their place', async (value) => {
  const reading = playbookFrom(`x-fleet: { keep_releases: ${value} }\n${WEB}`);
  const error = await reading.then(undefined, (thrown: unknown) => thrown);
  expect(error instanceof FleetErrors ? error.problems[0] : error).toMatchObject({
    code: 'E_VALUE',
    location: { line: 1, column: 27 },
  });
});

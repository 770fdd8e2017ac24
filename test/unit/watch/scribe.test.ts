import { expect, test } from 'vitest';
import { FleetError } from '../../../src/model/error.ts';
import type { Report } from '../../../src/model/report.ts';
import { Scribe } from '../../../src/watch/scribe.ts';
import type { Answer } from '../../support/fake-shell.ts';
import { fakeStages } from '../../support/fake-stages.ts';

const LOST: Report = { at: 5, kind: 'host-lost', host: 'vm3', cause: 'silent', message: 'timed out', replicas: 4 };
const CEILING: Report = { at: 6, kind: 'ceiling', app: 'shop', repairs: 60 };
const REPAIRED: Report = { at: 7, kind: 'repaired', app: 'shop', what: ['web.7.1 started'], ms: 900 };

/** Writes the reports; the lines that keeper vm1 was given. */
async function written(reports: readonly Report[], answer: Answer = {}): Promise<Record<string, unknown>[]> {
  const stages = fakeStages();
  const lines: Record<string, unknown>[] = [];
  stages.shell.onHost('vm1', /fleet-audit/, ({ stdin = '' }) => {
    lines.push(JSON.parse(stdin));
    return {};
  });
  stages.shell.onHost('vm2', /fleet-audit/, answer);
  const desk = {
    stages,
    shell: stages.shell,
    keepers: ['vm1', 'vm2'],
    by: 'fleet@edge1',
    apps: () => ['blog', 'shop'],
  };
  const scribe = new Scribe(desk);
  for (const report of reports) scribe.write(report);
  await scribe.end();
  return lines;
}

test('what is about a host is written for every app, what is about an app for that one, in order', async () => {
  const lines = await written([LOST, CEILING]);
  expect(lines.map(({ app, at, by, what, result }) => [app, at, by, what, result])).toEqual([
    ['blog', 5, 'fleet@edge1', 'watch', 'seen'],
    ['shop', 5, 'fleet@edge1', 'watch', 'seen'],
    ['shop', 6, 'fleet@edge1', 'watch', 'seen'],
  ]);
  expect(lines[0]?.detail).toContain('vm3');
});

test('a repair, which writes its own line, is not written twice', async () => {
  expect(await written([REPAIRED])).toEqual([]);
});

test('a keeper that does not answer keeps the others from nothing', async () => {
  const error = new FleetError('E_HOST_UNREACHABLE', 'gone');
  expect(await written([LOST, CEILING], { error })).toHaveLength(3);
});

test('a keeper that hangs does not hold up the end for longer than five seconds', async () => {
  const hanging = Array.from({ length: 50 }, (_, at): Report => ({ ...CEILING, at }));
  expect((await written(hanging, { takesMs: 4000 })).length).toBeLessThan(5);
});

/** Every broken input gets exactly its own answer, soon and with little memory. FLEET_CORPUS=update writes the answers. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { groups, readCases, writeAnswers } from './corpus/case.ts';

const MOST_MS = 1000;
const MOST_MIB = 300;

interface Result {
  readonly group: string;
  readonly title: string;
  readonly said: string;
  readonly wallMs: number;
  /** Time on a processor: a busy machine must not fail the test. */
  readonly cpuMs: number;
  /** The most memory of the process so far: no case can have used more. */
  readonly peakMiB: number;
}

/** All cases in one child, so that the peak of its memory is an upper bound for each of them. */
async function runAll(): Promise<{ results: readonly Result[]; last: string }> {
  const run = fileURLToPath(new URL('./corpus/run.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', run], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const results = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Result => JSON.parse(line));
  return { results, last: err.trimEnd().split('\n').slice(-12).join('\n') };
}

const cases = groups().flatMap(readCases);
const { results, last } = await runAll();
const byTitle = new Map(results.map((result) => [`${result.group}: ${result.title}`, result]));
if (process.env.FLEET_CORPUS === 'update') {
  for (const group of groups()) {
    const own = results.filter((result) => result.group === group);
    writeAnswers(group, new Map(own.map(({ title, said }) => [title, said])));
  }
}

test('the corpus has at least 150 inputs, each with a name of its own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(new Set(cases.map(({ group, title }) => `${group}: ${title}`)).size).toBe(cases.length);
});

test('the run of all cases came to its end', () => {
  expect(results.length, last).toBe(cases.length);
});

test(`no case takes ${MOST_MIB} MiB`, () => {
  const first = results.find(({ peakMiB }) => peakMiB >= MOST_MIB);
  expect(first && `${first.group}: ${first.title}, ${first.peakMiB} MiB`).toBeUndefined();
});

for (const { group, title, says } of cases) {
  test(`${group}: ${title}`, () => {
    const result = byTitle.get(`${group}: ${title}`);
    expect(result?.said).toBe(says);
    expect(says).toContain('error[E_');
    expect(says).not.toMatch(/internal error|sentinel-7f3a|undefined|\[object|\n\s+at .*:\d+:\d+\)?$/m);
    expect(result?.cpuMs).toBeLessThan(MOST_MS);
  });
}

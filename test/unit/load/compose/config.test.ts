import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readComposeCases } from '../../../support/compose/cases.ts';
import { DIFFERENCES, unexplained } from '../../../support/compose/compare.ts';
import { fleetConfig } from '../../../support/compose/run.ts';

const cases = readComposeCases();

/** What docker-compose printed; test/integration/compose.test.ts holds it against the program itself. */
function printed(topic: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(`../../../golden/compose/${topic}.json`, import.meta.url), 'utf8'));
}

for (const topic of new Set(cases.map((one) => one.topic))) {
  const expected = printed(topic);
  for (const one of cases.filter((each) => each.topic === topic)) {
    test(`${topic}: ${one.title}: fleet config prints what Docker Compose does`, async () => {
      expect(expected[one.title]).toBeDefined();
      expect(unexplained(expected[one.title], await fleetConfig(one))).toEqual([]);
    });
  }
}

test('there are at least sixty projects, and a difference that is not in the list is seen', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(unexplained({ services: { a: { image: 'x' } } }, { services: { a: { image: 'y' } } })).toEqual([
    'services.a.image: compose "x", fleet "y"',
  ]);
  expect(unexplained({ a: [1, 2] }, { a: [1] })).toEqual(['a.1: compose 2, fleet undefined']);
});

test('every known difference is still one', async () => {
  const seen = new Set<unknown>();
  for (const one of cases) {
    const theirs = printed(one.topic)[one.title];
    const ours = await fleetConfig(one);
    visit(theirs, ours, '', seen);
  }
  expect(DIFFERENCES.filter((one) => !seen.has(one)).map(({ at }) => String(at))).toEqual([]);
});

function visit(theirs: unknown, ours: unknown, path: string, seen: Set<unknown>): void {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return;
  for (const one of DIFFERENCES) if (one.at.test(path) && one.theirs(theirs) && one.ours(ours)) seen.add(one);
  const left = partsOf(theirs);
  const right = partsOf(ours);
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    visit(left[key], right[key], path === '' ? key : `${path}.${key}`, seen);
  }
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { measuredWords } from '../../../src/load/yaml-limits.ts';
import { FleetError } from '../../../src/model/error.ts';

function excess(text: string): string | undefined {
  try {
    expect([...measuredWords({ path: 'a.yaml', text })].length).toBeGreaterThan(0);
    return undefined;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return `${error.location?.line}:${error.location?.column} ${error.message}`;
  }
}

test('nesting is counted in brackets, in dashes on a line and in indentation', () => {
  const lines = Array.from({ length: 80 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');
  expect(excess('['.repeat(80))).toBe('1:60 nested more than 60 deep');
  expect(excess(`${'- '.repeat(80)}a`)).toBe('1:119 nested more than 60 deep');
  expect(excess(lines)).toBe('61:61 nested more than 60 deep');
});

test('words and lines have a limit', () => {
  expect(excess(`a: [${'b,'.repeat(70_000)}]`)).toBe('1:120003 more than 60000 keys and values');
  expect(excess(`${'\n'.repeat(110_000)}x`)).toBe('100001:1 more than 100000 lines');
});

test('brackets, dashes and lines inside of texts do not count', () => {
  const texts = [
    `a: "${'['.repeat(100)}"`,
    `a: '${'- '.repeat(100)}'`,
    `# ${'['.repeat(100)}`,
    `a: |\n${'  - - - [ [ [\n'.repeat(100)}`,
    '- |\n  text\n'.repeat(100),
    '- >-\n  text\n\n'.repeat(100),
    '- "two\n  lines"\n'.repeat(100),
    '- two\n  lines\n'.repeat(100),
    `a:\n${'  - - b\n    - c\n'.repeat(100)}`,
    `a: [b,\n${'  c,\n'.repeat(100)}]`,
    `a:\n${'  b: { c: [d] }\n  # e\n\n'.repeat(100)}`,
  ];
  expect(texts.map(excess)).toEqual(texts.map(() => undefined));
});

test('what is as deep as a playbook passes in every form', () => {
  const value = fc.jsonValue({ maxDepth: 6 });
  fc.assert(
    fc.property(value, fc.boolean(), (one, isFlow) => {
      const text = stringify([one, one], { collectionStyle: isFlow ? 'flow' : 'block' });
      expect(excess(text)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

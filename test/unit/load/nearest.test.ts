import { expect, test } from 'vitest';
import { nearest } from '../../../src/load/nearest.ts';
import { splitWords } from '../../../src/load/words.ts';

test.each([
  ['enviroment', 'environment'],
  ['egde', 'edge'],
  ['port', 'ports'],
  ['VERSON', 'VERSION'],
])('%s is near %s', (word, found) => {
  expect(nearest(word, ['edge', 'environment', 'ports', 'VERSION', 'worker'])).toBe(found);
});

test('a word unlike all others has no near one', () => {
  expect(nearest('volumes', ['edge', 'worker'])).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});

test.each([
  ['sh -c "echo \'a b\'"', ['sh', '-c', "echo 'a b'"]],
  ["a'b c'd", ['ab cd']],
  ['a\\ b "" \'\'', ['a b', '', '']],
  ['  ', []],
  ['say "a \\"b\\" \\n"', ['say', 'a "b" n']],
])('the command %s is split as Compose splits it', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

import { expect, test } from 'vitest';
import { interpolate, unsetHint } from '../../../src/load/interpolate.ts';

const variables = { A: 'a', EMPTY: '', B_2: 'b', TEXT: 'x}y$z' };

test.each([
  ['$A', 'a'],
  ['${A}', 'a'],
  ['<${A}${B_2}>', '<ab>'],
  ['$B_2.x', 'b.x'],
  ['${NONE-x}', 'x'],
  ['${EMPTY-x}', ''],
  ['${EMPTY:-x}', 'x'],
  ['${A:-x}', 'a'],
  ['${A:+x}', 'x'],
  ['${EMPTY:+x}', ''],
  ['${EMPTY+x}', 'x'],
  ['${NONE+x}', ''],
  ['${A:?gone}', 'a'],
  ['${EMPTY?gone}', ''],
  ['${NONE:-${A}}', 'a'],
  ['${NONE:-${OTHER:-${A}-$B_2}}!', 'a-b!'],
  ['${A:-${NONE}}', 'a'],
  ['${A:-${NONE:?never asked}}', 'a'],
  ['${NONE:-}', ''],
  ['$$', '$'],
  ['$${A}', '${A}'],
  ['a$$b$$', 'a$b$'],
  ['${NONE:-a$$b}', 'a$b'],
  ['$TEXT', 'x}y$z'],
  ['no variable', 'no variable'],
  ['$NONE', ''],
  ['<${NONE}>', '<>'],
  ['${NONE:-$OTHER}', ''],
  ['${NONE-${A:-{}}}', 'a'],
  ['${NONE:-{"a":{}}}!', '{"a":{}}!'],
  ['${A:-a}b}', 'ab}'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$(date) $1 $- $é', '$(date) $1 $- $é'],
  ['$$$', '$$'],
  ['${toString}', ''],
])('%s becomes %s', (text, value) => {
  expect(interpolate(text, variables)).toBe(value);
});

test.each([
  ['${NONE?say so}', 'the variable NONE is not set: say so'],
  ['${EMPTY:?}', 'the variable EMPTY is empty'],
  ['${NONE:?${A} first}', 'the variable NONE is not set: a first'],
  ['${A', '"${A" has a "${" that begins no variable'],
  ['${A:-x', '"${A:-x" has "${" without "}"'],
  ['${1}', '"${1}" has a "${" that begins no variable'],
  ['${}', '"${}" has a "${" that begins no variable'],
  ['${A:x}', '"${A:x}" has a "${" that begins no variable'],
])('%s is refused', (text, message) => {
  expect(() => interpolate(text, variables)).toThrow(message);
});

test('who asks hears of every variable that is not set', () => {
  const heard: string[] = [];
  interpolate('$A ${NONE} ${EMTY} ${NONE:-x} ${A:-$NONE}', variables, (name) => heard.push(name));
  expect(heard).toEqual(['NONE', 'EMTY']);
});

test('the hint names the nearest variable that is set', () => {
  expect(unsetHint('NONE', variables)).toBe('export NONE=..., put it into .env, or write ${NONE:-default}');
  expect(unsetHint('EMTY', variables)).toMatch(/^did you mean "EMPTY"\? Otherwise export EMTY=/);
});

test('a megabyte of dollars takes no longer than a megabyte of anything', () => {
  expect(interpolate('$$'.repeat(500_000), {})).toBe('$'.repeat(500_000));
  expect(interpolate('$-'.repeat(500_000), {})).toBe('$-'.repeat(500_000));
});

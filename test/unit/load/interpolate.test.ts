import { expect, test } from 'vitest';
import { interpolate } from '../../../src/load/interpolate.ts';

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
])('%s becomes %s', (text, value) => {
  expect(interpolate(text, variables)).toBe(value);
});

test.each([
  ['$NONE', 'the variable NONE is not set'],
  ['${NONE}', 'the variable NONE is not set'],
  ['${NONE:-$OTHER}', 'the variable OTHER is not set'],
  ['${NONE?say so}', 'the variable NONE is not set: say so'],
  ['${EMPTY:?}', 'the variable EMPTY is empty'],
  ['$', '"$" has a "$" that begins no variable'],
  ['${A', '"${A" has a "$" that begins no variable'],
  ['${A:-x', '"${A:-x" has "${" without "}"'],
  ['${1}', '"${1}" has a "$" that begins no variable'],
  ['${A:x}', '"${A:x}" has a "$" that begins no variable'],
  ['${toString}', 'the variable toString is not set'],
])('%s is refused', (text, message) => {
  expect(() => interpolate(text, variables)).toThrow(message);
});

import { expect, test } from 'vitest';
import { parseEnv } from '../../../src/load/dotenv.ts';

function read(text: string, variables: Record<string, string> = { HOST: 'host' }) {
  return parseEnv({ path: 'a.env', text }, { variables });
}

// What docker-compose 2.40.3 makes of the same lines.
test.each([
  ['X=1', { X: '1' }],
  ['X=1\nX=2\nY=$X', { X: '2', Y: '2' }],
  ['# c\n\n  X = a  \n', { X: 'a' }],
  ['export X=a\nexport  Y = b', { X: 'a', Y: 'b' }],
  ['exportX=1', { exportX: '1' }],
  ['X: 1\nY:2', { X: '1', Y: '2' }],
  ['X=#c\nY=a #c\nZ=a#c', { X: '#c', Y: 'a', Z: 'a#c' }],
  ['X=\nY=""', { X: '', Y: '' }],
  ["X='a $HOST'\nY='a\\'b'", { X: 'a $HOST', Y: "a'b" }],
  ['X="a $HOST" # c\nY="b"c\nZ=d', { X: 'a host', Y: 'b', Z: 'd' }],
  ['X="a\\nb\\t\\"c\\" \\\\ \\$HOST"', { X: 'a\nb\t"c" \\ $HOST' }],
  ['X="two\nlines"\nY=1', { X: 'two\nlines', Y: '1' }],
  ['X=a\\nb\nY=$$HOST\nZ=\\$HOST', { X: 'a\\nb', Y: '$HOST', Z: '\\host' }],
  ['X=${NONE:-a}\nY=${X}b', { X: 'a', Y: 'ab' }],
  ['HOST=own\nX=$HOST', { HOST: 'own', X: 'host' }],
  ['HOST\nNONE\nX=1', { HOST: 'host', X: '1' }],
  ['HOST', { HOST: 'host' }],
  ['A.b-c[0]=1\n1X=2', { 'A.b-c[0]': '1', '1X': '2' }],
  ['X=1\r\nY=2\r\n', { X: '1', Y: '2' }],
  ["Q=a'b'c\nR=`a#b`", { Q: "a'b'c", R: '`a#b`' }],
])('%j', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['A=1\nX y=1', 'E_VALUE 2:1 "X y" is not the name of a variable'],
  ['=1', 'E_VALUE 1:1 "" is not the name of a variable'],
  ['A=1\n  X="a\nb', 'E_VALUE 2:3 a quote is opened and not closed'],
  ['X=${A', 'E_INTERPOLATION 1:1 "${A" has a "${" that begins no variable'],
  ['X=${NONE:?say so}', 'E_INTERPOLATION 1:1 the variable NONE is not set: say so'],
])('%j is refused with its line', (text, says) => {
  let thrown: unknown;
  try {
    read(text);
  } catch (error) {
    thrown = error;
  }
  const { code, message, location } = thrown as { code: string; message: string; location: Record<string, number> };
  expect(`${code} ${location.line}:${location.column} ${message}`).toBe(says);
});

test('lines of this file win over files before it, the process environment over both', () => {
  const context = { variables: { B: 'process' }, before: { A: 'before', B: 'before', C: 'before' } };
  expect(parseEnv({ path: 'a.env', text: 'A=own\nB=own\nX=$A $B $C' }, context)).toEqual({
    A: 'own',
    B: 'own',
    X: 'own process before',
  });
});

/** Holds README.md and the code together. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/model/error-codes.ts';

const readme = readFileSync('README.md', 'utf8');

test('the README lists every error code with its meaning, in order', () => {
  const rows = [...readme.matchAll(/^\| (E_[A-Z_]+) \| (.+) \|$/gm)].map((row) => [row[1], row[2]]);
  expect(rows).toEqual(Object.entries(ERROR_CODES));
  expect(Object.keys(ERROR_CODES)).toEqual(Object.keys(ERROR_CODES).sort());
});

test('every error code in the source is listed', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const used = files.flatMap((name) =>
    [...readFileSync(`src/${name}`, 'utf8').matchAll(/'(E_[A-Z_]+[A-Z])'/g)].map((hit) => hit[1]),
  );
  const unknown = [...new Set(used)].filter((code) => code !== undefined && !(code in ERROR_CODES));
  expect(unknown).toEqual([]);
});

test('the README names every command of the help', () => {
  const help = readFileSync('test/golden/help.txt', 'utf8');
  const commands = [...help.matchAll(/^ {2}([a-z]+) {3,}/gm)].map((hit) => hit[1]);
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) expect(readme).toMatch(new RegExp(`(fleet |\`)${command}\\b`));
});

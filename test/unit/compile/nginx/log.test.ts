import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOG_SCRIPT } from '../../../../src/compile/nginx/scripts.ts';
import { ROUTER_LOG } from '../../../../src/model/labels.ts';

let folder = '';
const file = (): string => join(folder, 'fleet.log');
const run = (): string => {
  spawnSync('sh', ['-c', LOG_SCRIPT.replaceAll(ROUTER_LOG, file())]);
  return readFileSync(file(), 'utf8');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const BEGIN = /^cut\|\d{10}\n$/;

test('a log begins with since when it is, and keeps what comes then', () => {
  expect(run()).toMatch(BEGIN);
  const grown = `${run()}1700000000.123|10.0.0.1:20000|200\n`;
  writeFileSync(file(), grown);
  expect(run()).toBe(grown);
});

test('a log that is large, and one that does not say since when it is, begin anew', () => {
  writeFileSync(file(), `cut|1700000000\n${'1700000000.123|10.0.0.1:20000|200\n'.repeat(60_000)}`);
  expect(run()).toMatch(BEGIN);
  writeFileSync(file(), '1700000000.123|10.0.0.1:20000|200\n');
  expect(run()).toMatch(BEGIN);
});

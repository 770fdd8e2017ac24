import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANSWERS_SCRIPT, type Answerers, countLine, markLine } from '../../../../src/compile/nginx/answers.ts';
import { ROUTER_LOG } from '../../../../src/model/labels.ts';

let folder = '';
const log = (): string => join(folder, 'fleet.log');

/** The script itself runs, on a log that lies here; `docker exec CONTAINER …` runs right here. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-answers-'));
  writeFileSync(join(folder, 'answers.sh'), ANSWERS_SCRIPT.replaceAll(ROUTER_LOG, log()));
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\nshift 2\nexec "$@"\n');
  chmodSync(join(folder, 'docker'), 0o755);
  writeFileSync(log(), 'cut|1700000000\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function sh(line: string): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  return { code: status, said: `${stdout}${stderr}`.trim() };
}

/** So many requests that came to this. */
function requests(count: number, addresses: string, statuses: string): void {
  appendFileSync(log(), `1700000001.123|${addresses}|${statuses}\n`.repeat(count));
}

const GREEN = '10.0.0.2:20011';
const SECOND = '10.0.0.3:20012';
const web = (maxFailureRatio = 0): Answerers => ({
  service: 'web',
  maxFailureRatio,
  replicas: [
    { name: 'web.8.1', address: GREEN },
    { name: 'web.8.2', address: SECOND },
  ],
});
const count = (...asked: Answerers[]) => sh(countLine(folder, 'shop.8.cutover-1', asked));
const mark = (name = 'shop.8.cutover-1') => sh(markLine(folder, name));

const GOOD = { code: 0, said: '' };

test('errors of new replicas above the limit are told with numbers, by service and replica', () => {
  mark();
  requests(20, GREEN, '200');
  requests(7, GREEN, '500');
  requests(30, SECOND, '200');
  requests(3, SECOND, '503');
  expect(count(web(0.1))).toEqual({
    code: 1,
    said: 'web: 10 of 60 answers to real requests were errors (limit 10 %): web.8.1 7 of 27, web.8.2 3 of 33',
  });
  expect(count(web(0.2))).toEqual(GOOD);
});

test('what another replica made good is no error, and whoever was asked last answers for the rest', () => {
  mark();
  requests(12, `${GREEN}, 10.0.0.9:20000`, '502, 200');
  requests(12, `${GREEN}, 10.0.0.9:20000 : ${SECOND}`, '504, 302 : 200');
  expect(count(web())).toEqual(GOOD);
  requests(4, `${SECOND}, ${GREEN}`, '504, 504');
  expect(count(web()).said).toBe('web: 4 of 16 answers to real requests were errors (limit 0 %): web.8.1 4 of 4');
});

test('what others answer, what clients do wrong and who hangs up are no errors of new replicas', () => {
  mark();
  requests(50, '10.0.0.9:20000', '500');
  requests(50, GREEN, '404');
  requests(50, GREEN, '-');
  requests(50, '10.0.0.21:20011', '500');
  expect(count(web())).toEqual(GOOD);
});

test('of fewer than ten answers, and of fewer than three errors, nothing is concluded', () => {
  mark();
  requests(9, GREEN, '500');
  expect(count(web())).toEqual(GOOD);
  mark();
  requests(2, GREEN, '500');
  requests(20, GREEN, '200');
  expect(count(web())).toEqual(GOOD);
  requests(1, GREEN, '500');
  expect(count(web()).code).toBe(1);
});

test('only what came after the mark counts; when the log was cut since, all that is in it', () => {
  requests(20, GREEN, '500');
  mark();
  mark('shop.8.cutover-2');
  expect(count(web())).toEqual(GOOD);
  writeFileSync(log(), 'cut|1700000050\n');
  requests(20, GREEN, '500');
  expect(count(web()).code).toBe(1);
});

test('each service has its own limit, and all that are above it are told', () => {
  mark();
  const api = { service: 'api', maxFailureRatio: 0.5, replicas: [{ name: 'api.8.1', address: SECOND }] };
  const both = [{ ...web(), replicas: web().replicas.slice(0, 1) }, api];
  requests(20, GREEN, '500');
  requests(10, SECOND, '500');
  requests(10, SECOND, '200');
  expect(count(...both).said).toBe('web: 20 of 20 answers to real requests were errors (limit 0 %): web.8.1 20 of 20');
  requests(1, SECOND, '500');
  expect(count(...both).said.split('\n')).toHaveLength(2);
});

test('a log that can not be read is no good answer', () => {
  rmSync(log());
  const { code, said } = count(web());
  expect(code).toBe(2);
  expect(said.split('\n').at(-1)).toBe('the log of fleet-router can not be read');
});

test('a mark stands in the log as it is named', () => {
  mark();
  expect(readFileSync(log(), 'utf8')).toBe('cut|1700000000\nmark|shop.8.cutover-1\n');
});

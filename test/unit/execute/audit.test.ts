import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AuditRequest, appendAudit } from '../../../src/execute/audit.ts';
import { sha256 } from '../../../src/model/digest.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LocalShell } from '../../support/local-shell.ts';

let shell: LocalShell;

beforeEach(() => {
  shell = new LocalShell(new FakeClock());
});

afterEach(() => shell.close());

function append(at: number, more: Partial<AuditRequest['entry']> = {}): Promise<readonly string[]> {
  const entry = { at, by: 'ann@laptop', what: 'unlock', result: 'done', ...more } as const;
  return appendAudit({ shell, app: 'shop', keepers: ['edge1', 'edge2'], entry });
}

function pathOf(host: string): string {
  return join(shell.home(host), '.fleet/shop/audit.log');
}

function linesOf(host: string): string[] {
  return readFileSync(pathOf(host), 'utf8').split('\n').slice(0, -1);
}

function prevs(host: string): unknown[] {
  return linesOf(host).map((line) => JSON.parse(line).prev);
}

test('each line has the digest of the bytes of the line before it, the first one none', async () => {
  for (const at of [1, 2, 3]) expect(await append(at)).toEqual([]);
  const [first = '', second = ''] = linesOf('edge1');
  expect(prevs('edge1')).toEqual(['', sha256(first), sha256(second)]);
  expect(readFileSync(pathOf('edge2'))).toEqual(readFileSync(pathOf('edge1')));
});

test('a line tells the address that sshd saw, and all words of the entry as they are', async () => {
  const by = 'a"id":"0"%s\\n$(false)`x` €@lap top';
  await append(1, { by, detail: "it's\n2 lines" });
  expect(JSON.parse(linesOf('edge1')[0] ?? '')).toEqual({
    prev: '',
    seen: '192.0.2.7',
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    app: 'shop',
    at: 1,
    by,
    what: 'unlock',
    result: 'done',
    detail: "it's\n2 lines",
  });
});

test('the same happening is written once, however often it is sent', async () => {
  await append(1);
  await append(1);
  expect(linesOf('edge1')).toHaveLength(1);
});

test('thirty appends at once make one unbroken chain', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, at) => append(at)));
  const lines = linesOf('edge1');
  expect(lines).toHaveLength(30);
  expect(prevs('edge1')).toEqual(['', ...lines.slice(0, -1).map((line) => sha256(line))]);
});

test('lines of old and a half-written one are followed as they stand', async () => {
  const old = '{"at":1,"by":"ann@laptop","plan":"p","app":"shop","what":"deploy","release":1,"previous":0}';
  mkdirSync(dirname(pathOf('edge1')), { recursive: true });
  writeFileSync(pathOf('edge1'), `${old}\n`);
  await append(2);
  appendFileSync(pathOf('edge1'), '{"prev":"12');
  await append(3);
  const [, second = '', half, last = ''] = linesOf('edge1');
  expect([JSON.parse(second).prev, half, JSON.parse(last).prev]).toEqual([
    sha256(old),
    '{"prev":"12',
    sha256('{"prev":"12'),
  ]);
});

test('a keeper that does not answer is named, and the others have the line', async () => {
  shell.lost.add('edge1');
  expect(await append(1)).toEqual(['edge1']);
  expect(linesOf('edge2')).toHaveLength(1);
});

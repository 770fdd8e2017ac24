import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAuditLogs } from '../../../src/observe/audit-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LocalShell } from '../../support/local-shell.ts';

let shell: LocalShell;

beforeEach(() => {
  shell = new LocalShell(new FakeClock());
});

afterEach(() => shell.close());

function lay(host: string, app: string, text: string): void {
  const folder = join(shell.home(host), '.fleet', app);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'audit.log'), text);
}

const STRANGE = ['{"a":1}', '@@log shop', '12:x', '', '\r@@log shop €', 'half'];

test('logs of all apps come line by line, whatever stands in them', async () => {
  lay('edge1', 'shop', STRANGE.join('\n'));
  lay('edge1', 'blog', 'one\n');
  lay('edge2', 'shop', '');
  expect(await readAuditLogs(shell, ['edge2', 'edge1', 'edge3'], 'all')).toEqual({
    keepers: ['edge1', 'edge2', 'edge3'],
    silent: [],
    logs: [
      { keeper: 'edge1', app: 'blog', first: 1, lines: ['one'] },
      { keeper: 'edge1', app: 'shop', first: 1, lines: STRANGE },
      { keeper: 'edge2', app: 'shop', first: 1, lines: [] },
    ],
  });
});

test('only the last lines are read where so many are asked for, with the number of the first one', async () => {
  lay('edge1', 'shop', 'a\nb\nc\n');
  const { logs } = await readAuditLogs(shell, ['edge1'], 2);
  expect(logs).toEqual([{ keeper: 'edge1', app: 'shop', first: 2, lines: ['b', 'c'] }]);
});

test('a keeper that does not answer is told with its reason, and has no log', async () => {
  lay('edge2', 'shop', 'a\n');
  shell.lost.add('edge1');
  expect(await readAuditLogs(shell, ['edge1', 'edge2'], 9)).toEqual({
    keepers: ['edge2'],
    silent: [{ keeper: 'edge1', message: 'edge1: no answer' }],
    logs: [{ keeper: 'edge2', app: 'shop', first: 1, lines: ['a'] }],
  });
});

import { expect, test } from 'vitest';
import { createPalette, formatAudit, formatAuditProblems, mergeAudit } from '../../../../src/report/index.ts';
import { aLog, anEntry } from '../../../support/audit-logs.ts';

const PLAIN = createPalette(0);
const AT = Date.UTC(2026, 10, 25, 9, 0, 0);

const history = mergeAudit({
  keepers: ['edge1', 'edge2'],
  silent: [{ keeper: 'edge3', message: 'no route to host' }],
  logs: [
    aLog('edge1', [
      anEntry('a', { release: 1, previous: 0 }),
      anEntry('b', { at: AT + 1000, what: 'repair', release: 1, previous: 1, by: 'ci@runner' }),
      anEntry('c', { at: AT + 2000, result: 'failed', release: 2, previous: 1, detail: 'failed: start web.2.1@vm2\n' }),
      {
        id: 'd',
        at: AT + 3000,
        by: 'ops',
        app: 'shop',
        what: 'unlock',
        result: 'done',
        detail: 'lease of \u001b[31mann',
      },
      { id: 'e', at: AT + 4000, by: 'fleet@edge1', app: 'shop', what: 'watch', result: 'seen', detail: 'vm3 is gone' },
      anEntry('f', { at: AT + 5000, what: 'remove', release: 0, previous: 1 }),
    ]),
  ],
});

test('the audit log as a table, newest last, safe for a terminal', async () => {
  const text = formatAudit(history.entries, PLAIN) + formatAuditProblems(history.problems, PLAIN);
  await expect(text).toMatchFileSnapshot('../../../golden/audit.txt');
});

test('an empty log says so', () => {
  expect(formatAudit([], PLAIN)).toBe('nothing is in the audit log\n');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditLog } from '../../../../src/model/audit.ts';
import { type AuditHistory, mergeAudit } from '../../../../src/report/index.ts';
import { aLog, anEntry } from '../../../support/audit-logs.ts';

const FOUR = ['a', 'b', 'c', 'd'].map((id, index) => anEntry(id, { at: 1000 * index, release: index + 1 }));
const OLD = '{"at":5,"by":"ann@laptop","plan":"p","app":"shop","what":"deploy","release":1,"previous":0}';

function merge(...logs: AuditLog[]): AuditHistory {
  return mergeAudit({ keepers: ['edge1', 'edge2'], silent: [], logs });
}

/** The log with other lines. */
function changed(log: AuditLog, change: (lines: string[]) => void): AuditLog {
  const lines = [...log.lines];
  change(lines);
  return { ...log, lines };
}

function told({ problems }: AuditHistory): string[] {
  return problems.map(({ kind, keeper, line, message }) => `${kind} ${keeper} ${line ?? '-'} ${message}`);
}

test('what all keepers have is told once, with the first of the times they wrote, and nothing is wrong', () => {
  const late = FOUR.map((entry) => ({ ...entry, at: entry.at + 7 }));
  const { entries, problems } = merge(aLog('edge2', late), aLog('edge1', FOUR));
  expect(entries).toEqual(FOUR.map((entry) => ({ ...entry, seen: '192.0.2.7', keepers: ['edge1', 'edge2'] })));
  expect(problems).toEqual([]);
});

test('a line that was changed by hand is named by the line that follows it, and by what others have', () => {
  const log = changed(aLog('edge1', FOUR), (lines) => {
    lines[1] = (lines[1] ?? '').replace('ann', 'bob');
  });
  expect(told(merge(log, aLog('edge2', FOUR)))).toEqual([
    'broken edge1 2 was changed, or lines behind it were taken out: line 3 follows another',
    'differs edge1 2 is not what edge2 has of the same happening in its line 2',
  ]);
});

test('the last line has no follower: a change of it shows where another keeper has it, too', () => {
  const log = changed(aLog('edge2', FOUR), (lines) => {
    lines[3] = (lines[3] ?? '').replace('done', 'failed');
  });
  expect(told(merge(aLog('edge1', FOUR), log))).toEqual([
    'differs edge1 4 is not what edge2 has of the same happening in its line 4',
  ]);
});

test('lines that were taken out show as a broken link and as a gap', () => {
  const log = changed(aLog('edge1', FOUR), (lines) => lines.splice(1, 2));
  expect(told(merge(log, aLog('edge2', FOUR)))).toEqual([
    'broken edge1 1 was changed, or lines behind it were taken out: line 2 follows another',
    'gap edge1 - lacks what others have: deploy release 2 of 1970-01-01T00:00:01Z and 1 more',
  ]);
});

test('lines taken from the beginning show, as does a log that is gone', () => {
  const cut = changed(aLog('edge1', FOUR), (lines) => lines.splice(0, 3));
  expect(told(merge(cut))).toEqual([
    'broken edge1 1 is the first one and follows another: lines before it are gone',
    'gap edge2 - lacks what others have: deploy release 4 of 1970-01-01T00:00:03Z',
  ]);
  expect(told(merge(aLog('edge1', FOUR)))).toEqual([
    'gap edge2 - lacks what others have: deploy release 1 of 1970-01-01T00:00:00Z and 3 more',
  ]);
});

test('two lines behind the same one are a fork', () => {
  const [a, b, c, d] = FOUR;
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no entries');
  const one = aLog('edge1', [a, b, c]);
  const other = aLog('edge1', [a, d]);
  const log = { ...one, lines: [...one.lines, ...other.lines.slice(1)] };
  expect(told(mergeAudit({ keepers: ['edge1'], silent: [], logs: [log] }))).toEqual([
    'fork edge1 4 follows line 1, as line 2 does: a fork',
  ]);
});

test('lines of old are an unchained beginning; behind a chained line they are a broken link', () => {
  const { entries, problems } = merge(aLog('edge1', FOUR, [OLD, OLD]), aLog('edge2', FOUR, [OLD, OLD]));
  expect([entries.length, problems]).toEqual([6, []]);
  const log = changed(aLog('edge1', FOUR), (lines) => lines.push(OLD));
  expect(told(merge(log, aLog('edge2', FOUR)))).toEqual(['broken edge1 5 has no link to the line before it']);
});

test('a half-written line is told and no link is broken by it', () => {
  const log = aLog('edge1', FOUR, [OLD, '{"prev":"12']);
  expect(told(mergeAudit({ keepers: ['edge1'], silent: [], logs: [log] }))).toEqual([
    'unreadable edge1 2 is no line of fleet: half written, or changed',
  ]);
});

test('what lies before the lines that were read is no gap and no broken link', () => {
  const log = aLog('edge1', FOUR);
  const { entries, problems } = merge({ ...log, first: 3, lines: log.lines.slice(2) }, aLog('edge2', FOUR));
  expect([entries.length, problems]).toEqual([4, []]);
});

test('a keeper that was not read is told, and is no gap', () => {
  const silent = [{ keeper: 'edge2', message: 'no answer' }];
  const history = mergeAudit({ keepers: ['edge1'], silent, logs: [aLog('edge1', FOUR)] });
  expect(told(history)).toEqual(['silent edge2 - was not read: no answer']);
});

test('whatever is done to the lines of one keeper by hand is noticed, to the byte but in the last one', () => {
  const whole = aLog('edge2', FOUR);
  const edits = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(3), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.nat(2) }),
    fc.record({ kind: fc.constant('twice' as const), at: fc.nat(3) }),
    fc.record({
      kind: fc.constant('byte' as const),
      at: fc.nat(2),
      place: fc.nat(100),
      to: fc.constantFrom('x', '"', '0'),
    }),
  );
  fc.assert(
    fc.property(edits, (edit) => {
      const log = changed(aLog('edge1', FOUR), (lines) => {
        const line = lines[edit.at] ?? '';
        if (edit.kind === 'cut') lines.splice(edit.at, edit.count);
        else if (edit.kind === 'swap') lines.splice(edit.at, 2, lines[edit.at + 1] ?? '', line);
        else if (edit.kind === 'twice') lines.splice(edit.at, 0, line);
        else lines[edit.at] = line.slice(0, edit.place) + edit.to + line.slice(edit.place + 1);
      });
      const isSame = log.lines.join('\n') === whole.lines.join('\n');
      expect(merge(log, whole).problems.length > 0).toBe(!isSame);
    }),
    { numRuns: 500 },
  );
});

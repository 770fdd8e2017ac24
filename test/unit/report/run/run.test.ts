import { expect, test } from 'vitest';
import type { Event, Failure, Outcome } from '../../../../src/model/event.ts';
import { PLAIN } from '../../../../src/report/palette.ts';
import { formatEvent } from '../../../../src/report/run/events.ts';
import { formatOutcome } from '../../../../src/report/run/outcome.ts';
import { advance, formatProgress, startProgress } from '../../../../src/report/run/progress.ts';
import { aPlan, theUpdate } from '../../../support/plan-builders.ts';

const failure: Failure = {
  code: 'E_HEALTH',
  message: 'backend.7.1 exited with code 3',
  command: 'docker inspect shop.backend.7.1',
  stderr: 'no such thing\u001b[2J\n',
  diagnosis: ['last lines of backend.7.1:', '  Error: REDIS_URL is missing'],
  hint: 'fleet logs backend',
};
const failed: Event = { kind: 'step-failed', at: 3400, id: 'health backend.7.1@vm2', host: 'vm2', failure };
const ended = (overrides: Partial<Outcome>): Outcome => ({
  kind: 'failed',
  committed: false,
  done: 4,
  failed: ['health backend.7.1@vm2'],
  undone: 2,
  left: [],
  ms: 5200,
  ...overrides,
});

test('each event that matters is one line with the time since the start', () => {
  const events: Event[] = [
    { kind: 'plan-started', at: 1000, app: 'shop', release: 7, steps: 6 },
    { kind: 'step-started', at: 1100, id: 'pull x@vm1', host: 'vm1' },
    { kind: 'step-done', at: 2100, id: 'pull x@vm1', host: 'vm1', ms: 1000 },
    { kind: 'step-done', at: 2200, id: 'commit', host: 'vm1', ms: 3 },
    failed,
    { kind: 'step-skipped', at: 3500, id: 'switch shop@vm1', host: 'vm1', reason: 'an earlier step failed' },
    { kind: 'undo-started', at: 3500, steps: 2, reason: 'a step failed' },
    { kind: 'step-undone', at: 4000, id: 'start backend.7.1@vm2', host: 'vm2' },
    { kind: 'lease', at: 4000, state: 'released', message: 'released' },
    { kind: 'plan-done', at: 4000, result: ended({}) },
  ];
  const lines = events.map((event) => formatEvent(event, { palette: PLAIN, startedAt: 1000 }));
  expect(lines.filter((line) => line !== undefined).join('\n')).toBe(
    [
      '   0.0 s  begin   shop release 7, 6 steps',
      '   1.1 s  done    pull x@vm1  1 s',
      '   1.2 s  done    commit on vm1  3 ms',
      '   2.4 s  failed  health backend.7.1@vm2: backend.7.1 exited with code 3',
      '   2.5 s  undo    2 steps: a step failed',
      '   3.0 s  undone  start backend.7.1@vm2',
      '   3.0 s  lease   released',
    ].join('\n'),
  );
});

test('a failed deploy shows the cause, the command, its output, the diagnosis, and what serves now', () => {
  const message = 'vm2: backend exited with code 3';
  const first: Event = { ...failed, failure: { ...failure, message } };
  const elsewhere = { ...failure, message: 'vm4: backend exited with code 3' };
  const again: Event = { ...failed, id: 'health backend.7.2@vm4', host: 'vm4', failure: elsewhere };
  const skipped: Event = { kind: 'step-skipped', at: 1, id: 'commit', host: 'vm1', reason: 'x' };
  expect(
    formatOutcome(theUpdate(), ended({}), [first, again, skipped], PLAIN),
  ).toBe(`error[E_HEALTH]: failed health backend.7.1@vm2: backend exited with code 3
  and the same: health backend.7.2@vm4
  command
    docker inspect shop.backend.7.1
  stderr
    no such thing
    last lines of backend.7.1:
      Error: REDIS_URL is missing
  hint: fleet logs backend

failed after 5.2 s: 4 steps done, 2 taken back, 1 not carried out.
Release 6 serves as before.
Nothing of it is left.
`);
});

test('what could not be taken back is listed', () => {
  const outcome = ended({ kind: 'interrupted', left: ['container shop.backend.7.1 on vm2'] });
  expect(formatOutcome(theUpdate(), outcome, [], PLAIN)).toBe(`interrupted after 5.2 s: 4 steps done, 2 taken back.
Release 6 serves as before.
left on hosts, the next deploy clears it:
  container shop.backend.7.1 on vm2
`);
});

test('a finished deploy and a finished removal are one line', () => {
  const done = ended({ kind: 'done', committed: true, failed: [], undone: 0 });
  expect(formatOutcome(theUpdate(), done, [], PLAIN)).toBe(
    'done: shop release 7 serves on production: 3 started, 2 stopped.   in 5.2 s\n',
  );
  expect(formatOutcome(aPlan({ intent: { kind: 'remove', volumes: true } }), done, [], PLAIN)).toBe(
    'done: shop is off production.   in 5.2 s\n',
  );
});

test('the live view shows each service and each host, and what every host is at', () => {
  const events: Event[] = [
    { kind: 'step-done', at: 1, id: 'pull backend:1.5.0@vm2', host: 'vm2', ms: 1 },
    { kind: 'step-started', at: 2, id: 'start backend.7.1@vm2', host: 'vm2' },
  ];
  const progress = advance(startProgress(theUpdate(), 0), events);
  expect(formatProgress(progress, { palette: PLAIN, now: 1500, width: 80, height: 24 })).toBe(
    [
      'shop release 7   1 of 6 steps   1.5 s',
      '  backend   started 0/1   switched 0/2',
      '  vm1   [............]   0/2',
      '  vm2   [###.........]   1/4   start backend.7.1',
    ].join('\n'),
  );
});

test('events that are taken together come to the same as one after the other', () => {
  const events: Event[] = [
    { kind: 'step-started', at: 1, id: 'start backend.7.1@vm2', host: 'vm2' },
    { kind: 'undo-started', at: 2, steps: 1, reason: 'because' },
    { kind: 'step-undone', at: 3, id: 'start backend.7.1@vm2', host: 'vm2' },
  ];
  const start = startProgress(theUpdate(), 0);
  expect(advance(start, events)).toEqual(events.reduce((progress, event) => advance(progress, [event]), start));
  expect(start.states.size).toBe(0);
});

test('where hosts do not fit on the terminal, idle ones are counted only', () => {
  const begun: Event = { kind: 'step-started', at: 2, id: 'start backend.7.1@vm2', host: 'vm2' };
  const progress = advance(startProgress(theUpdate(), 0), [begun]);
  expect(formatProgress(progress, { palette: PLAIN, now: 900, width: 80, height: 5 })).toBe(
    ['shop release 7   0 of 6 steps   900 ms', '  backend   started 0/1   switched 0/2', '  2 more hosts'].join('\n'),
  );
});

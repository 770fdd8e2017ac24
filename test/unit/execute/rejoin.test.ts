import { expect, test } from 'vitest';
import { rejoin } from '../../../src/execute/rejoin.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { RejoinCommand } from '../../../src/model/plan.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';

const command: RejoinCommand = { kind: 'rejoin', line: 'ask', attemptMs: 5000, intervalMs: 1000, timeoutMs: 60_000 };
const gone = new FleetError('E_HOST_UNREACHABLE', 'vm1 does not answer');

/** Answers in turn, the last one again and again; and how often the connection was dropped before each question. */
function world(...answers: readonly (number | FleetError)[]) {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  const left = [...answers];
  const resets: string[] = [];
  const reset = (host: string): void => void resets.push(host);
  shell.on('ask', () => {
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? 0;
    return answer instanceof FleetError ? { error: answer } : { code: answer, stderr: 'it has not restarted\n' };
  });
  const own = Object.assign(shell, { reset });
  const stop = new AbortController();
  const startedAt = clock.now();
  return {
    resets,
    stop,
    spent: () => clock.now() - startedAt,
    rejoin: () => rejoin(command, { shell: own, clock, host: 'vm1', signal: stop.signal }),
  };
}

test('a host that answers well over a new connection is there', async () => {
  const { rejoin: wait, resets } = world(0);
  expect(await wait()).toEqual({ kind: 'done' });
  expect(resets).toEqual(['vm1']);
});

test('it is asked until it is back, and each connection that did not serve is dropped', async () => {
  const { rejoin: wait, resets, spent } = world(1, gone, gone, 1, 0);
  expect(await wait()).toEqual({ kind: 'done' });
  expect(resets).toHaveLength(3);
  expect(spent()).toBe(4000);
});

test('after its time it is late, with the last thing that was heard', async () => {
  expect(await world(gone, 1).rejoin()).toEqual({ kind: 'late', why: 'it has not restarted' });
});

test('a key that is not accepted does not get better by waiting', async () => {
  const { rejoin: wait, spent } = world(new FleetError('E_SSH_AUTH', 'no key'));
  await expect(wait()).rejects.toMatchObject({ code: 'E_SSH_AUTH' });
  expect(spent()).toBe(0);
});

test('an interruption ends the waiting', async () => {
  const { rejoin: wait, stop } = world(1);
  stop.abort();
  expect(await wait()).toEqual({ kind: 'stopped' });
});

import { getEventListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import { startPulse } from '../../../../src/observe/watch/pulse.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { type Door, FakeShell } from '../../../support/fake-shell.ts';

const PATH = '/var/run/docker.sock';
const BEATS = 100_000;

const REFUSES = new FleetError('E_HOST_UNREACHABLE', 'refuses the connection');
const NO_SOCKET = new FleetError('E_DIAL', 'open failed');

/** What a host of each kind is like in each half minute. Most refuse connections: such a beat costs the test least. */
const KINDS: readonly ((round: number, ok: RequestListener) => Door)[] = [
  (_round, ok) => ok,
  (round, ok) => (round % 2 === 0 ? ok : REFUSES),
  (round, ok) => (round % 2 === 0 ? ok : NO_SOCKET),
  () => NO_SOCKET,
  () => 'silence',
  ...Array.from({ length: 7 }, () => () => REFUSES),
];

test('a hundred thousand beats leave nothing behind: no listener, no stream, no timer', {
  timeout: 240_000,
}, async () => {
  const clock = new FakeClock(0);
  const shell = new FakeShell(clock);
  const end = new AbortController();
  const hosts = Array.from({ length: 60 }, (_, index) => `vm${index}`);
  let answered = 0;
  const ok: RequestListener = (_asked, answer) => {
    answered += 1;
    answer.end('OK');
  };
  const happen = (round: number) => {
    for (const [index, host] of hosts.entries()) {
      shell.socket(host, PATH, KINDS[index % KINDS.length]?.(round, ok) ?? ok).reset(host);
    }
  };
  happen(0);
  const pulse = startPulse({ shell, hosts, clock, signal: end.signal, onPulse: () => undefined });
  const held = new Set<string>();
  let asked = 0;
  for (let round = 0; asked + answered < BEATS; round += 1) {
    happen(round);
    await clock.sleep(round * 30_000 + 29_500 - clock.now());
    asked += shell.sockets.length + shell.calls.length;
    for (const list of [shell.sockets, shell.calls, shell.resets]) list.length = 0;
    const streams = hosts.map((host) => shell.openStreams(host)).join('');
    const listeners = getEventListeners(end.signal, 'abort').length;
    const now = `round ${round % 2}: ${listeners} listeners, streams ${streams}, ${clock.sleepers()} timers`;
    // Which way each host allows is found out in the first two rounds.
    if (round >= 2) held.add(now);
  }
  end.abort();
  await pulse;
  await new Promise(setImmediate);
  expect([...held].map((line) => line.replace(/, streams .*/, '')).sort()).toEqual([
    'round 0: 60 listeners',
    'round 1: 60 listeners',
  ]);
  expect(hosts.filter((host) => shell.openStreams(host) > 0)).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Pulse } from '../../../../src/model/watch.ts';
import { afterAnswer, isChange, pauseMs, UNKNOWN } from '../../../../src/observe/watch/standing.ts';

const UP: Pulse = { kind: 'up' };
const NO_DOCKER: Pulse = { kind: 'no-docker', code: 'E_HOST_DOCKER', message: 'Docker does not answer' };
const SILENT: Pulse = { kind: 'silent', code: 'E_HOST_UNREACHABLE', message: 'no answer' };
const REFUSED: Pulse = { kind: 'silent', code: 'E_SSH_AUTH', message: 'no key was accepted' };

/** Kinds after each answer: "-" is nothing known. */
function story(...answers: readonly Pulse[]): readonly string[] {
  let standing = UNKNOWN;
  return answers.map((answer) => {
    standing = afterAnswer(standing, answer);
    return standing.pulse?.kind ?? '-';
  });
}

test('one missed question is forgiven, two in a row are not', () => {
  expect(story(UP, SILENT, UP, SILENT, SILENT)).toEqual(['up', 'up', 'up', 'up', 'silent']);
});

test('an answer clears silence at once, and Docker too', () => {
  expect(story(SILENT, SILENT, NO_DOCKER, UP)).toEqual(['-', 'silent', 'no-docker', 'up']);
});

test('the second miss decides what a host is, whatever the first was', () => {
  expect(story(UP, NO_DOCKER, SILENT)).toEqual(['up', 'up', 'silent']);
  expect(story(UP, SILENT, NO_DOCKER)).toEqual(['up', 'up', 'no-docker']);
});

test('a host without Docker falls silent only after two misses as well', () => {
  expect(story(NO_DOCKER, NO_DOCKER, SILENT, NO_DOCKER, SILENT, SILENT)).toEqual([
    '-',
    'no-docker',
    'no-docker',
    'no-docker',
    'no-docker',
    'silent',
  ]);
});

test('a refused login is believed the first time', () => {
  expect(story(UP, REFUSED)).toEqual(['up', 'silent']);
});

test('refused logins are tried ever less often, and at most every 30 s', () => {
  let standing = UNKNOWN;
  const pauses = [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, UP].map((answer) => {
    standing = afterAnswer(standing, answer);
    return pauseMs(standing, 'socket', 1_000);
  });
  expect(pauses).toEqual([5_000, 10_000, 20_000, 30_000, 30_000, 1_000]);
});

test('what costs a process on the host is asked half as often', () => {
  expect(pauseMs(afterAnswer(UNKNOWN, UP), 'command', 1_000)).toBe(2_000);
  expect(pauseMs({ pulse: SILENT, misses: 0, refusals: 0 }, 'command', 1_000)).toBe(1_000);
});

test('another sentence for the same code is no change', () => {
  expect(isChange(SILENT, { ...SILENT, message: 'refuses the connection' })).toBe(false);
  expect(isChange(SILENT, REFUSED)).toBe(true);
  expect(isChange(undefined, UP)).toBe(true);
  expect(isChange(UP, UP)).toBe(false);
});

import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { follow } from '../../../src/model/follow.ts';

test('the first of the signals that aborts gives its reason, also one that has aborted before', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const [both, late] = [new AbortController(), new AbortController()];
  follow(both, first.signal, second.signal);
  expect(both.signal.aborted).toBe(false);
  second.abort('second');
  first.abort('first');
  expect(both.signal.reason).toBe('second');
  follow(late, first.signal, second.signal);
  expect(late.signal.reason).toBe('first');
});

test('who has let go is not aborted, and leaves nothing with the signals', () => {
  const [outer, inner] = [new AbortController(), new AbortController()];
  const letGo = follow(inner, outer.signal);
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
  letGo();
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  outer.abort();
  expect(inner.signal.aborted).toBe(false);
});

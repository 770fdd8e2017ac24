import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { relayPerHost } from '../../../src/execute/relay.ts';

test('each host has one signal of its own, which aborts with the outer one and for its reason', () => {
  const outer = new AbortController();
  const relay = relayPerHost(outer.signal);
  const [one, other] = [relay.of('vm1'), relay.of('vm2')];
  expect(relay.of('vm1')).toBe(one);
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(2);
  outer.abort('why');
  expect([one.aborted, one.reason, other.reason]).toEqual([true, 'why', 'why']);
  expect(relay.of('vm3').aborted).toBe(true);
});

test('a relay that lets go leaves no listener on the outer signal', () => {
  const outer = new AbortController();
  const relay = relayPerHost(outer.signal);
  const signal = relay.of('vm1');
  relay.letGo();
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0);
  outer.abort();
  expect(signal.aborted).toBe(false);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { fenced, isRefused, raiseFence } from '../../../src/execute/fence.ts';
import { execute } from '../../../src/execute/index.ts';
import type { Event } from '../../../src/model/event.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LocalShell } from '../../support/local-shell.ts';
import { run } from '../../support/plan-builders.ts';
import { planOf, stepOf } from '../../support/plans.ts';

let shell: LocalShell;
const clock = new FakeClock();
const HOSTS = ['vm1', 'vm2'];
const ours = async () => true;

beforeEach(() => {
  shell = new LocalShell(clock);
});
afterEach(() => shell.close());

function raise(number: number, isOurs = ours) {
  return raiseFence(shell, HOSTS, { app: 'shop', number }, isOurs);
}

async function say(number: number) {
  return shell.run('vm1', fenced('cat', { app: 'shop', number }), { timeoutMs: 5000, stdin: Buffer.from('hello') });
}

test('a line runs, with its standard input, where nobody has been, and where the same or an earlier holder has', async () => {
  expect(await say(1)).toMatchObject({ code: 0, stdout: 'hello' });
  await raise(3);
  expect(await say(3)).toMatchObject({ code: 0, stdout: 'hello' });
  expect(await say(4)).toMatchObject({ code: 0, stdout: 'hello' });
});

test('a line of an earlier holder is refused and nothing of it runs', async () => {
  await raise(3);
  const late = await say(2);
  expect(late.stdout).toBe('');
  expect(isRefused(late)).toBe(true);
});

test('a lease whose keepers lost their count goes on with a greater number, and who lost the lease does not', async () => {
  await raise(9);
  expect(await raise(1)).toEqual({ app: 'shop', number: 10 });
  expect((await say(9)).stdout).toBe('');
  await expect(raise(2, async () => false)).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
});

test('a host that does not answer is passed over', async () => {
  shell.lost.add('vm2');
  expect(await raise(2)).toEqual({ app: 'shop', number: 2 });
});

test('a process that was overtaken stops at its next line and takes nothing back', async () => {
  await raise(2);
  const events: Event[] = [];
  const step = stepOf('start web@vm1', { commands: [run('echo started')], undo: [run('echo undone')] });
  const outcome = await execute(planOf([step]), {
    ...{ shell, clock, secrets: new Map(), by: 'ann@laptop', fence: { app: 'shop', number: 1 } },
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
  });
  expect(outcome).toMatchObject({ kind: 'failed', failed: ['start web@vm1'], undone: 0 });
  expect(events.find((event) => event.kind === 'step-failed')).toMatchObject({ failure: { code: 'E_LEASE_LOST' } });
  expect(events.some((event) => event.kind === 'undo-started')).toBe(false);
});

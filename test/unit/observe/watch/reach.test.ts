import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import { type ReachTarget, reachOf } from '../../../../src/observe/watch/reach.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeShell } from '../../../support/fake-shell.ts';

const LOST = new FleetError('E_HOST_UNREACHABLE', 'no answer');

function target(host: string, slot: number): ReachTarget {
  return { host, container: `shop.web.1.${slot}`, address: `10.0.0.${host.slice(2)}`, port: 20_000 + slot };
}

function shellWith(...open: readonly ReachTarget[]): FakeShell {
  const shell = new FakeShell(new FakeClock());
  for (const { address, port } of open) shell.listen(address, port, () => undefined);
  return shell;
}

test('a host that is cut off from us alone is told from one that is gone', async () => {
  const targets = [target('vm5', 1), target('vm5', 2), target('vm6', 3)];
  const shell = shellWith(target('vm5', 1), target('vm5', 2));
  expect(await reachOf({ shell, from: ['vm1', 'vm2', 'vm3'], targets, timeoutMs: 500 })).toEqual([
    { host: 'vm5', asked: 2, answered: 2 },
    { host: 'vm6', asked: 1, answered: 0 },
  ]);
});

test('each replica is tried through two hosts in turn, and never through one that is asked about', async () => {
  const targets = [target('vm5', 1), target('vm5', 2)];
  const shell = shellWith();
  await reachOf({ shell, from: ['vm1', 'vm2', 'vm3', 'vm5'], targets, timeoutMs: 500 });
  expect([...shell.dials].sort()).toEqual([
    'vm1 10.0.0.5:20001',
    'vm2 10.0.0.5:20001',
    'vm2 10.0.0.5:20002',
    'vm3 10.0.0.5:20002',
  ]);
});

test('of many replicas of a host six are tried', async () => {
  const targets = Array.from({ length: 20 }, (_, slot) => target('vm5', slot));
  const shell = shellWith(...targets);
  expect(await reachOf({ shell, from: ['vm1'], targets, timeoutMs: 500 })).toEqual([
    { host: 'vm5', asked: 6, answered: 6 },
  ]);
});

test('who is lost cannot say that a replica is', async () => {
  const shell = shellWith().on(':', { error: LOST });
  expect(await reachOf({ shell, from: ['vm1', 'vm2'], targets: [target('vm5', 1)], timeoutMs: 500 })).toEqual([
    { host: 'vm5', asked: 0, answered: 0 },
  ]);
  const half = shellWith().onHost('vm1', ':', { error: LOST });
  expect(await reachOf({ shell: half, from: ['vm1', 'vm2'], targets: [target('vm5', 1)], timeoutMs: 500 })).toEqual([
    { host: 'vm5', asked: 1, answered: 0 },
  ]);
});

test('with nobody to ask nothing is known', async () => {
  const order = { shell: shellWith(), from: ['vm5'], targets: [target('vm5', 1)], timeoutMs: 500 };
  expect(await reachOf(order)).toEqual([{ host: 'vm5', asked: 0, answered: 0 }]);
});

test('a replica of which one port answers is reached', async () => {
  const second = { ...target('vm5', 1), port: 30_000 };
  const order = { shell: shellWith(second), from: ['vm1'], targets: [target('vm5', 1), second], timeoutMs: 500 };
  expect(await reachOf(order)).toEqual([{ host: 'vm5', asked: 1, answered: 1 }]);
});

test('a way that hangs costs only the limit', async () => {
  const shell = shellWith();
  const order = { shell: Object.assign(shell, { dial: () => new Promise(() => undefined) }), from: ['vm1'] };
  expect(await reachOf({ ...order, targets: [target('vm5', 1)], timeoutMs: 30 })).toEqual([
    { host: 'vm5', asked: 1, answered: 0 },
  ]);
});

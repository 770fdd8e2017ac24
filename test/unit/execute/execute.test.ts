import { expect, test } from 'vitest';
import { execute } from '../../../src/execute/index.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { Event, Failure, Outcome } from '../../../src/model/event.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { run } from '../../support/plan-builders.ts';
import { commitOf, planOf, stepOf } from '../../support/plans.ts';

interface World {
  readonly shell: FakeShell;
  readonly events: Event[];
  readonly interrupt: AbortController;
  readonly cut: AbortController;
  carryOut(plan: Plan, secrets?: Record<string, string>): Promise<Outcome>;
}

function newWorld(): World {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  const events: Event[] = [];
  const interrupt = new AbortController();
  const cut = new AbortController();
  return {
    shell,
    events,
    interrupt,
    cut,
    carryOut: (plan, secrets = {}) =>
      execute(plan, {
        shell,
        clock,
        secrets: new Map(Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value)])),
        by: 'ann@laptop',
        signal: interrupt.signal,
        stopNow: cut.signal,
        emit: (event) => events.push(event),
      }),
  };
}

function failureOf(events: readonly Event[]): Failure | undefined {
  return events.find((event) => event.kind === 'step-failed')?.failure;
}

test.each([
  ['large: 64 at one time', 100_000, [64, 36]],
  ['small: to all at one time', 10, [100]],
])('what is sent to a hundred hosts is %s', async (_what, bytes, waves) => {
  const world = newWorld();
  world.shell.on(/^take/, { takesMs: 10 });
  const text = 'x'.repeat(bytes);
  const steps = Array.from({ length: 100 }, (_, index) =>
    stepOf(`take${index}`, {
      host: `vm${index}`,
      commands: [{ ...run(`take${index}`), stdin: { kind: 'text', text } }],
    }),
  );
  expect(await world.carryOut(planOf(steps))).toMatchObject({ kind: 'done', done: 100 });
  const times = world.shell.calls.map(({ startedAt }) => startedAt);
  expect([...new Set(times)].map((at) => times.filter((one) => one === at).length)).toEqual(waves);
});

test('a plan without steps is done at once', async () => {
  const world = newWorld();
  expect(await world.carryOut(planOf([]))).toEqual({
    kind: 'done',
    committed: false,
    done: 0,
    failed: [],
    undone: 0,
    left: [],
    ms: 0,
  });
  expect(world.events.map(({ kind }) => kind)).toEqual(['plan-started', 'plan-done']);
});

test('a step waits for its needs, and independent steps begin in the order of the plan', async () => {
  const world = newWorld();
  const steps = [stepOf('c', { needs: ['a', 'b'] }), stepOf('a'), stepOf('b')];
  const outcome = await world.carryOut(planOf(steps));
  expect(world.shell.lines()).toEqual(['vm1: a', 'vm1: b', 'vm1: c']);
  expect(outcome).toMatchObject({ kind: 'done', done: 3 });
});

test('at most two commands are in flight on a host, and the first of the plan go first', async () => {
  const world = newWorld();
  world.shell.on(/./, { takesMs: 10 });
  const steps = Array.from({ length: 10 }, (_, index) => stepOf(`s${index}`));
  await world.carryOut(planOf(steps));
  expect(Math.max(...world.shell.calls.map(({ inFlight }) => inFlight))).toBe(2);
  expect(world.shell.calls.map(({ line }) => line)).toEqual(steps.map(({ id }) => id));
});

test('a failure before the commit takes back what began, needers first, and says why', async () => {
  const world = newWorld();
  world.shell.on('c', { code: 125, stderr: "docker: port is already allocated.\nSee 'docker run --help'.\n" });
  const steps = [stepOf('a'), stepOf('b', { needs: ['a'] }), stepOf('c', { needs: ['b'] }), commitOf(['c'])];
  const outcome = await world.carryOut(planOf(steps));
  expect(world.shell.lines().slice(3)).toEqual(['vm1: undo c', 'vm1: undo b', 'vm1: undo a']);
  expect(outcome).toMatchObject({ kind: 'failed', committed: false, done: 2, failed: ['c'], undone: 3, left: [] });
  expect(failureOf(world.events)).toEqual({
    code: 'E_STEP',
    message: 'vm1: c failed with exit code 125: docker: port is already allocated.',
    hint: 'see what listens on vm1 (ss -ltnp), free the port or plan again: fleet plan',
    command: 'c',
    stderr: "docker: port is already allocated.\nSee 'docker run --help'.",
    diagnosis: [],
  });
});

test('what a done checkpoint needed stays when something else fails; the checkpoints that are not done secure nothing', async () => {
  const world = newWorld();
  world.shell.on('health db', { code: 1, takesMs: 5000 });
  const steps = ['web', 'db'].flatMap((service) => [
    stepOf(`ground ${service}`),
    stepOf(`start ${service}`, { needs: [`ground ${service}`] }),
    stepOf(`health ${service}`, { needs: [`start ${service}`], checkpoint: true, undo: [] }),
    stepOf(`switch ${service}`, { needs: [`health ${service}`] }),
  ]);
  const outcome = await world.carryOut(planOf([...steps, commitOf(['switch web', 'switch db'])]));
  expect(outcome).toMatchObject({ kind: 'failed', failed: ['health db'], undone: 3, left: [] });
  expect(world.shell.lines().filter((line) => line.includes('undo'))).toEqual([
    'vm1: undo switch web',
    'vm1: undo start db',
    'vm1: undo ground db',
  ]);
});

test('a failure says what docker said of the cause, not what it said after that', async () => {
  const world = newWorld();
  const stderr =
    "docker: Error response from daemon: no group audio.\n\nRun 'docker run --help' for more information\n" +
    'Error response from daemon: no group audio\nError: failed to start containers: shop.web.1.1\n';
  world.shell.on('a', { code: 1, stderr });
  await world.carryOut(planOf([stepOf('a')]));
  expect(failureOf(world.events)?.message).toBe(
    'vm1: a failed with exit code 1: Error response from daemon: no group audio',
  );
});

test('a failure after the commit takes nothing back', async () => {
  const world = newWorld();
  world.shell.on('stop', { code: 1 });
  const steps = [stepOf('a'), commitOf(['a']), stepOf('stop', { needs: ['commit'] }), stepOf('z', { needs: ['stop'] })];
  const outcome = await world.carryOut(planOf(steps));
  expect(world.shell.lines()).toEqual(['vm1: a', 'vm1: commit', 'vm1: stop']);
  expect(outcome).toMatchObject({ kind: 'failed', committed: true, failed: ['stop'], undone: 0, left: [] });
});

test('what is in flight when a step fails is waited for and then taken back; what waits in a queue never begins', async () => {
  const world = newWorld();
  world.shell.on('slow', { takesMs: 5000 }).on('bad', { takesMs: 100, code: 1 });
  const steps = ['slow', 'bad', 'queued1', 'queued2'].map((id) => stepOf(id));
  const outcome = await world.carryOut(planOf(steps));
  expect(world.shell.lines().filter((line) => line.includes('queued'))).toEqual([]);
  expect(outcome).toMatchObject({ done: 1, failed: ['bad'], undone: 2, ms: 5000 });
  expect(world.events.filter(({ kind }) => kind === 'step-skipped')).toMatchObject([
    { id: 'queued1', reason: 'bad failed' },
    { id: 'queued2', reason: 'bad failed' },
  ]);
});

test('an interrupt ends a hold at once and takes back what began', async () => {
  const world = newWorld();
  world.shell.on('a', () => {
    world.interrupt.abort();
    return {};
  });
  const steps = [
    stepOf('wait', { commands: [{ kind: 'hold', ms: 60_000 }] }),
    stepOf('a'),
    stepOf('b', { needs: ['a'] }),
  ];
  const outcome = await world.carryOut(planOf(steps));
  expect(outcome).toMatchObject({ kind: 'interrupted', done: 1, failed: [], undone: 2, ms: 0 });
  expect(world.shell.lines()).toEqual(['vm1: a', 'vm1: undo a', 'vm1: undo wait']);
});

test('an interrupt before the start runs nothing', async () => {
  const world = newWorld();
  world.interrupt.abort();
  expect(await world.carryOut(planOf([stepOf('a')]))).toMatchObject({ kind: 'interrupted', done: 0, undone: 0 });
  expect(world.shell.calls).toEqual([]);
});

test('a second interrupt cuts what runs and says what is left', async () => {
  const world = newWorld();
  world.shell.on('start shop@vm1', () => {
    world.interrupt.abort();
    setImmediate(() => world.cut.abort());
    return { takesMs: 60_000 };
  });
  const outcome = await world.carryOut(planOf([stepOf('start shop@vm1')]));
  expect(outcome).toMatchObject({
    kind: 'interrupted',
    undone: 0,
    left: ['vm1: start shop was not taken back: stopped at once'],
  });
});

test('when the lease is lost nothing is taken back: another process acts now', async () => {
  const world = newWorld();
  world.shell.on('a', () => {
    world.interrupt.abort(new FleetError('E_LEASE_LOST', 'bob@ci took the lease'));
    return { takesMs: 100 };
  });
  const outcome = await world.carryOut(planOf([stepOf('a'), stepOf('b', { needs: ['a'] })]));
  expect(world.shell.lines()).toEqual(['vm1: a']);
  expect(outcome).toMatchObject({
    kind: 'failed',
    done: 1,
    undone: 0,
    left: ['vm1: a was not taken back: another process has taken over'],
  });
});

test('a host that is lost fails its step, is not tried again for each undo, and is told as left', async () => {
  const world = newWorld();
  const error = new FleetError('E_HOST_UNREACHABLE', 'vm3: no answer within 10 s', { hint: 'ssh vm3' });
  world.shell.onHost('vm3', /^(b|undo)/, { error });
  const steps = [
    stepOf('a', { host: 'vm3' }),
    stepOf('x', { host: 'vm1' }),
    stepOf('b', { host: 'vm3', needs: ['a', 'x'], diagnose: ['docker logs b'] }),
  ];
  const outcome = await world.carryOut(planOf(steps));
  expect(failureOf(world.events)).toMatchObject({
    code: 'E_HOST_UNREACHABLE',
    message: 'vm3: b: no answer within 10 s',
    hint: 'ssh vm3',
  });
  expect(world.shell.lines()).toEqual(['vm3: a', 'vm1: x', 'vm3: b', 'vm3: undo b', 'vm1: undo x']);
  expect(outcome).toMatchObject({
    undone: 1,
    left: ['vm3: not reachable: a could not be taken back', 'vm3: not reachable: b could not be taken back'],
  });
});

test('a failed undo is told and does not stop the others', async () => {
  const world = newWorld();
  world.shell.on('b', { code: 1 }).on('undo b', { code: 2, stderr: 'device is busy' });
  const outcome = await world.carryOut(planOf([stepOf('a'), stepOf('b', { needs: ['a'] })]));
  expect(outcome).toMatchObject({
    undone: 1,
    left: ['vm1: b could not be taken back: vm1: b failed with exit code 2: device is busy'],
  });
});

test('a failure carries what its diagnosis lines print', async () => {
  const world = newWorld();
  world.shell
    .on('health', { code: 1, stderr: 'shop.b.7.1 is unhealthy\n' })
    .on('logs', { stdout: 'listening\ncrashed: no database\n' });
  const health = stepOf('health', {
    action: { kind: 'health', service: 'b', replicas: [] },
    diagnose: ['logs', 'gone'],
  });
  await world.carryOut(planOf([health]));
  expect(failureOf(world.events)).toEqual({
    code: 'E_HEALTH',
    message: 'vm1: shop.b.7.1 is unhealthy',
    diagnosis: ['listening', 'crashed: no database'],
  });
});

test('a missing secret fails its step by name', async () => {
  const world = newWorld();
  const content = { kind: 'secret', name: 'db-password', digest: '0' } as const;
  const entries = [{ path: 'run/secrets/db', mode: 0o400, uid: 0, gid: 0, content }];
  const step = stepOf('a', { commands: [run('docker cp - x:/', { stdin: { kind: 'archive', entries } })] });
  await world.carryOut(planOf([step]));
  expect(world.shell.calls.map(({ line }) => line)).toEqual(['undo a']);
  expect(failureOf(world.events)).toMatchObject({
    code: 'E_REFERENCE',
    message: 'vm1: a: the secret "db-password" has no value here',
  });
});

test('no event shows a secret, whatever the host prints', async () => {
  const world = newWorld();
  const secret = `it's a "$ECRET"`;
  const base64 = Buffer.from(secret).toString('base64');
  world.shell
    .on('a', { code: 1, stdout: `got ${secret}`, stderr: `bad ${base64}\n${JSON.stringify(secret)}` })
    .on('logs', { stdout: `again ${secret}` })
    .on('undo a', { code: 1, stderr: secret });
  await world.carryOut(planOf([stepOf('a', { diagnose: ['logs'] })]), { password: `${secret}\n` });
  const told = JSON.stringify(world.events);
  expect(told).toContain('***');
  expect(told).not.toContain('ECRET');
  expect(told).not.toContain(base64);
});

test('a plan whose steps wait for each other is refused before anything runs', async () => {
  const world = newWorld();
  const circle = planOf([stepOf('a', { needs: ['b'] }), stepOf('b', { needs: ['a'] })]);
  await expect(world.carryOut(circle)).rejects.toThrow('its steps wait for each other: a, b');
  await expect(world.carryOut(planOf([stepOf('a', { needs: ['x'] })]))).rejects.toThrow('"a" needs "x"');
  await expect(world.carryOut(planOf([stepOf('a'), stepOf('a')]))).rejects.toThrow('two steps are called "a"');
  expect(world.events).toEqual([]);
});

test('a hundred steps may wait at once without a warning of Node about leaks', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning.message);
  process.on('warning', onWarning);
  const world = newWorld();
  world.shell.on(/./, { takesMs: 10 });
  const holds = Array.from({ length: 100 }, (_, nth) => stepOf(`h${nth}`, { commands: [{ kind: 'hold', ms: 10 }] }));
  const runs = Array.from({ length: 100 }, (_, nth) => stepOf(`r${nth}`, { host: `vm${nth}` }));
  expect(await world.carryOut(planOf([...holds, ...runs]))).toMatchObject({ kind: 'done', ms: 10 });
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

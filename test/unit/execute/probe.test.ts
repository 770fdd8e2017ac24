import { getEventListeners, setMaxListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { createSecureContext, TLSSocket } from 'node:tls';
import PQueue from 'p-queue';
import { expect, test } from 'vitest';
import { execute } from '../../../src/execute/index.ts';
import { probe } from '../../../src/execute/probe.ts';
import { FleetError } from '../../../src/model/error.ts';
import type { Event, Failure, Outcome } from '../../../src/model/event.ts';
import type { ProbeCommand, ProbeTarget, Step } from '../../../src/model/plan.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { planOf, stepOf } from '../../support/plans.ts';
import { TEST_CERTIFICATE } from '../../support/tls.ts';

function targetOf(more: Partial<ProbeTarget['http']> = {}): ProbeTarget {
  const http = { path: '/up', tls: false, status: [200, 399] as const, ...more };
  return { name: 'backend.7.1', address: '10.0.0.2', port: 20011, http };
}

function probeOf(targets: readonly ProbeTarget[], more: Partial<ProbeCommand> = {}): ProbeCommand {
  const times = { attemptMs: 1000, intervalMs: 500, timeoutMs: 5000, monitorMs: 0, maxFailureRatio: 0 };
  return { kind: 'probe', targets, ...times, ...more };
}

async function carryOut(
  command: ProbeCommand,
  prepare: (shell: FakeShell, clock: FakeClock) => void,
  before: readonly Step[] = [],
): Promise<Result> {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  prepare(shell, clock);
  const events: Event[] = [];
  const plan = planOf([
    ...before,
    stepOf('probe', { commands: [command], undo: [], needs: before.map(({ id }) => id) }),
  ]);
  const outcome = await execute(plan, {
    shell,
    clock,
    secrets: new Map(),
    by: 'ann',
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
  });
  const failure = events.find((event) => event.kind === 'step-failed')?.failure;
  return { outcome, shell, ...(failure === undefined ? {} : { failure }) };
}

interface Result {
  readonly outcome: Outcome;
  readonly shell: FakeShell;
  readonly failure?: Failure;
}

/** Answers with these codes in turn, and the last one for ever. */
function codes(...list: readonly number[]): RequestListener {
  let asked = 0;
  return (_, response) => {
    response.writeHead(list[Math.min(asked, list.length - 1)] ?? 500);
    asked += 1;
    response.end('body');
  };
}

test('a target is asked until it answers well', async () => {
  const { outcome, shell } = await carryOut(probeOf([targetOf()]), (world) => {
    world.listen('10.0.0.2', 20011, codes(502, 503, 204));
  });
  expect(outcome).toMatchObject({ kind: 'done', ms: 1000 });
  expect(shell.dials).toEqual(Array(3).fill('vm1 10.0.0.2:20011'));
});

test('the request carries path, host and no connection to keep', async () => {
  const seen: unknown[] = [];
  await carryOut(probeOf([targetOf({ path: '/a?b=1', host: 'shop.example' })]), (world) => {
    world.listen('10.0.0.2', 20011, ({ method, url, headers }, response) => {
      seen.push([method, url, headers.host, headers.connection]);
      response.end();
    });
  });
  expect(seen).toEqual([['GET', '/a?b=1', 'shop.example', 'close']]);
});

test('a target that never answers well fails the step with its transcript', async () => {
  const other = { name: 'cache.7.1', address: '10.0.0.3', port: 20012 };
  const { outcome, failure } = await carryOut(probeOf([targetOf(), other]), (world) => {
    world.listen('10.0.0.2', 20011, codes(500));
    world.accept('10.0.0.3', 20012, () => undefined);
  });
  expect(outcome).toMatchObject({ kind: 'failed', ms: 5000 });
  expect(failure).toEqual({
    code: 'E_HEALTH',
    message: 'vm1: probe: 1 of 2 did not answer well within 5 s: backend.7.1: HTTP 500',
    diagnosis: ['backend.7.1 10.0.0.2:20011/up: 11 of 11 bad, last: HTTP 500', 'cache.7.1 10.0.0.3:20012: 1 good'],
  });
});

test('the log of a replica that never answered stands below, one of each service, from its own host', async () => {
  const starts = ['backend.7.1', 'backend.7.2', 'backend.7.3', 'cache.7.1'].map((name) =>
    stepOf(`start ${name}`, {
      host: `of-${name}`,
      action: { kind: 'start', service: name.split('.')[0] ?? '', replica: `shop.${name}` },
      diagnose: [`log of ${name}`],
    }),
  );
  const targets = ['backend.7.1', 'backend.7.2', 'backend.7.3', 'cache.7.1'].map((name, port) => ({
    ...{ name: `${name}:80`, address: '10.0.0.2', port: port + 1 },
  }));
  const prepare = (shell: FakeShell) => {
    shell.accept('10.0.0.2', 1, () => undefined).accept('10.0.0.2', 4, () => undefined);
    shell.onHost('of-backend.7.2', 'log of backend.7.2', { stdout: 'unknown directive "lisen"\n' });
  };
  const { failure, shell } = await carryOut(probeOf(targets), prepare, starts);
  expect(failure?.diagnosis.slice(targets.length)).toEqual(['unknown directive "lisen"']);
  expect(shell.lines().filter((line) => line.includes('log of'))).toEqual(['of-backend.7.2: log of backend.7.2']);
});

test('a refused connection, a wrong body and silence are bad answers, each with its reason', async () => {
  const targets = [
    { name: 'refused', address: '10.0.0.9', port: 1 },
    { ...targetOf({ body: 'gen7' }), name: 'body', port: 2 },
    { ...targetOf(), name: 'silent', port: 3 },
    { ...targetOf(), name: 'garbage', port: 4 },
  ];
  const { failure } = await carryOut(probeOf(targets, { timeoutMs: 0, attemptMs: 50 }), (world) => {
    world.listen('10.0.0.2', 2, (_, response) => response.end('gen6\n'));
    world.accept('10.0.0.2', 3, () => undefined);
    world.accept('10.0.0.2', 4, (socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  });
  expect(failure?.diagnosis).toEqual([
    'refused 10.0.0.9:1: 1 of 1 bad, last: vm1: 10.0.0.9:1 refused the connection',
    'body 10.0.0.2:2/up: 1 of 1 bad, last: HTTP 200 "gen6", wanted "gen7"',
    'silent 10.0.0.2:3/up: 1 of 1 bad, last: no answer within 50 ms',
    expect.stringMatching(/^garbage 10\.0\.0\.2:4\/up: 1 of 1 bad, last: Parse Error/),
  ]);
});

test('a TLS target is asked by its server name, and a certificate that nobody signed will do', async () => {
  const names: unknown[] = [];
  const { outcome } = await carryOut(probeOf([targetOf({ host: 'shop.example', tls: true })]), (world) => {
    const server = world.listen('10.0.0.2', 1, codes(200));
    world.accept('10.0.0.2', 20011, (socket) => {
      const SNICallback = (
        name: string,
        done: (error: null, context: ReturnType<typeof createSecureContext>) => void,
      ) => {
        names.push(name);
        done(null, createSecureContext(TEST_CERTIFICATE));
      };
      const secure = new TLSSocket(socket, { isServer: true, ...TEST_CERTIFICATE, SNICallback });
      server.emit('connection', secure);
    });
  });
  expect(outcome.kind).toBe('done');
  expect(names).toEqual(['shop.example']);
});

test('a host that is lost fails the probe at once', async () => {
  const { outcome, failure } = await carryOut(probeOf([targetOf()]), (world) => {
    world.dial = async () => {
      throw new FleetError('E_HOST_UNREACHABLE', 'vm1: no answer within 10 s');
    };
  });
  expect(outcome.ms).toBe(0);
  expect(failure).toMatchObject({ code: 'E_HOST_UNREACHABLE', message: 'vm1: probe: no answer within 10 s' });
});

test('watching ends well when no more answers are bad than allowed', async () => {
  const command = probeOf([targetOf()], { monitorMs: 10_000, maxFailureRatio: 0.1 });
  const { outcome } = await carryOut(command, (world) => {
    world.listen('10.0.0.2', 20011, codes(200, 200, 500, 500, 200));
  });
  expect(outcome).toMatchObject({ kind: 'done', ms: 10_000 });
});

test('watching fails as soon as the limit can not be kept any more', async () => {
  const command = probeOf([targetOf()], { monitorMs: 60_000 });
  const { outcome, failure } = await carryOut(command, (world) => {
    world.listen('10.0.0.2', 20011, codes(200, 200, 200, 500));
  });
  expect(outcome.ms).toBeLessThanOrEqual(1500);
  expect(failure?.message).toBe('vm1: probe: 1 of 3 answers were bad while it was watched (limit 0 %)');
});

const watch = { line: 'count', everyMs: 2000, timeoutMs: 1000 };

test('what watches is asked again and again, and at the end once more', async () => {
  const command = probeOf([targetOf()], { monitorMs: 5000, watch });
  const { outcome, shell } = await carryOut(command, (world) => {
    world.listen('10.0.0.2', 20011, codes(200));
  });
  expect(outcome).toMatchObject({ kind: 'done', ms: 5000 });
  const first = shell.calls[0]?.startedAt ?? 0;
  expect(shell.calls.map(({ line, startedAt }) => `${line} ${startedAt - first}`)).toEqual([
    'count 0',
    'count 2000',
    'count 3000',
  ]);
});

test('what watches ends the probe at once, in its own words', async () => {
  const command = probeOf([targetOf()], { monitorMs: 60_000, watch });
  let asked = 0;
  const { outcome, failure } = await carryOut(command, (world) => {
    world.listen('10.0.0.2', 20011, codes(200));
    world.on('count', () => {
      asked += 1;
      return asked < 3 ? {} : { code: 1, stderr: 'a warning\nweb: 4 of 12 answers were errors\n' };
    });
  });
  expect(outcome).toMatchObject({ kind: 'failed', ms: 6000 });
  expect(failure).toMatchObject({ code: 'E_HEALTH', message: 'vm1: probe: web: 4 of 12 answers were errors' });
});

test('a probe that asks nobody only watches', async () => {
  const { outcome, shell } = await carryOut(probeOf([], { monitorMs: 3000, watch }), () => undefined);
  expect(outcome).toMatchObject({ kind: 'done', ms: 3000 });
  expect(shell.calls).toHaveLength(2);
});

test('bad answers end the watching at once, however long its pauses are', async () => {
  const command = probeOf([targetOf()], { monitorMs: 60_000, watch: { ...watch, everyMs: 30_000 } });
  const { outcome, shell } = await carryOut(command, (world) => {
    world.listen('10.0.0.2', 20011, codes(200, 200, 200, 500));
  });
  expect(outcome.ms).toBeLessThanOrEqual(1500);
  expect(shell.calls).toEqual([]);
});

test('no more than sixteen connections are open through a host', async () => {
  const targets = Array.from({ length: 40 }, (_, index) => ({ ...targetOf(), name: `t${index}`, port: 1000 + index }));
  let open = 0;
  let most = 0;
  const { outcome } = await carryOut(probeOf(targets), (world) => {
    for (const { port } of targets) {
      const server = world.listen('10.0.0.2', port, codes(200));
      world.accept('10.0.0.2', port, (socket) => {
        open += 1;
        most = Math.max(most, open);
        socket.once('close', () => {
          open -= 1;
        });
        server.emit('connection', socket);
      });
    }
  });
  expect(outcome.kind).toBe('done');
  expect(most).toBeLessThanOrEqual(16);
});

test('of ports that may be unused one answer in a group is enough, and none is enough after its time', async () => {
  const at = (port: number, group: string): ProbeTarget => ({
    name: `${group}:${port}`,
    address: '10.0.0.2',
    port,
    maybe: { group, ms: 2000 },
  });
  const targets = [at(1, 'a'), at(2, 'a')];
  const one = await carryOut(probeOf(targets, { timeoutMs: 60_000 }), (world) => {
    world.accept('10.0.0.2', 2, () => undefined);
  });
  expect(one.outcome).toMatchObject({ kind: 'done', ms: 500 });
  const none = await carryOut(probeOf(targets, { timeoutMs: 60_000 }), () => undefined);
  expect(none.outcome).toMatchObject({ kind: 'done', ms: 2000 });
  const other = await carryOut(probeOf([at(1, 'a'), at(2, 'b')], { timeoutMs: 60_000 }), (world) => {
    world.accept('10.0.0.2', 2, () => undefined);
  });
  expect(other.outcome).toMatchObject({ kind: 'done', ms: 2000 });
});

test('a port beside others may stay silent for its time after the first of them answered; one that must answer may not', async () => {
  const at = (port: number, ms?: number): ProbeTarget => ({
    name: `web:${port}`,
    address: '10.0.0.2',
    port,
    beside: { group: 'web', ...(ms === undefined ? {} : { ms }) },
  });
  const run = (targets: readonly ProbeTarget[], open: readonly number[]) =>
    carryOut(probeOf(targets, { timeoutMs: 60_000 }), (world) => {
      for (const port of open) world.accept('10.0.0.2', port, () => undefined);
    });
  expect((await run([at(1), at(2, 2000)], [1, 2])).outcome.kind).toBe('done');
  expect((await run([at(1), at(2, 2000)], [1])).outcome).toMatchObject({ kind: 'done', ms: 2000 });
  expect((await run([at(1, 2000), at(2, 2000)], [2])).outcome).toMatchObject({ kind: 'done', ms: 2000 });
  expect((await run([at(1), at(2, 2000)], [2])).outcome.kind).toBe('failed');
  expect((await run([at(1, 2000), at(2, 2000)], [])).outcome.kind).toBe('failed');
});

test('many questions leave nothing with the signal that would have ended them, and make node warn of nothing', async () => {
  const clock = new FakeClock();
  const shell = new FakeShell(clock);
  const targets = Array.from({ length: 20 }, (_, index) => ({ ...targetOf(), name: `t${index}`, port: 1000 + index }));
  for (const { port } of targets) shell.listen('10.0.0.2', port, codes(200));
  const warned: string[] = [];
  const onWarning = ({ name }: Error): void => void warned.push(name);
  process.on('warning', onWarning);
  const outer = new AbortController();
  setMaxListeners(0, outer.signal);
  const dials = new PQueue({ concurrency: 16 });
  const command = probeOf(targets, { monitorMs: 2000 });
  expect(await probe(command, { shell, clock, host: 'vm1', dials, signal: outer.signal })).toEqual({ kind: 'done' });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warned).toEqual([]);
  expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
});
